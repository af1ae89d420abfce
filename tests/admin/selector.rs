//! Which schema a page is about.

use crate::auth_site::PASSWORD;
use crate::school::{School, fields, pairs, submit};

#[test]
fn the_selector_has_what_may_be_selected_and_never_the_template() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    let page = ann.get("/admin/m/pupils/");
    page.says("<option value=\"a\" selected>School A</option>")
        .says("<option value=\"b\">School B</option>")
        .says("<title>Pupils – School A – Schools</title>")
        .says("Only displaying objects from School A.");
    assert!(
        !page.text.contains("School C") && !page.text.contains("__template__"),
        "{page:?}"
    );
    let root = school.at("root", "c").get("/admin");
    root.says("<option value=\"c\" selected>School C</option>");
    assert!(!root.text.contains("__template__"));
    for name in ["__template__", "c", "nosuch"] {
        let answer = ann.get(&format!("/admin/m/pupils/?__schema={name}"));
        assert_eq!(answer.status, 404, "{name}: {answer:?}");
    }
    ann.get("/admin/m/pupils/").says("School A");
}

#[test]
fn whoever_has_one_schema_needs_no_selector() {
    let school = School::new();
    school.operators.create("bob", PASSWORD, false).unwrap();
    school
        .registry
        .add_member(&"b".parse().unwrap(), "bob", "teacher")
        .unwrap();
    let mut bob = school.browser();
    bob.log_in("bob", PASSWORD);
    let page = bob.get("/admin/m/pupils/");
    page.says("School B");
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("name=\"__schema\""), "{page:?}");
}

#[test]
fn with_many_schemata_one_types() {
    let school = School::new();
    for number in 0..14 {
        let name = format!("more{number}");
        school.world.run(&format!("CREATE SCHEMA {name}; INSERT INTO multischema.schemas (name, label) VALUES ('{name}', 'More {number}')"));
    }
    let page = school.at("root", "a").get("/admin");
    page.says("<datalist id=\"schemata\">")
        .says("<option value=\"more13\">More 13</option>");
    assert!(!page.text.contains("<select id=\"schema\""));
}

#[test]
fn nothing_of_a_schema_is_shown_where_none_is_selected() {
    let school = School::new();
    let mut ann = school.browser();
    ann.log_in("ann", PASSWORD);
    ann.get("/admin").says("No schema selected");
    let page = ann.get("/admin/m/pupils/");
    assert_eq!(page.status, 200, "{page:?}");
    page.says("No schema selected");
}

#[test]
fn a_switch_keeps_what_is_looked_for_and_not_the_page() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    let answer = ann.get("/admin/m/pupils/?q=lee&__schema=b&o=-name");
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/admin/m/pupils/?q=lee&o=-name"))
    );
    ann.get("/admin/m/pupils/").says("School B");
    assert_eq!(ann.post("/admin/m/pupils/?__schema=a", &[]).status, 400);
}

#[test]
fn on_an_object_the_schema_cannot_be_changed() {
    let school = School::new();
    school
        .world
        .run_in("a", "INSERT INTO pupils (name) VALUES ('Lee')");
    let id = school.value("SELECT id FROM a.pupils");
    let mut ann = school.at("ann", "a");
    let page = ann.get(&format!("/admin/m/pupils/o/{id}/"));
    page.says("Unable to change schema while viewing this object")
        .says("<select id=\"schema\" name=\"__schema\" disabled")
        .says("This object is from School A.");

    // Another tab selects another schema.
    ann.get("/admin?__schema=b");
    let moved = ann.get(&format!("/admin/m/pupils/o/{id}/"));
    assert_eq!(moved.status, 409, "{moved:?}");
    moved.says("This object is from School A.");
    moved.says(&format!("href=\"/admin/m/pupils/o/{id}/?__schema=a\""));

    // The form of the first tab does not save into the other schema, nor into its own.
    let mut form = fields(&page);
    form.insert("v.name".to_owned(), "Kim".to_owned());
    let form = pairs(&form);
    let refused = ann.post(&format!("/admin/m/pupils/o/{id}/"), &form);
    assert_eq!(refused.status, 409, "{refused:?}");
    refused.says("This form is from School A");
    assert_eq!(
        school.value("SELECT string_agg(name, ',') FROM a.pupils"),
        "Lee"
    );

    let back = ann.get(&format!("/admin/m/pupils/o/{id}/?__schema=a"));
    assert_eq!(back.status, 303);
    ann.get(back.header("location").unwrap()).says("Lee");
}

#[test]
fn a_new_object_goes_where_its_form_was_made() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    let page = ann.get("/admin/m/pupils/add/");
    page.says("This object will belong to School A.");
    let mut form = fields(&page);
    form.insert("v.name".to_owned(), "Kim".to_owned());
    ann.get("/admin?__schema=b");
    let form = pairs(&form);
    assert_eq!(ann.post("/admin/m/pupils/add/", &form).status, 409);
    assert_eq!(school.value("SELECT count(*) FROM a.pupils"), "0");
    assert_eq!(school.value("SELECT count(*) FROM b.pupils"), "0");
}

#[test]
fn an_id_of_a_schema_that_is_nobodys_business_is_just_not_there() {
    let school = School::new();
    school
        .world
        .run_in("c", "INSERT INTO pupils (name) VALUES ('Lee')");
    let id = school.value("SELECT id FROM c.pupils");
    let answer = school
        .at("ann", "a")
        .get(&format!("/admin/m/pupils/o/{id}/"));
    assert_eq!(answer.status, 404);
    assert!(!answer.text.contains("School C") && !answer.text.contains("Lee"));
}

#[test]
fn a_schema_that_is_taken_away_is_gone_with_the_next_request() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    assert_eq!(
        submit(&mut ann, "/admin/m/pupils/add/", &[("v.name", "Lee")]).status,
        303
    );
    let page = ann.get("/admin/m/pupils/add/");
    let mut form = fields(&page);
    form.insert("v.name".to_owned(), "Kim".to_owned());
    school.registry.suspend(&"a".parse().unwrap()).unwrap();
    let form = pairs(&form);
    let answer = ann.post("/admin/m/pupils/add/", &form);
    assert!(matches!(answer.status, 403 | 404 | 409), "{answer:?}");
    assert_eq!(
        school.value("SELECT string_agg(name, ',') FROM a.pupils"),
        "Lee"
    );
}

#[test]
fn the_site_is_found_with_a_slash_at_its_end_and_without() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    for path in ["/admin", "/admin/"] {
        let page = ann.get(path);
        assert_eq!(page.status, 200, "{path}: {page:?}");
        page.says("href=\"/admin/m/pupils/\"");
        let switched = ann.get(&format!("{path}?__schema=b"));
        assert_eq!(switched.status, 303, "{path}: {switched:?}");
        assert_eq!(switched.header("location"), Some(path));
    }
}
