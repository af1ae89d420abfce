//! The page of schemata: which there are, and making them.

use std::thread;
use std::time::{Duration, Instant};

use multischema::SchemaName;
use multischema_admin::Action;

use crate::auth_site::{Answer, Browser, PASSWORD};
use crate::school::School;

pub(crate) const LIST: &str = "/admin/schemata/";

/// The token of the form on a page that is posted to a path.
#[track_caller]
pub(crate) fn token(page: &Answer, path: &str) -> String {
    let begin = format!("method=\"post\" action=\"{path}\"");
    let mut forms = page.text.split("<form").filter(|it| it.contains(&begin));
    let form = forms
        .next()
        .unwrap_or_else(|| panic!("no form for {path} in {page:?}"));
    let token = form.split("name=\"_token\" value=\"").nth(1).unwrap();
    token.split('"').next().unwrap().to_owned()
}

/// A browser of a user's, in no schema.
#[track_caller]
pub(crate) fn logged_in<'a>(school: &'a School, name: &str) -> Browser<'a> {
    let mut browser = school.browser();
    assert_eq!(browser.log_in(name, PASSWORD).status, 303);
    browser
}

#[track_caller]
fn create(browser: &mut Browser<'_>, name: &str, label: &str) -> Answer {
    let token = token(&browser.get(LIST), LIST);
    let form = [("_token", &*token), ("name", name), ("label", label)];
    browser.post(LIST, &form)
}

/// What the log has of a schema, the last first.
pub(crate) fn log(school: &School, schema: &str) -> Vec<String> {
    let entries = format!(
        "SELECT coalesce(string_agg(concat_ws(' ', user_name, model, action, object_label, changes::text), E'\\n' ORDER BY log_entries.id DESC), '') \
         FROM multischema.log_entries JOIN multischema.schemas s ON s.id = schema_id AND s.id::text = object_pk WHERE s.name = '{schema}'"
    );
    let entries = school.value(&entries);
    entries.lines().map(str::to_owned).collect()
}

#[test]
fn who_is_no_superuser_does_not_know_of_the_pages_whatever_is_granted() {
    let school = School::new();
    for model in ["*", "schemata", "fleet"] {
        school
            .operators
            .grant("office", model, &Action::ALL)
            .unwrap();
    }
    school.operators.give_role("ann", "office").unwrap();
    for schema in ["a", "b"] {
        let schema = schema.parse().unwrap();
        school
            .registry
            .add_member(&schema, "ann", "office")
            .unwrap();
    }
    let mut ann = logged_in(&school, "ann");
    let start = ann.get("/admin");
    assert!(!start.text.contains("/schemata/") && !start.text.contains("/fleet/"));
    for path in [
        LIST,
        "/admin/schemata/a/",
        "/admin/schemata/c/",
        "/admin/schemata/c/suspend/",
        "/admin/fleet/",
        "/admin/fleet/events",
    ] {
        let page = ann.get(path);
        assert_eq!(page.status, 404, "{path}: {page:?}");
        assert!(!page.text.contains("School C"), "{path}: {page:?}");
    }
    for path in [
        LIST,
        "/admin/schemata/a/suspend/",
        "/admin/schemata/c/add_member/",
        "/admin/fleet/run",
        "/admin/fleet/stop",
        "/admin/fleet/compare",
    ] {
        let form = [("name", "d"), ("user", "ann"), ("role", "head")];
        let answer = ann.post(path, &form);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    assert_eq!(
        school.value("SELECT count(*) FROM multischema.schemas"),
        "3"
    );
    assert_eq!(school.browser().get(LIST).status, 303);
    assert_eq!(school.browser().post(LIST, &[]).status, 401);
}

#[test]
fn three_hundred_schemata_are_listed_page_by_page_and_searched() {
    let school = School::new();
    school.world.run(
        "INSERT INTO multischema.schemas (name, label, status) \
         SELECT 's' || lpad(n::text, 3, '0'), 'Label 100%_' || n, CASE WHEN n % 100 = 7 THEN 'suspended' ELSE 'active' END \
         FROM generate_series(1, 300) n",
    );
    let mut root = logged_in(&school, "root");
    let mut seen = Vec::new();
    let mut path = LIST.to_owned();
    loop {
        let page = root.get(&path);
        assert_eq!(page.status, 200, "{page:?}");
        page.says("303 schemata");
        let rows = page.text.split("<th scope=\"row\">").skip(1);
        let names = rows.map(|it| {
            let link = it.split("</a>").next().unwrap();
            link.rsplit('>').next().unwrap().to_owned()
        });
        seen.extend(names);
        let Some(next) = page.text.split("rel=\"next\" href=\"").nth(1) else {
            break;
        };
        path = next.split('"').next().unwrap().replace("&amp;", "&");
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), &sorted), (303, &seen));
    // And back from the last page.
    let page = root.get(&format!("{LIST}?before=s298"));
    page.says(">s297<").says(">s198<");
    assert!(!page.text.contains(">s197<") && !page.text.contains(">s298<"));
    for (query, count) in [
        ("q=s29", "10 schemata"),
        ("q=label+100%25_29", "11 schemata"),
        ("q=school", "3 schemata"),
        ("q=school+b", "1 schema"),
        ("q=%25", "300 schemata"),
        ("q='%3B+DROP+SCHEMA+a", "0 schemata"),
        ("status=suspended", "3 schemata"),
        ("status=suspended&q=107", "1 schema"),
    ] {
        let page = root.get(&format!("{LIST}?{query}"));
        page.says(&format!("<span class=\"count\">{count}</span>"));
    }
    for query in ["status=x", "nonsense=1", "q=%00", "after=%00"] {
        assert_eq!(root.get(&format!("{LIST}?{query}")).status, 400, "{query}");
    }
}

#[test]
fn a_schema_is_made_seen_at_once_and_in_the_log() {
    let school = School::new();
    let mut root = logged_in(&school, "root");
    let made = create(&mut root, "elm", " Elm Street <School> ");
    assert_eq!(
        (made.status, made.header("location")),
        (303, Some("/admin/schemata/elm/"))
    );
    let page = root.get("/admin/schemata/elm/");
    page.says("Elm Street &lt;School&gt; was created.");
    assert!(!page.text.contains("<School>"));
    // In the selector, and usable.
    page.says("<option value=\"elm\">Elm Street &lt;School&gt;</option>");
    let mut root = school.at("root", "elm");
    root.get("/admin/m/pupils/")
        .says("Only displaying objects from Elm Street");
    let [entry] = &log(&school, "elm")[..] else {
        panic!("one entry: {:?}", log(&school, "elm"))
    };
    assert!(
        entry.starts_with("root *schemata add Elm Street <School>"),
        "{entry}"
    );
    assert!(entry.contains("\"name\": [null, \"elm\"]"), "{entry}");
    // By default it is called by its name.
    assert_eq!(create(&mut root, "oak", "").status, 303);
    root.get("/admin/schemata/oak/").says("<h1>oak</h1>");
}

#[test]
fn what_is_wrong_with_a_new_one_is_said_beside_its_field() {
    let school = School::new();
    school.world.run("CREATE SCHEMA stray");
    let mut root = logged_in(&school, "root");
    let long = "x".repeat(64);
    let long_label = "y".repeat(201);
    for (name, label, field, words) in [
        ("", "", "name", "it is empty"),
        ("Foo", "", "name", "begins with one of"),
        ("foo-1", "", "name", "only `a-z`, `0-9` and `_` are allowed"),
        ("a\"; DROP SCHEMA a; --", "", "name", "character 2"),
        (&long, "", "name", "64 bytes long"),
        ("pg_x", "", "name", "belongs to"),
        ("public", "", "name", "belongs to"),
        ("__template__", "", "name", "template"),
        ("a", "", "name", "There is a schema of this name already."),
        ("stray", "", "name", "no schema of this site"),
        ("d", "School A", "label", "Another schema has this label."),
        ("d", &long_label, "label", "201 characters"),
        ("d", "a\u{7}b", "label", "control character"),
    ] {
        let page = create(&mut root, name, label);
        assert_eq!(page.status, 422, "{name} {label}: {page:?}");
        let error = format!("id=\"s-{field}-error\"");
        let (_, errors) = page
            .text
            .split_once(&error)
            .unwrap_or_else(|| panic!("{page:?}"));
        let errors = errors.split("</ul>").next().unwrap();
        assert!(errors.contains(words), "{name} {label}: {errors}");
        page.says("<title>Error: Schemata");
        // What was put in is there still.
        let kept = name.replace('"', "&quot;");
        page.says(&format!("name=\"name\" value=\"{kept}\""));
    }
    assert_eq!(
        school.value("SELECT count(*) FROM multischema.schemas"),
        "3"
    );
    assert_eq!(
        school.value("SELECT count(*) FROM multischema.log_entries"),
        "0"
    );
}

#[test]
fn a_slow_creation_keeps_nobody_waiting() {
    let school = School::new();
    school
        .world
        .when_made("table", "slow", "PERFORM pg_sleep(1);");
    let mut root = logged_in(&school, "root");
    let mut other = logged_in(&school, "root");
    thread::scope(|scope| {
        let creating = scope.spawn(|| {
            let made = create(&mut root, "slow", "");
            (made.status, Instant::now())
        });
        thread::sleep(Duration::from_millis(500));
        let page = other.get(LIST);
        let answered = Instant::now();
        page.says("3 schemata");
        let (status, created) = creating.join().unwrap();
        assert_eq!(status, 303);
        assert!(created > answered + Duration::from_millis(500));
    });
    other.get(LIST).says("4 schemata");
}

#[test]
fn nothing_is_made_by_a_form_that_is_not_of_this_session() {
    let school = School::new();
    let mut root = logged_in(&school, "root");
    let mut other = logged_in(&school, "root");
    let of_other = token(&other.get(LIST), LIST);
    let page = root.get("/admin/schemata/a/");
    let of_other_form = token(&page, "/admin/schemata/a/label/");
    for token in ["", "nonsense", &of_other, &of_other_form] {
        let answer = root.post(LIST, &[("_token", token), ("name", "d")]);
        assert_eq!(answer.status, 403, "{answer:?}");
    }
    let answer = root.post_with(LIST, &[], &[("sec-fetch-site", "cross-site")]);
    assert_eq!(answer.status, 403);
    let name: SchemaName = "d".parse().unwrap();
    assert!(school.registry.find(&name).unwrap().is_none());
}
