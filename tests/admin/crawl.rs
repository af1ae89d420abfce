//! Every page that a link leads to, and every parameter with what nobody should send.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::auth_site::Browser;
use crate::school::School;

/// What only the schema has that is nobody's but Root's.
const SECRET: &str = "Cassandra of C";

/// So many queries of a page are tried: filters and orders can be put together without end.
const QUERIES: usize = 25;

fn filled() -> School {
    let school = School::new();
    for (schema, name) in [("a", "Ada of A"), ("b", "Ben of B"), ("c", SECRET)] {
        school.world.run_in(
            schema,
            &format!(
                "INSERT INTO houses (name) VALUES ('House of {name}');
                 INSERT INTO pupils (name, house_id, tags, more) SELECT '{name} ' || i, h.id, '{{x}}', '{{\"a\": 1}}' FROM houses h, generate_series(1, 12) i;
                 INSERT INTO pairs VALUES ('{name}', 1, 'n')"
            ),
        );
    }
    school
        .world
        .run("INSERT INTO public.plans (name) VALUES ('Free')");
    school
}

/// Visits whatever can be reached by links, and returns how each address answered.
fn crawl(browser: &mut Browser<'_>, mut look: impl FnMut(&str, &str)) -> BTreeMap<String, u16> {
    let mut seen = BTreeMap::new();
    let mut next = VecDeque::from(["/admin".to_owned()]);
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while let Some(path) = next.pop_front() {
        let answer = browser.get(&path);
        look(&path, &answer.text);
        let moved = answer.header("location").map(str::to_owned);
        let links = answer.text.split(" href=\"").skip(1);
        let links = links
            .filter_map(|it| it.split('"').next())
            .map(|it| it.replace("&amp;", "&"));
        for link in links.chain(moved) {
            let link = link.split('#').next().unwrap().to_owned();
            let page = link.split('?').next().unwrap().to_owned();
            let queries = known.entry(page).or_default();
            if link.starts_with("/admin") && queries.len() < QUERIES && queries.insert(link.clone())
            {
                next.push_back(link);
            }
        }
        seen.insert(path, answer.status);
    }
    seen
}

#[test]
fn no_link_leads_to_an_error_or_to_what_is_not_ones_own() {
    let school = filled();
    // Who may only look has a role of their own.
    school
        .operators
        .create("eve", crate::auth_site::PASSWORD, false)
        .unwrap();
    school
        .registry
        .add_member(&"a".parse().unwrap(), "eve", "visitor")
        .unwrap();
    school
        .registry
        .add_member(&"b".parse().unwrap(), "eve", "visitor")
        .unwrap();
    school.world.run("INSERT INTO multischema.admin_grants (role, model, action) VALUES ('visitor', '*', 'view')");
    for (name, schema) in [("ann", "a"), ("root", "a"), ("eve", "a")] {
        let mut browser = school.at(name, schema);
        let seen = crawl(&mut browser, |path, text| {
            // A page of the log may lead to another schema, and then shows that.
            let is_secret = name != "root" && (text.contains(SECRET) || text.contains("School C"));
            assert!(!is_secret, "{name} sees what is in `c` at {path}");
            assert!(
                !text.contains("__template__"),
                "{name} sees the template at {path}"
            );
        });
        assert!(seen.len() > 150, "{name} has seen {seen:?}");
        let broken: Vec<_> = seen
            .iter()
            .filter(|(_, status)| !matches!(status, 200 | 303))
            .collect();
        assert!(broken.is_empty(), "{name}: {broken:?}");
    }
}

/// What nobody types.
fn hostile() -> Vec<String> {
    let mut values: Vec<String> = [
        "%00",
        "%27",
        "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "-1",
        "0",
        "99999999999999999999999",
        "NaN",
        "%F0%9F%92%A9",
        "%80",
        "%",
        "..%2F..%2Fetc%2Fpasswd",
        "%27%3B%20DROP%20TABLE%20pupils%3B--",
        "%24%7B1%2B1%7D",
        "%5B%5D",
        "%7B%7D",
        "null",
        "__template__",
        "a%0d%0aSet-Cookie%3Ax%3Dy",
    ]
    .map(str::to_owned)
    .to_vec();
    values.push("x".repeat(5000));
    values
}

#[test]
fn whatever_is_sent_in_a_parameter_is_answered() {
    let school = filled();
    let mut root = school.at("root", "a");
    let id = school.value("SELECT min(id) FROM a.pupils");
    let object = format!("/admin/m/pupils/o/{id}/");
    let pages = [
        "/admin".to_owned(),
        "/admin/m/pupils/".to_owned(),
        "/admin/m/pupils/add/".to_owned(),
        "/admin/m/pupils/export/".to_owned(),
        "/admin/m/pupils/export/?format=csv".to_owned(),
        "/admin/m/pupils/export/?format=ndjson".to_owned(),
        "/admin/m/pupils/refer/house_id/".to_owned(),
        format!("{object}history/"),
        format!("{object}delete/"),
        object,
        "/admin/log/".to_owned(),
        "/admin/schemata/".to_owned(),
        "/admin/schemata/a/".to_owned(),
        "/admin/fleet/".to_owned(),
        "/admin/password".to_owned(),
    ];
    let names = [
        "q",
        "o",
        "after",
        "before",
        "last",
        "skip",
        "is.mood",
        "is.house_id",
        "from.born",
        "null.born",
        "list",
        "next",
        "format",
        "all",
        "status",
        "nosuch",
        "%00",
    ];
    for page in &pages {
        for name in names {
            for value in hostile() {
                let sign = if page.contains('?') { '&' } else { '?' };
                let path = format!("{page}{sign}{name}={value}");
                let answer = root.get(&path);
                assert!(answer.status < 500, "{path}: {answer:?}");
                let text = &answer.text;
                assert!(
                    !text.contains("<script>alert") && !text.contains("SELECT "),
                    "{path}: {answer:?}"
                );
            }
        }
    }
    for value in hostile() {
        for path in [
            format!("m/{value}/"),
            format!("m/pupils/o/{value}/"),
            format!("m/pupils/refer/{value}/"),
            value.clone(),
        ] {
            let answer = root.get(&format!("/admin/{path}"));
            assert!(answer.status < 500, "{path}: {answer:?}");
        }
    }
    assert_eq!(school.value("SELECT count(*) FROM a.pupils"), "12");
}

#[test]
fn whatever_is_put_into_a_form_is_saved_as_it_is_or_refused() {
    let school = filled();
    let mut root = school.at("root", "a");
    let long = "long ".repeat(20_000);
    for value in [
        "<script>alert(1)</script>",
        "'; DROP TABLE pupils; --",
        "=cmd|' /C calc'!A0",
        "\u{202e}right to left",
        "💩",
        "${7*7}{{7*7}}",
        "a\tb",
        &long,
    ] {
        let answer = crate::school::submit(
            &mut root,
            "/admin/m/pupils/add/",
            &[("v.name", value), ("v.notes", value), ("_continue", "1")],
        );
        assert_eq!(answer.status, 303, "{value}");
        let page = root.get(answer.header("location").unwrap());
        let fields = crate::school::fields(&page);
        assert_eq!((&*fields["v.name"], &*fields["v.notes"]), (value, value));
        assert!(!page.text.contains("<script>alert"), "{value}");
        let list = root.get("/admin/m/pupils/?o=-id");
        assert!(
            list.status == 200 && !list.text.contains("<script>alert"),
            "{value}"
        );
    }
}
