//! The page of a schema: what it is called, whether it is in use, and whose it is.

use crate::auth_site::{Answer, Browser};
use crate::schemata::{log, logged_in, token};
use crate::school::{School, fields};

fn path(schema: &str, deed: &str) -> String {
    format!("/admin/schemata/{schema}/{deed}/")
}

/// Fills the form of a page in that is for a deed, and sends it.
#[track_caller]
fn perform(
    browser: &mut Browser<'_>,
    from: &str,
    (schema, deed): (&str, &str),
    values: &[(&str, &str)],
) -> Answer {
    let path = path(schema, deed);
    let page = browser.get(from);
    assert_eq!(page.status, 200, "{page:?}");
    let token = token(&page, &path);
    let form: Vec<(&str, &str)> = values
        .iter()
        .copied()
        .chain([("_token", &*token)])
        .collect();
    browser.post(&path, &form)
}

/// Does what is asked for once more.
#[track_caller]
fn confirmed(browser: &mut Browser<'_>, schema: &str, deed: &str) -> Answer {
    perform(browser, &path(schema, deed), (schema, deed), &[])
}

#[test]
fn it_is_called_otherwise_and_only_that() {
    let school = School::new();
    let mut root = logged_in(&school, "root");
    let page = "/admin/schemata/a/";
    root.get(page).says("<dt>Name</dt><dd>a</dd>");
    let answer = perform(
        &mut root,
        page,
        ("a", "label"),
        &[("label", "Elm <b>"), ("name", "x")],
    );
    assert_eq!(answer.status, 303, "{answer:?}");
    root.get(page)
        .says("<h1>Elm &lt;b&gt;</h1>")
        .says("<dt>Name</dt><dd>a</dd>")
        .says("<option value=\"a\">Elm &lt;b&gt;</option>");
    let entry = &log(&school, "a")[0];
    assert!(
        entry.contains("root *schemata label") && entry.contains("[\"School A\", \"Elm <b>\"]"),
        "{entry}"
    );
    for (label, words) in [
        ("", "it is empty"),
        ("School B", "Another schema has this label."),
    ] {
        let answer = perform(&mut root, page, ("a", "label"), &[("label", label)]);
        assert_eq!(answer.status, 422);
        answer
            .says(words)
            .says(&format!("name=\"label\" value=\"{label}\""));
    }
    // The same again is no news.
    perform(&mut root, page, ("a", "label"), &[("label", "Elm <b>")]);
    assert_eq!(log(&school, "a").len(), 1);
}

#[test]
fn it_is_put_away_and_taken_back_and_what_takes_something_is_asked_for_twice() {
    let school = School::new();
    let mut root = logged_in(&school, "root");
    let status = || school.value("SELECT status FROM multischema.schemas WHERE name = 'a'");
    let page = "/admin/schemata/a/";
    for (deed, becomes) in [
        ("suspend", "suspended"),
        ("resume", "active"),
        ("suspend", "suspended"),
        ("archive", "archived"),
        ("restore", "active"),
        ("archive", "archived"),
    ] {
        let before = status();
        let takes = matches!(deed, "suspend" | "archive");
        let answer = match takes {
            true => {
                let asked = root.get(&path("a", deed));
                asked.says("What is in it is kept.");
                assert_eq!(status(), before, "asking does nothing");
                confirmed(&mut root, "a", deed)
            }
            false => {
                assert_eq!(root.get(&path("a", deed)).status, 404);
                perform(&mut root, page, ("a", deed), &[])
            }
        };
        assert_eq!(answer.status, 303, "{deed}: {answer:?}");
        assert_eq!(status(), becomes);
        let entry = &log(&school, "a")[0];
        assert!(
            entry.contains(&format!("root *schemata {deed}"))
                && entry.contains(&format!("[\"{before}\", \"{becomes}\"]")),
            "{entry}"
        );
    }
    assert_eq!(log(&school, "a").len(), 6);
    // Somebody else has restored it since the page was made.
    let token = token(&root.get(page), &path("a", "restore"));
    root.get(&path("a", "suspend"));
    school.registry.restore(&"a".parse().unwrap()).unwrap();
    let answer = root.post(&path("a", "restore"), &[("_token", &*token)]);
    assert_eq!(answer.status, 303);
    assert_eq!(log(&school, "a").len(), 6, "it was so before");
}

#[test]
fn what_it_cannot_become_is_said() {
    let school = School::new();
    let mut root = logged_in(&school, "root");
    let token = token(&root.get(&path("a", "suspend")), &path("a", "suspend"));
    school.registry.archive(&"a".parse().unwrap()).unwrap();
    let answer = root.post(&path("a", "suspend"), &[("_token", &*token)]);
    assert_eq!(answer.status, 409, "{answer:?}");
    answer.says("It is archived by now. Nothing was done.");
    for (name, status) in [("nosuch", 404), ("__template__", 404), ("A%22", 404)] {
        let page = root.get(&format!("/admin/schemata/{name}/"));
        assert_eq!(page.status, status, "{name}");
    }
    assert_eq!(root.get(&path("a", "purge")).status, 404);
}

#[test]
fn members_come_and_go_and_notice_it_at_once() {
    let school = School::new();
    let mut root = logged_in(&school, "root");
    let mut ann = logged_in(&school, "ann");
    assert_eq!(ann.get("/admin?__schema=c").status, 404);
    let page = "/admin/schemata/c/";
    let suggested = root.get(page);
    suggested
        .says("<option value=\"ann\">")
        .says("<option value=\"root\">");
    let member = [("user", " ann"), ("role", "teacher ")];
    assert_eq!(
        perform(&mut root, page, ("c", "add_member"), &member).status,
        303
    );
    root.get(page).says("ann has the role teacher in School C.");
    let chosen = ann.get("/admin?__schema=c");
    assert_eq!(chosen.status, 303, "{chosen:?}");
    assert_eq!(ann.get("/admin/m/pupils/").status, 200);
    for (user, role, words) in [
        ("", "teacher", "This cannot be a user"),
        ("ann", "", "This cannot be a role"),
        ("ann", &"r".repeat(201), "201 characters"),
    ] {
        let answer = perform(
            &mut root,
            page,
            ("c", "add_member"),
            &[("user", user), ("role", role)],
        );
        assert_eq!(answer.status, 422, "{user} {role}");
        answer.says(words).says(&format!("value=\"{role}\""));
    }
    // A role is taken only after it was asked for once more, and only this one.
    let remove = "/admin/schemata/c/remove_role/?user=ann&role=teacher";
    let asked = root.get(remove);
    asked.says("ann will not have the role teacher in School C any more.");
    let of_ann = token(&asked, &path("c", "remove_role"));
    let another = [("_token", &*of_ann), ("user", "bob"), ("role", "teacher")];
    assert_eq!(root.post(&path("c", "remove_role"), &another).status, 403);
    let answer = perform(
        &mut root,
        remove,
        ("c", "remove_role"),
        &[("user", "ann"), ("role", "teacher")],
    );
    assert_eq!(answer.status, 303);
    let gone = ann.get("/admin/m/pupils/");
    assert_eq!(gone.status, 404);
    gone.says("Not this schema");
    let entries = log(&school, "c");
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert!(entries[0].contains("remove_role") && entries[0].contains("[\"ann (teacher)\", null]"));
    assert!(entries[1].contains("add_member") && entries[1].contains("[null, \"ann (teacher)\"]"));
}

#[test]
fn a_form_is_for_one_schema_one_deed_and_one_session() {
    let school = School::new();
    let mut root = logged_in(&school, "root");
    let suspend = |browser: &mut Browser<'_>, schema: &str| {
        token(
            &browser.get(&path(schema, "suspend")),
            &path(schema, "suspend"),
        )
    };
    let of_b = suspend(&mut root, "b");
    let of_archive = token(&root.get(&path("a", "archive")), &path("a", "archive"));
    let of_other = suspend(&mut logged_in(&school, "root"), "a");
    for token in ["", "x", &of_b, &of_archive, &of_other] {
        let answer = root.post(&path("a", "suspend"), &[("_token", token)]);
        assert_eq!(answer.status, 403, "{answer:?}");
    }
    // One of the same name is another.
    let of_a = suspend(&mut root, "a");
    let name = "a".parse().unwrap();
    school.registry.archive(&name).unwrap();
    school.registry.purge(&name).unwrap();
    school.registry.create(name).unwrap();
    let answer = root.post(&path("a", "suspend"), &[("_token", &*of_a)]);
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(
        school.value("SELECT count(*) FROM multischema.schemas WHERE status <> 'active'"),
        "0"
    );
}

#[test]
fn who_has_a_form_open_while_it_is_suspended_is_told() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    let form = ann.get("/admin/m/houses/add/");
    let mut fields = fields(&form);
    fields.insert("v.name".to_owned(), "Birch".to_owned());
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut root = school.at("root", "a");
    assert_eq!(confirmed(&mut root, "a", "suspend").status, 303);
    let answer = ann.post("/admin/m/houses/add/", &fields);
    assert_eq!(answer.status, 404, "{answer:?}");
    answer
        .says("<title>Error: Not this schema")
        .says("it may have been suspended")
        .says("href=\"/admin\"");
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(answer.header("content-security-policy").is_some());
    assert_eq!(school.value("SELECT count(*) FROM a.houses"), "0");
    // She is in the other one, or in none, and a program gets a line.
    let start = ann.get("/admin");
    assert_eq!(start.status, 200, "{start:?}");
    assert!(!start.text.contains("School A"), "{start:?}");
    let refused = ann.get_with("/admin?__schema=a", &[("accept", "application/json")]);
    assert_eq!(
        (refused.status, refused.text.as_str()),
        (404, "there is no such schema\n")
    );
    // A superuser goes on.
    root.get("/admin/m/houses/").says("School A (suspended)");
}
