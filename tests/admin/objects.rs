//! Objects.

use crate::auth_site::{Answer, Browser};
use crate::school::{School, fields, pairs, submit};

#[test]
fn what_is_put_in_is_saved_and_logged() {
    let school = School::new();
    school
        .world
        .run_in("a", "INSERT INTO houses (name) VALUES ('North')");
    let house = school.value("SELECT id FROM a.houses");
    let mut ann = school.at("ann", "a");
    let saved = submit(
        &mut ann,
        "/admin/m/pupils/add/",
        &[
            ("v.name", "Zoë <b>\"'; --"),
            ("v.house_id", &house),
            ("v.born", "2010-02-03"),
            ("v.mood", "<b>"),
            ("v.code", "abc"),
            ("v.is_new", "true"),
            ("v.notes", "\r\nfirst\r\nsecond & third"),
            ("v.tags", "[\"x\", \"a,b\"]"),
            ("v.more", "{\"n\": 12345678901234567890}"),
            ("v.seen", "2026-01-02T03:04"),
            ("v.fee", "1234.50"),
        ],
    );
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, Some("/admin/m/pupils/")),
        "{saved:?}"
    );
    ann.get("/admin/m/pupils/")
        .says("“Zoë &lt;b&gt;&quot;'; --” was saved.");
    let row = "SELECT row_to_json(p)::jsonb - 'id' - 'house_id' FROM a.pupils p";
    let expected = r#"{"fee": 1234.50, "born": "2010-02-03", "code": "abc", "mood": "<b>", "more": {"n": 12345678901234567890}, "name": "Zoë <b>\"'; --", "seen": "2026-01-02T03:04:00+00:00", "tags": ["x", "a,b"], "notes": "\nfirst\nsecond & third", "is_new": true, "initials": "Z"}"#;
    assert_eq!(school.value(row), expected);
    assert_eq!(school.value("SELECT house_id FROM a.pupils"), house);

    // What is shown is what comes back: nothing is changed by saving it.
    let id = school.value("SELECT id FROM a.pupils");
    let path = format!("/admin/m/pupils/o/{id}/");
    let page = ann.get(&path);
    page.says("<output class=\"fixed\" id=\"v-initials\">Z</output>")
        .says("Three letters.");
    let version = school.value("SELECT xmin FROM a.pupils");
    assert_eq!(submit(&mut ann, &path, &[]).status, 303);
    assert_eq!(school.value("SELECT xmin FROM a.pupils"), version);
    ann.get("/admin").says("nothing of");

    let saved = submit(
        &mut ann,
        &path,
        &[("v.name", "Kim"), ("v.notes", ""), ("_continue", "1")],
    );
    assert_eq!(saved.header("location"), Some(&*path));
    assert_eq!(
        school.value("SELECT notes IS NULL AND name = 'Kim' AND fee = 1234.50 FROM a.pupils"),
        "true"
    );
    let logged = school.value("SELECT string_agg(concat_ws(' ', user_name, schema_name, model, action, object_label), '; ' ORDER BY id) FROM multischema.log_entries");
    assert_eq!(
        logged,
        "ann a pupils add Zoë <b>\"'; --; ann a pupils change Kim"
    );
    let changes =
        school.value("SELECT changes FROM multischema.log_entries WHERE action = 'change'");
    assert_eq!(
        changes,
        r#"{"name": ["Zoë <b>\"'; --", "Kim"], "notes": ["\nfirst\nsecond & third", null], "initials": ["Z", "K"]}"#
    );
}

#[test]
fn what_a_form_cannot_hold_as_it_is_is_kept_if_nobody_touches_it() {
    let school = School::new();
    school.world.run_in(
        "a",
        "INSERT INTO pupils (name, notes, code, tags) VALUES (E'Lee\r\nMay', E'one\r\ntwo\n\rthree\r', '', '{}'), ('Kim', E'\n', NULL, '{\"\"}')",
    );
    let rows = "SELECT string_agg(p::text, ' ' ORDER BY id) FROM a.pupils p";
    let versions = "SELECT string_agg(xmin::text, ' ' ORDER BY id) FROM a.pupils";
    let before = (school.value(rows), school.value(versions));
    let ids = school.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM a.pupils");
    let mut ann = school.at("ann", "a");
    for id in ids.split(' ') {
        let path = format!("/admin/m/pupils/o/{id}/");
        assert_eq!(submit_as_browser(&mut ann, &path, None).status, 303);
    }
    assert_eq!((school.value(rows), school.value(versions)), before);
    // What is touched is changed, and nothing else is.
    let path = format!("/admin/m/pupils/o/{}/", ids.split(' ').next().unwrap());
    let touched = submit_as_browser(&mut ann, &path, Some(("v.fee", "2")));
    assert_eq!(touched.status, 303);
    let kept = school.value("SELECT concat(notes = E'one\r\ntwo\n\rthree\r', code = '', fee) FROM a.pupils WHERE fee IS NOT NULL");
    assert_eq!(kept, "tt2.00");
}

/// Sends the form of an object with the breaks of lines that browsers send.
fn submit_as_browser(browser: &mut Browser<'_>, path: &str, value: Option<(&str, &str)>) -> Answer {
    let mut fields = fields(&browser.get(path));
    for text in fields.values_mut() {
        *text = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n");
    }
    if let Some((name, value)) = value {
        fields.insert(name.to_owned(), value.to_owned());
    }
    browser.post(path, &pairs(&fields))
}

#[test]
fn what_is_refused_is_said_beside_its_field_and_kept() {
    let school = School::new();
    school
        .world
        .run_in("a", "INSERT INTO pupils (name, code) VALUES ('Lee', 'lee')");
    let mut ann = school.at("ann", "a");
    for (field, value, words) in [
        ("name", "", "This is required."),
        ("name", "nobody", "This is refused by the rule named."),
        ("name", " x", "No space at the beginning."),
        ("name", "Eve", "Eve is not let in"),
        (
            "code",
            "abcd",
            "value too long for type character varying(3)",
        ),
        ("code", "lee", "There is one with this already."),
        ("born", "2010-02-30", "date/time field value out of range"),
        ("mood", "angry", "invalid input value for enum"),
        (
            "house_id",
            "1",
            "There is nothing that this could refer to.",
        ),
        ("house_id", "x", "invalid input syntax for type bigint"),
        ("tags", "{a,b}", "This is no JSON"),
        ("tags", "{\"a\": 1}", "expected JSON array"),
        ("more", "{", "This is no JSON"),
        ("more", "null", "cannot be kept"),
        ("seen", "nope", "invalid input syntax for type timestamp"),
        ("fee", "1e9", "numeric field overflow"),
        ("notes", "a\0b", "zero character"),
    ] {
        let name = format!("v.{field}");
        let mut values = vec![("v.name", "Kim")];
        values.retain(|it| it.0 != name);
        values.push((&name, value));
        let answer = submit(&mut ann, "/admin/m/pupils/add/", &values);
        assert_eq!(answer.status, 422, "{field}: {answer:?}");
        answer.says("<title>Error: Add to Pupils").says(words);
        let kept = fields(&answer);
        assert_eq!(kept[&name], value, "{field}");
        assert!(
            !answer.text.contains("SELECT") && !answer.text.contains("\"a\".\"pupils\""),
            "{field}"
        );
        let is_beside = answer.text.contains(&format!("id=\"v-{field}-error\""));
        assert!(is_beside || value == "Eve", "{field}: {answer:?}");
    }
    assert_eq!(school.value("SELECT count(*) FROM a.pupils"), "1");
    assert_eq!(
        school.value("SELECT count(*) FROM multischema.log_entries"),
        "0"
    );
}

#[test]
fn who_was_first_is_not_overwritten() {
    let school = School::new();
    school
        .world
        .run_in("a", "INSERT INTO pupils (name) VALUES ('Lee')");
    let path = format!(
        "/admin/m/pupils/o/{}/",
        school.value("SELECT id FROM a.pupils")
    );
    let mut ann = school.at("ann", "a");
    let mut form = fields(&ann.get(&path));
    let mut root = school.at("root", "a");
    assert_eq!(
        submit(&mut root, &path, &[("v.name", "Root's")]).status,
        303
    );
    form.insert("v.name".to_owned(), "Ann's".to_owned());
    let form = pairs(&form);
    let answer = ann.post(&path, &form);
    assert_eq!(answer.status, 409, "{answer:?}");
    answer
        .says("changed by someone else")
        .says("It is now: Root's")
        .says("Ann's</textarea>");
    // Again is refused again: nobody was asked to look.
    assert_eq!(ann.post(&path, &form).status, 409);
    assert_eq!(school.value("SELECT name FROM a.pupils"), "Root's");
    school.world.run("DELETE FROM a.pupils");
    assert_eq!(ann.post(&path, &form).status, 404);
}

#[test]
fn only_the_form_of_this_session_and_object_is_taken() {
    let school = School::new();
    school
        .world
        .run_in("a", "INSERT INTO pupils (name) VALUES ('Lee'), ('Kim')");
    let ids = school.value("SELECT string_agg(id::text, ',' ORDER BY id) FROM a.pupils");
    let (first, second) = ids.split_once(',').unwrap();
    let path = |id: &str| format!("/admin/m/pupils/o/{id}/");
    let mut ann = school.at("ann", "a");
    let form = fields(&ann.get(&path(first)));
    let form = pairs(&form);
    for (browser, path) in [
        (&mut ann, path(second)),
        (&mut school.at("ann", "a"), path(first)),
        (&mut school.at("root", "a"), path(first)),
    ] {
        let answer = browser.post(&path, &form);
        assert_eq!(answer.status, 403, "{answer:?}");
        answer.says("Nothing was saved");
    }
    let without: Vec<(&str, &str)> = form.iter().filter(|it| it.0 != "_token").copied().collect();
    assert_eq!(ann.post(&path(first), &without).status, 403);
    assert_eq!(
        school.value("SELECT string_agg(name, ',' ORDER BY id) FROM a.pupils"),
        "Lee,Kim"
    );
}

#[test]
fn a_field_that_may_not_be_written_is_not() {
    let school = School::new();
    school
        .world
        .run_in("a", "INSERT INTO pupils (name) VALUES ('Lee')");
    let id = school.value("SELECT id FROM a.pupils");
    let path = format!("/admin/m/pupils/o/{id}/");
    let mut ann = school.at("ann", "a");
    let answer = submit(
        &mut ann,
        &path,
        &[
            ("v.id", "7"),
            ("v.initials", "X"),
            ("v.nosuch", "x"),
            ("v.name", "Kim"),
        ],
    );
    assert_eq!(answer.status, 303);
    assert_eq!(
        school.value("SELECT concat(id, initials) FROM a.pupils"),
        format!("{id}K")
    );
    // Who may only view has no form to fill in, and is not let save one.
    school
        .world
        .run("DELETE FROM multischema.admin_grants WHERE action <> 'view'");
    let page = ann.get(&path);
    page.says("<output class=\"fixed\" id=\"v-name\">Kim</output>");
    assert!(!page.text.contains("name=\"v.name\""));
    assert_eq!(ann.post(&path, &[("v.name", "Lee")]).status, 403);
}

#[test]
fn a_key_may_be_of_several_columns_and_of_any_text() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    for house in ["a,b\\", "/?#%&\"<", "é "] {
        let values = [("v.house", house), ("v.rank", "1"), ("v.note", "n")];
        assert_eq!(
            submit(&mut ann, "/admin/m/pairs/add/", &values).status,
            303,
            "{house}"
        );
    }
    let page = ann.get("/admin/m/pairs/");
    let links: Vec<String> = page
        .text
        .split("href=\"")
        .filter(|it| it.starts_with("/admin/m/pairs/o/"))
        .map(|it| it.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(links.len(), 3);
    for link in links {
        assert_eq!(
            submit(&mut ann, &link, &[("v.note", "changed")]).status,
            303,
            "{link}"
        );
    }
    assert_eq!(
        school.value("SELECT count(*) FROM a.pairs WHERE note = 'changed'"),
        "3"
    );
}

#[test]
fn an_address_of_nothing_is_nothing() {
    let school = School::new();
    let mut root = school.at("root", "a");
    for path in [
        "pupils/o/x/",
        "pupils/o/1,2/",
        "pupils/o/99999999999999999999/",
        "pupils/o/-1/",
        "pupils/o/%00/",
        "pupils/o/%5C/",
        "pairs/o/x/",
        "pairs/o/x,y/",
    ] {
        let answer = root.get(&format!("/admin/m/{path}"));
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
}

#[test]
fn what_all_share_is_the_same_from_everywhere() {
    let school = School::new();
    let mut root = school.at("root", "a");
    assert_eq!(
        submit(&mut root, "/admin/m/plans/add/", &[("v.name", "Free")]).status,
        303
    );
    let page = school.at("root", "b").get("/admin/m/plans/");
    page.says("Free").says("Shared by all schemata.");
    assert_eq!(
        school.value("SELECT schema_name IS NULL FROM multischema.log_entries"),
        "true"
    );
    assert_eq!(school.at("ann", "a").get("/admin/m/plans/").status, 404);
}

#[test]
fn what_a_field_can_refer_to_is_found() {
    let school = School::new();
    school.world.run_in(
        "a",
        "INSERT INTO houses (name) SELECT 'House ' || i FROM generate_series(1, 300) i",
    );
    let mut ann = school.at("ann", "a");
    let page = ann.get("/admin/m/pupils/add/");
    page.says("data-search=\"/admin/m/pupils/refer/house_id/\"")
        .says("Look it up");
    let found = ann.get("/admin/m/pupils/refer/house_id/?q=house+27");
    assert_eq!(found.json().as_array().unwrap().len(), 13, "{found:?}");
    assert_eq!(ann.get("/admin/m/pupils/refer/name/?q=x").status, 404);
    assert_eq!(ann.get("/admin/m/pupils/refer/house_id/?q=%00").status, 400);
}
