//! What is not granted is denied: each set of rights, for each page and for each form, which was got while all was granted.

use crate::auth_site::Browser;
use crate::library::{hidden, send};
use crate::school::{School, fields, pairs};

const ACTIONS: [&str; 4] = ["view", "add", "change", "delete"];

/// What is asked of the site, with what it takes.
struct Request {
    path: String,
    /// What is sent, or that it is only looked at.
    form: Option<Vec<(String, String)>>,
    /// Whether somebody with these rights may.
    may: fn(&Rights) -> bool,
}

/// What somebody may do with a model where they are.
#[derive(Debug, Clone, Copy)]
struct Rights {
    view: bool,
    add: bool,
    change: bool,
    delete: bool,
}

impl Rights {
    /// The set with this number of 16. Who may change may view.
    fn nth(number: usize) -> Self {
        let has = |bit: usize| number >> bit & 1 == 1;
        Self {
            view: has(0) || has(2),
            add: has(1),
            change: has(2),
            delete: has(3),
        }
    }
}

fn grant(school: &School, model: &str, roles: &[&str], number: usize) {
    let mut sql = "DELETE FROM multischema.admin_grants WHERE model <> 'houses';".to_owned();
    for role in roles {
        for (bit, action) in ACTIONS.iter().enumerate() {
            if number >> bit & 1 == 1 {
                sql += &format!(
                    "INSERT INTO multischema.admin_grants (role, model, action) VALUES ('{role}', '{model}', '{action}');"
                );
            }
        }
    }
    school.world.run(&sql);
}

/// All that can be asked of a model and of one of its objects, with forms as they are now.
fn requests(browser: &mut Browser<'_>, model: &str, id: &str) -> Vec<Request> {
    let list = format!("/admin/m/{model}/");
    let (object, add) = (format!("{list}o/{id}/"), format!("{list}add/"));
    let delete = format!("{object}delete/");
    let look = |path: &str, may| Request {
        path: path.to_owned(),
        form: None,
        may,
    };
    let mut all = vec![
        look(&list, |it| it.view),
        look(&object, |it| it.view),
        look(&format!("{object}history/"), |it| it.view),
        look(&format!("{list}export/?format=csv"), |it| it.view),
        look(&format!("{list}export/?format=ndjson"), |it| it.view),
        look(&add, |it| it.add),
        look(&delete, |it| it.view && it.delete),
    ];
    if model == "pupils" {
        all.push(look(&format!("{list}refer/house_id/"), |it| {
            it.view || it.add
        }));
    }
    let mut post = |path: &str, form: Vec<(String, String)>, may| {
        all.push(Request {
            path: path.to_owned(),
            form: Some(form),
            may,
        });
    };
    let filled = |browser: &mut Browser<'_>, path: &str, name: &str| {
        let mut fields = fields(&browser.get(path));
        fields.insert("v.name".to_owned(), name.to_owned());
        fields.into_iter().collect::<Vec<_>>()
    };
    post(&add, filled(browser, &add, "Added"), |it| it.add);
    post(&object, filled(browser, &object, "Changed"), |it| it.change);
    let chosen = |form: &[(String, String)], action: &str| {
        let mut form: Vec<(String, String)> =
            form.iter().filter(|it| it.0 != "action").cloned().collect();
        form.push(("action".to_owned(), action.to_owned()));
        form.push(("key".to_owned(), id.to_owned()));
        form
    };
    let of_list = hidden(&browser.get(&list), "action");
    if model == "pupils" {
        post(&list, chosen(&of_list, "welcome"), |it| it.change);
    }
    let ask = chosen(&of_list, "_delete");
    post(&list, ask.clone(), |it| it.view && it.delete);
    // The last, as nothing is there after them.
    post(&delete, hidden(&browser.get(&delete), "seen"), |it| {
        it.view && it.delete
    });
    let sure = send(browser, &list, &ask, &[]);
    post(&list, hidden(&sure, "seen"), |it| it.view && it.delete);
    all
}

#[test]
fn what_is_not_granted_is_denied() {
    let school = School::new();
    school.world.run(
        "UPDATE multischema.members SET role = 'guest' WHERE schema_id = (SELECT id FROM multischema.schemas WHERE name = 'b');
         INSERT INTO multischema.admin_roles VALUES ('ann', 'teacher');
         INSERT INTO multischema.admin_grants (role, model, action) VALUES ('guest', 'houses', 'view')",
    );
    for schema in ["a", "b"] {
        let mut ann = school.at("ann", schema);
        for (model, table) in [
            ("pupils", format!("{schema}.pupils")),
            ("plans", "public.plans".to_owned()),
        ] {
            // A role in a schema counts in it, and one for what all share everywhere.
            let counts = model == "plans" || schema == "a";
            for number in 0..16 {
                school.world.run(&format!(
                    "DELETE FROM {table}; INSERT INTO {table} (name) VALUES ('Lee')"
                ));
                let id = school.value(&format!("SELECT id FROM {table}"));
                grant(&school, model, &["teacher", "guest"], 0b1111);
                let requests = requests(&mut ann, model, &id);
                grant(&school, model, &["teacher"], number);
                let rights = Rights::nth(if counts { number } else { 0 });
                let state = || {
                    let rows =
                        format!("SELECT concat(count(*), sum(xmin::text::bigint)) FROM {table}");
                    let log = "SELECT count(*) FROM multischema.log_entries";
                    (school.value(&rows), school.value(log))
                };
                for Request { path, form, may } in &requests {
                    let before = state();
                    let what = format!("{rights:?} of {model} in {schema}: {path} {form:?}");
                    let answer = match form {
                        None => ann.get(path),
                        Some(form) => ann.post(path, &pairs(&form.iter().cloned().collect())),
                    };
                    if may(&rights) {
                        // A form is too late if the object was changed or is gone: but that is not for want of rights.
                        let is_done = matches!(answer.status, 200 | 303)
                            || form.is_some() && matches!(answer.status, 404 | 409);
                        assert!(is_done, "{what}: {answer:?}");
                        let next = answer.header("location").map(str::to_owned);
                        if let Some(next) = next {
                            let status = ann.get(&next).status;
                            assert_eq!(status, 200, "{what} leads to {next}");
                        }
                    } else {
                        assert!(matches!(answer.status, 403 | 404), "{what}: {answer:?}");
                        assert!(!answer.text.contains("Lee"), "{what}: {answer:?}");
                        assert_eq!(state(), before, "{what}");
                    }
                }
                let left = school.value(&format!(
                    "SELECT coalesce(string_agg(name, ' ' ORDER BY id), '') FROM {table}"
                ));
                let first = match (rights.change, rights.view && rights.delete) {
                    // What was seen before is not what would be deleted.
                    (true, _) => "Changed",
                    (false, true) => "",
                    (false, false) => "Lee",
                };
                let second = if rights.add { "Added" } else { "" };
                let expected = [first, second].join(" ");
                assert_eq!(left, expected.trim(), "{rights:?} of {model} in {schema}");
            }
        }
    }
}
