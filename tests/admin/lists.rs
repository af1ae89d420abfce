//! Lists.

use crate::school::School;

fn filled() -> School {
    let school = School::new();
    school.world.run_in(
        "a",
        "INSERT INTO houses (name) VALUES ('North'), ('<i>South</i>');
         INSERT INTO pupils (name, born, mood, is_new, notes, house_id)
         SELECT 'P' || lpad(i::text, 2, '0'), date '2010-01-01' + i, (ARRAY['glad', 'sad']::mood[])[1 + i % 2], i % 5 = 0, nullif('50%_' || i, '50%_7'),
                (SELECT id FROM houses ORDER BY id OFFSET i % 2 LIMIT 1)
         FROM generate_series(1, 25) i",
    );
    school
        .world
        .run_in("b", "INSERT INTO pupils (name) VALUES ('Q of b')");
    school
}

/// What the first column of a list shows.
fn names(page: &crate::auth_site::Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{page:?}");
    let body = page
        .text
        .split("<tbody>")
        .nth(1)
        .unwrap_or_default()
        .split("</tbody>")
        .next()
        .unwrap();
    let rows = body.split("<th scope=\"row\">").skip(1);
    rows.map(|row| {
        row.split('>')
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    })
    .collect()
}

/// Where a link of the pages leads.
fn link(page: &crate::auth_site::Answer, words: &str) -> Option<String> {
    let end = format!("\">{words}</a>");
    let before = page
        .text
        .split(&end)
        .next()
        .filter(|it| it.len() < page.text.len())?;
    Some(before.rsplit("href=\"").next()?.replace("&amp;", "&"))
}

#[test]
fn only_the_rows_of_the_selected_schema_are_listed() {
    let school = filled();
    let page = school.at("ann", "a").get("/admin/m/pupils/");
    assert_eq!(names(&page)[..2], ["P01", "P02"]);
    page.says("25 rows")
        .says("<td>&lt;i&gt;South&lt;/i&gt;</td>")
        .says("2010");
    assert!(!page.text.contains("Q of b"));
    let other = school.at("ann", "b").get("/admin/m/pupils/");
    assert_eq!(names(&other), ["Q of b"]);
}

#[test]
fn a_value_looks_as_its_column_does() {
    let school = School::new();
    school.world.run_in(
        "a",
        "INSERT INTO houses (name) VALUES ('7');
         INSERT INTO pupils (name, house_id, born, is_new) SELECT '1', id, '2010-02-03', true FROM houses;
         INSERT INTO pairs VALUES ('North', 5, '6')",
    );
    let mut ann = school.at("ann", "a");
    let cells = "<td>7</td><td><span class=\"number\">2010-02-03</span></td><td>glad</td><td><span class=\"yes\">";
    ann.get("/admin/m/pupils/").says(">1</a>").says(cells);
    let mut root = school.at("root", "a");
    root.get("/admin/m/pairs/")
        .says(">6</a>")
        .says("<td><span class=\"number\">5</span></td>");
}

#[test]
fn every_row_is_on_one_page_in_either_direction() {
    let school = filled();
    let mut ann = school.at("ann", "a");
    // By a column without NULLs, in both directions at once, and by one that may be NULL, which has no key to go on from.
    for order in [
        "",
        "o=-name",
        "o=mood,-name",
        "o=-is_new,name",
        "o=born,-name",
    ] {
        let start = format!("/admin/m/pupils/?{order}");
        let mut seen = Vec::new();
        let mut page = ann.get(&start);
        let mut pages = 0;
        loop {
            seen.extend(names(&page));
            pages += 1;
            let Some(next) = link(&page, "Next") else {
                break;
            };
            page = ann.get(&next);
        }
        assert_eq!((pages, seen.len()), (3, 25), "{order}");
        let mut back = Vec::new();
        loop {
            back.splice(0..0, names(&page));
            let Some(previous) = link(&page, "Previous") else {
                break;
            };
            page = ann.get(&previous);
        }
        assert_eq!(back, seen, "{order}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 25, "{order}");
    }
    let first = ann.get("/admin/m/pupils/");
    let last = ann.get(&link(&first, "Last").unwrap());
    assert_eq!(names(&last).last().unwrap(), "P25");
}

#[test]
fn rows_are_found_by_words_and_filters() {
    let school = filled();
    let mut ann = school.at("ann", "a");
    let house = school.value("SELECT id FROM a.houses WHERE name = 'North'");
    for (query, expected) in [
        ("q=p01", vec!["P01"]),
        ("q=p 50%25_12", vec!["P12"]),
        (
            "q=50%25_1 p1&o=-name",
            (10..=19)
                .rev()
                .map(|it| ["P", &it.to_string()].concat())
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str)
                .collect(),
        ),
        ("q='; DROP TABLE pupils; --", vec![]),
        ("is.is_new=true", vec!["P05", "P10", "P15", "P20", "P25"]),
        ("is.is_new=true&is.mood=sad", vec!["P05", "P15", "P25"]),
        (
            "from.born=2010-01-05&to.born=2010-01-06",
            vec!["P04", "P05"],
        ),
        ("null.born=yes", vec![]),
        (
            &format!("is.house_id={house}&to.born=2010-01-05"),
            vec!["P02", "P04"],
        ),
    ] {
        let query = query
            .replace(' ', "+")
            .replace('\'', "%27")
            .replace(';', "%3B");
        assert_eq!(
            names(&ann.get(&format!("/admin/m/pupils/?{query}"))),
            expected,
            "{query}"
        );
    }
}

#[test]
fn what_is_no_parameter_of_the_list_is_refused() {
    let school = filled();
    let mut ann = school.at("ann", "a");
    for query in [
        "o=nosuch",
        "o=name,name",
        "o=more",
        "o=name%27",
        "is.nosuch=1",
        "is.notes=x",
        "is.born=garbage",
        "from.born=2010-13-45",
        "is.mood=angry",
        "is.house_id=99999999999999999999",
        "null.born=perhaps",
        "after=garbage",
        "after=%5B%5D",
        "after=%5B%22a%22%2C%22b%22%2C%22c%22%5D",
        "before=%5B%22P01%22%2C%22x%22%5D",
        "skip=-1",
        "skip=99999999999999999999",
        "q=%00",
        "nosuch=1",
        "q=1+2+3+4+5+6+7+8+9+10+11",
    ] {
        let answer = ann.get(&format!("/admin/m/pupils/?{query}"));
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        assert!(!answer.text.contains("SELECT"), "{query}");
    }
    assert_eq!(school.value("SELECT count(*) FROM a.pupils"), "25");
}

#[test]
fn what_may_not_be_seen_is_not_there() {
    let school = filled();
    school
        .world
        .run("DELETE FROM multischema.admin_grants WHERE model = 'pupils'");
    let mut ann = school.at("ann", "a");
    let start = ann.get("/admin");
    assert!(
        start.text.contains("houses/") && !start.text.contains("pupils"),
        "{start:?}"
    );
    for path in [
        "m/pupils/",
        "m/pupils/add/",
        "m/pupils/o/1/",
        "m/plans/",
        "m/nosuch/",
        "nosuch",
    ] {
        let answer = ann.get(&format!("/admin/{path}"));
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    // Who may see pupils only sees of a house its number.
    school.world.run("UPDATE multischema.admin_grants SET model = 'pupils', action = 'view' WHERE model = 'houses' AND action = 'view'; DELETE FROM multischema.admin_grants WHERE model = 'houses'");
    let page = school.at("ann", "a").get("/admin/m/pupils/");
    assert!(
        !page.text.contains("South")
            && !page
                .text
                .contains("action=\"/admin/m/pupils/\" method=\"post\""),
        "{page:?}"
    );
    assert_eq!(
        school.at("ann", "a").get("/admin/m/pupils/add/").status,
        403
    );
}

#[test]
fn an_action_is_done_with_what_is_chosen_or_not_at_all() {
    let school = filled();
    let mut ann = school.at("ann", "a");
    let page = ann.get("/admin/m/pupils/");
    let token = page
        .text
        .split("name=\"_token\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let ids =
        school.value("SELECT string_agg(id::text, ',' ORDER BY id) FROM a.pupils WHERE NOT is_new");
    let ids: Vec<&str> = ids.split(',').collect();
    let act = |browser: &mut crate::auth_site::Browser<'_>, token: &str, ids: &[&str]| {
        let mut form = vec![("_token", token), ("_schema", "a"), ("action", "welcome")];
        form.extend(ids.iter().map(|it| ("key", *it)));
        browser.post("/admin/m/pupils/", &form)
    };
    assert_eq!(act(&mut ann, &token, &ids[..2]).status, 303);
    ann.get("/admin/m/pupils/").says("2 were welcomed.");
    assert_eq!(
        school.value("SELECT count(*) FROM a.pupils WHERE is_new"),
        "7"
    );
    assert_eq!(school.value("SELECT count(*) FROM multischema.log_entries WHERE action = 'welcome' AND schema_name = 'a'"), "2");
    assert_eq!(act(&mut ann, &token, &ids[2..5]).status, 303);
    ann.get("/admin/m/pupils/").says("Three are too many.");
    assert_eq!(
        school.value("SELECT count(*) FROM a.pupils WHERE is_new"),
        "7"
    );
    assert_eq!(act(&mut ann, "0", &ids[..2]).status, 403);
    ann.get("/admin?__schema=b");
    assert_eq!(act(&mut ann, &token, &ids[..2]).status, 409);
}

#[test]
fn a_schema_that_is_behind_says_so() {
    let school = filled();
    school
        .world
        .run("ALTER TABLE a.pupils DROP COLUMN notes; DROP TABLE b.pupils");
    for schema in ["a", "b"] {
        let mut ann = school.at("ann", schema);
        let answer = ann.get("/admin/m/pupils/?q=x");
        assert_eq!(answer.status, 409, "{answer:?}");
        answer.says("migrated");
        assert!(!answer.text.contains("does not exist"));
    }
}
