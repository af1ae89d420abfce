//! What docs/admin.md says.

use axum::Router;
use multischema::TenantPool;

use crate::auth_site::{Browser, PASSWORD};
use crate::library::{delete, hidden, send};
use crate::school::{self, School, submit};

/// The rights that the page names are enough for a role that has what an application has.
#[test]
fn a_role_with_the_rights_that_are_named_can_do_all_but_what_is_for_superusers() {
    let school = School::new();
    let role = format!("app_{}", std::process::id());
    let page = include_str!("../../docs/admin.md");
    let rights = page.split("```sql\n").nth(1).unwrap();
    let rights = rights.split("```").next().unwrap();
    assert_eq!(rights.matches(" TO app;").count(), 5);
    school.world.run(&format!(
        "CREATE ROLE {role} LOGIN;
         GRANT USAGE ON SCHEMA multischema TO {role};
         GRANT SELECT ON multischema.schemas, multischema.members TO {role};
         GRANT USAGE ON SCHEMA a, public TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA a, public TO {role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA a, public TO {role};
         {}",
        rights.replace(" TO app;", &format!(" TO {role};"))
    ));
    let url = school
        .world
        .url()
        .replace("&user=postgres", &format!("&user={role}"));
    let pool = TenantPool::builder(&url).max_size(4).build().unwrap();
    let router = Router::new().nest("/admin", school::admin(&pool));
    let mut ann = Browser::new(&school.runtime, router.clone());
    assert_eq!(ann.log_in("ann", "wrong password").status, 422);
    assert_eq!(ann.log_in("ann", PASSWORD).status, 303);
    assert_eq!(ann.get("/admin?__schema=a").status, 303);
    let added = submit(&mut ann, "/admin/m/pupils/add/", &[("v.name", "Lee")]);
    assert_eq!(added.status, 303, "{added:?}");
    let id = school.value("SELECT id FROM a.pupils");
    let object = format!("/admin/m/pupils/o/{id}/");
    let changed = submit(&mut ann, &object, &[("v.name", "May")]);
    assert_eq!(changed.status, 303, "{changed:?}");
    let list = ann.get("/admin/m/pupils/");
    list.says("May");
    let form = hidden(&list, "action");
    let welcomed = send(
        &mut ann,
        "/admin/m/pupils/",
        &form,
        &[("action", "welcome"), ("key", &id)],
    );
    assert_eq!(welcomed.status, 303);
    ann.get("/admin/m/pupils/export/?format=csv").says("May");
    ann.get(&format!("{object}history/")).says("Lee → May");
    ann.get("/admin/log/").says("May");
    assert_eq!(delete(&mut ann, &format!("{object}delete/")).status, 303);

    // What is for superusers needs more, and says so.
    let mut root = Browser::new(&school.runtime, router);
    assert_eq!(root.log_in("root", PASSWORD).status, 303);
    root.get("/admin/schemata/").says("School A");
    let answer = submit(
        &mut root,
        "/admin/schemata/",
        &[("name", "elm"), ("label", "Elm")],
    );
    assert_eq!(answer.status, 409, "{answer:?}");
    answer.says("The database does not let it be made. The log of the program says why.");
    school
        .world
        .run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}
