//! What pages send to the database, and how far it has to look.

use std::time::Duration;

use axum::Router;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use multischema::TenantPool;
use multischema_tests::{Noting, World};

use crate::auth_site::{Answer, Browser, PASSWORD};
use crate::school::{School, admin};

/// A pool whose statements are noted, and which proves nothing twice while a test runs.
pub(crate) fn noted(world: &World) -> (TenantPool, Noting) {
    let noting = Noting::default();
    let pool = TenantPool::builder(world.url()).max_size(2);
    let pool = pool.customizer(Box::new(noting.clone()));
    let pool = pool.proof_ttl(Duration::from_secs(60)).build().unwrap();
    (pool, noting)
}

/// A browser in the schema `a`.
pub(crate) fn at_a<'a>(school: &'a School, router: Router, name: &str) -> Browser<'a> {
    let mut browser = Browser::new(&school.runtime, router);
    assert_eq!(browser.log_in(name, PASSWORD).status, 303);
    browser.get("/admin?__schema=a");
    browser
}

/// What a page that was looked at before sends.
pub(crate) fn sent(
    browser: &mut Browser<'_>,
    noting: &Noting,
    path: &str,
) -> (Answer, Vec<String>) {
    for _ in 0..2 {
        browser.get(path);
    }
    let _ = noting.0.take();
    let page = browser.get(path);
    assert_eq!(page.status, 200, "{page:?}");
    (page, noting.0.take())
}

#[test]
fn a_list_takes_few_statements_and_leaves_its_connection_as_it_was() {
    let school = School::new();
    school.world.run_in(
        "a",
        "INSERT INTO houses (name) VALUES ('North');
         INSERT INTO pupils (name, house_id) SELECT 'P' || i, (SELECT id FROM houses) FROM generate_series(1, 50) i",
    );
    let (pool, noting) = noted(&school.world);
    let router = Router::new().nest_service("/admin", admin(&pool));
    // Who it is, what that one may do, BEGIN, the rows and their number, what they can be filtered by, COMMIT.
    for (name, query, most) in [
        ("ann", "", 6),
        ("ann", "?last=1", 6),
        ("ann", "?q=P", 6),
        ("ann", "?is.is_new=false", 6),
        ("root", "", 5),
    ] {
        let mut browser = at_a(&school, router.clone(), name);
        let (page, sent) = sent(&mut browser, &noting, &format!("/admin/m/pupils/{query}"));
        page.says("50 rows").says("North");
        assert!(sent.len() <= most, "{name} {query}: {sent:#?}");
        // Each is prepared already, and nothing has to be cleaned up after it.
        assert!(
            !sent
                .iter()
                .any(|it| it.contains("search_path") || it.contains("DISCARD")),
            "{sent:#?}"
        );
        assert!(
            sent.iter()
                .any(|it| it.contains("SET LOCAL statement_timeout")),
            "{sent:#?}"
        );
    }
}

#[test]
fn a_page_of_long_texts_goes_on_by_a_short_address() {
    let school = School::new();
    school.world.run_in(
        "a",
        "INSERT INTO pupils (name) SELECT repeat('x', 1000000) || lpad(i::text, 2, '0') FROM generate_series(1, 25) i",
    );
    let mut ann = school.at("ann", "a");
    let key = |page: &Answer| -> Vec<String> {
        let keys = page.text.split("name=\"key\" value=\"").skip(1);
        keys.map(|it| it.split('"').next().unwrap().to_owned())
            .collect()
    };
    let link = |page: &Answer, rel: &str| -> Option<String> {
        let link = page.text.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
        Some(link.split('"').next()?.replace("&amp;", "&"))
    };
    for order in ["", "?o=-name", "?o=mood,-name"] {
        let mut page = ann.get(&format!("/admin/m/pupils/{order}"));
        let mut there = key(&page);
        while let Some(next) = link(&page, "next") {
            assert!(next.len() < 1000, "{} bytes", next.len());
            page = ann.get(&next);
            there.extend(key(&page));
        }
        assert_eq!(there.len(), 25);
        let mut back = key(&page);
        while let Some(previous) = link(&page, "prev") {
            page = ann.get(&previous);
            back.splice(0..0, key(&page));
        }
        assert_eq!(back, there);
    }
    // {"row":[]}, {"row":["1","2"]}, {"row":"1"}, {}
    for row in [
        "%7B%22row%22:%5B%5D%7D",
        "%7B%22row%22:%5B%221%22,%222%22%5D%7D",
        "%7B%22row%22:%221%22%7D",
        "%7B%7D",
    ] {
        let page = ann.get(&format!("/admin/m/pupils/?after={row}"));
        assert_eq!(page.status, 400, "{row}");
    }
}

#[test]
fn a_list_is_sorted_by_what_has_an_order() {
    let school = School::new();
    for schema in ["__template__", "a"] {
        let columns = "ALTER TABLE houses ADD x xml, ADD p point, ADD j json[], ADD t text[]";
        school.world.run_in(schema, columns);
    }
    school.world.run_in(
        "a",
        "INSERT INTO houses (name, x, p, j, t) VALUES
         ('North', '<a/>', '(1,2)', ARRAY['{}'::json], '{a}'), ('South', NULL, NULL, NULL, NULL)",
    );
    let mut ann = school.at("ann", "a");
    let page = ann.get("/admin/m/houses/");
    page.says("North").says("South");
    for (column, sorts) in [
        ("name", true),
        ("t", true),
        ("x", false),
        ("p", false),
        ("j", false),
    ] {
        let link = format!("href=\"/admin/m/houses/?o={column}\"");
        assert_eq!(page.text.contains(&link), sorts, "{column}: {page:?}");
        let status = if sorts { 200 } else { 400 };
        assert_eq!(
            ann.get(&format!("/admin/m/houses/?o={column}")).status,
            status,
            "{column}"
        );
    }
}

/// How a statement that was noted, with what was bound, is run where plans are made like that.
fn plan(world: &World, noted: &str, mode: &str) -> String {
    let (text, binds) = noted.split_once(" -- binds: ").unwrap();
    let binds: Vec<String> = serde_json::from_str(binds).unwrap();
    let values: Vec<String> = binds
        .iter()
        .map(|it| format!("'{}'", it.replace('\'', "''")))
        .collect();
    let [types, values] =
        [vec!["text".to_owned(); values.len()], values].map(|it| match it.as_slice() {
            [] => String::new(),
            all => format!("({})", all.join(", ")),
        });
    let mut pg = world.pg();
    let set = format!("SET plan_cache_mode = {mode}; PREPARE noted {types} AS {text}");
    pg.batch_execute(&set).unwrap();
    let explain = format!("EXPLAIN (ANALYZE, COSTS OFF) EXECUTE noted {values}");
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        line: String,
    }
    let lines: Vec<Line> = RunQueryDsl::load(diesel::sql_query(explain), &mut pg).unwrap();
    lines.into_iter().map(|it| it.line + "\n").collect()
}

#[test]
fn the_whole_log_is_read_by_an_index_however_long_it_is() {
    let school = School::new();
    // What Ann may see is long past, and there is little of it.
    school.world.run(
        "INSERT INTO multischema.log_entries (user_name, schema_id, schema_name, model, object_pk, object_label, action)
         SELECT 'root', s.id, s.name, 'pupils', i::text, s.name || ' ' || i, 'change'
         FROM generate_series(1, 100000) i JOIN multischema.schemas s ON s.name = CASE WHEN i <= 20 THEN 'a' WHEN i <= 40 THEN 'b' ELSE 'c' END",
    );
    school.world.run("VACUUM ANALYZE multischema.log_entries");
    let (pool, noting) = noted(&school.world);
    let router = Router::new().nest_service("/admin", admin(&pool));
    for (name, first) in [("ann", "b 40"), ("root", "c 100000")] {
        let mut browser = at_a(&school, router.clone(), name);
        let (page, sent) = sent(&mut browser, &noting, "/admin/log/?all=1");
        page.says(first);
        assert_eq!(page.text.contains("c 99999"), name == "root");
        let read = sent
            .iter()
            .find(|it| it.contains("FROM multischema.log_entries"))
            .unwrap();
        let plan = plan(&school.world, read, "auto");
        assert!(
            plan.contains("Index Scan") && !plan.contains("Seq Scan on log_entries"),
            "{plan}"
        );
        assert!(!plan.contains("Rows Removed by Filter: 9"), "{plan}");
    }
}

/// In `a`: 20,005 pupils, five of whom, the last by name, are sad, in so many houses.
pub(crate) fn crowded(houses: u32, indexes: &str) -> School {
    let school = School::new();
    for schema in ["__template__", "a"] {
        school.world.run_in(schema, indexes);
    }
    school.world.run_in(
        "a",
        &format!(
            "INSERT INTO houses (name) SELECT 'House ' || i FROM generate_series(1, {houses}) i;
             INSERT INTO pupils (name, mood, house_id)
             SELECT 'P' || lpad(i::text, 5, '0'), CASE WHEN i > 20000 THEN 'sad' ELSE 'glad' END::mood, (SELECT min(id) FROM houses) + i % {houses}
             FROM generate_series(1, 20005) i ORDER BY md5(i::text)"
        ),
    );
    school.world.run("ANALYZE a.pupils, a.houses");
    school
}

/// What a filter shows, how its rows are looked for, and whether that is planned for each value.
fn filtered(school: &School, query: &str) -> (Answer, String, bool) {
    let (pool, noting) = noted(&school.world);
    let mut root = at_a(
        school,
        Router::new().nest_service("/admin", admin(&pool)),
        "root",
    );
    let (page, sent) = sent(&mut root, &noting, &format!("/admin/m/pupils/{query}"));
    let is_anew = sent.iter().any(|it| it.contains("force_custom_plan"));
    let mode = if is_anew {
        "force_custom_plan"
    } else {
        "force_generic_plan"
    };
    let rows = sent.iter().find(|it| it.contains("\"a\".\"pupils\" t"));
    (page, plan(&school.world, rows.unwrap(), mode), is_anew)
}

#[test]
fn a_value_that_few_rows_have_is_not_looked_for_as_if_many_had() {
    let school = crowded(
        1,
        "CREATE INDEX ON pupils (name, id); CREATE INDEX ON pupils (mood)",
    );
    let (page, plan, is_anew) = filtered(&school, "?is.mood=sad");
    page.says("5 rows").says("P20005");
    assert!(
        is_anew && !plan.contains("Rows Removed by Filter"),
        "{plan}"
    );
    let (page, _, is_anew) = filtered(&school, "?is.mood=glad");
    page.says("more than 10000 rows").says("P00001");
    assert!(is_anew);
}

#[test]
fn where_an_index_has_the_rows_in_order_one_plan_is_right_for_all_values() {
    let school = crowded(
        1,
        "CREATE INDEX ON pupils (name, id); CREATE INDEX wide ON pupils (mood, name, id, born, house_id);
         CREATE INDEX ON pupils (mood, name, id) INCLUDE (born)",
    );
    for (query, count, first) in [
        ("?is.mood=sad", "5 rows", "P20001"),
        ("?is.mood=glad", "more than 10000 rows", "P00001"),
        ("?is.mood=glad&last=1", "more than 10000 rows", "P20000"),
        ("?is.mood=sad&last=1", "5 rows", "P20005"),
        // ["P19000","0"]
        (
            "?is.mood=glad&after=%5B%22P19000%22,%220%22%5D",
            "more than 10000 rows",
            "P19000",
        ),
        (
            "?is.mood=glad&before=%5B%22P19000%22,%220%22%5D",
            "more than 10000 rows",
            "P18999",
        ),
        (
            "?is.mood=sad&after=%5B%22P19000%22,%220%22%5D",
            "5 rows",
            "P20001",
        ),
    ] {
        let (page, plan, is_anew) = filtered(&school, query);
        page.says(count).says(first);
        let walks = plan.contains("Seq Scan on pupils")
            || plan.contains("Rows Removed")
            || plan.contains("Sort");
        assert!(!is_anew && !walks, "{query}: {plan}");
        // Only the rows of the page are looked up in the table, not those that are counted.
        let lookups = plan.lines().filter(|it| it.contains("Index Scan"));
        let lookups = lookups.filter(|it| !it.contains("never executed")).count();
        assert!(lookups == 1 && !plan.contains("wide"), "{query}: {plan}");
    }
    // Which index there is says nothing of another order, of other conditions, or of another column.
    for query in [
        "?is.mood=sad&o=born",
        "?is.mood=sad&o=name,-born",
        "?is.mood=sad&is.is_new=false",
        "?is.is_new=true",
        "?is.mood=sad&o=-name",
    ] {
        let (_, _, is_anew) = filtered(&school, query);
        assert!(is_anew, "{query}");
    }
}

#[test]
fn an_index_of_some_rows_or_in_another_order_is_none_that_a_list_is_read_by() {
    let school = School::new();
    for (index, is_one) in [
        ("(mood, name, id)", true),
        ("(mood, name, id) WHERE mood = 'glad'", false),
        ("(mood, lower(name), id)", false),
        ("(mood, name DESC, id)", false),
        ("(mood, name COLLATE \"C\", id)", false),
        ("(mood, name text_pattern_ops, id)", false),
        ("(mood, name) INCLUDE (id)", false),
        ("(name, mood, id)", false),
    ] {
        for schema in ["__template__", "a"] {
            let create = format!("CREATE INDEX odd ON pupils {index}");
            school.world.run_in(schema, &create);
        }
        let (_, _, is_anew) = filtered(&school, "?is.mood=sad");
        assert_eq!(!is_anew, is_one, "{index}");
        for schema in ["__template__", "a"] {
            school.world.run_in(schema, "DROP INDEX odd");
        }
    }
}

#[test]
fn a_house_is_called_by_its_name_however_many_there_are() {
    let school = crowded(203, "SELECT");
    for houses in [203, 201, 200, 1, 0] {
        let fewer = format!(
            "UPDATE pupils SET house_id = NULL; DELETE FROM houses WHERE id > (SELECT min(id) FROM houses) + {houses} - 1"
        );
        school.world.run_in("a", &fewer);
        if houses > 0 {
            school.world.run_in(
                "a",
                "UPDATE pupils SET house_id = (SELECT max(id) FROM houses) WHERE name = 'P00003'",
            );
        }
        let page = school.at("root", "a").get("/admin/m/pupils/?q=P00003");
        let cell = format!(
            "<td>{}</td>",
            if houses > 0 {
                format!("House {houses}")
            } else {
                "<span class=\"null\">-</span>".to_owned()
            }
        );
        assert!(page.text.contains(&cell), "{houses}: {page:?}");
        // As the filter lists all, or none.
        assert_eq!(
            page.text.contains(">House 1</option>"),
            (1..=200).contains(&houses),
            "{houses}"
        );
    }
}
