//! Columns of domains.

use crate::library::delete;
use crate::school::{School, submit};

/// PostgreSQL would check the domains of all columns wherever a whole row is put together.
#[test]
fn domains_that_cannot_be_null_do_not_stand_in_the_way_of_other_columns() {
    let school = School::new();
    let mut ann = school.at("ann", "a");
    let refused = submit(
        &mut ann,
        "/admin/m/badges/add/",
        &[("v.code", "AB"), ("v.size", "small")],
    );
    assert_eq!(refused.status, 422, "{refused:?}");
    refused
        .says("id=\"v-size-error\"")
        .says("the rule letters_check");
    let added = submit(
        &mut ann,
        "/admin/m/badges/add/",
        &[("v.code", "AB"), ("v.size", "S")],
    );
    assert_eq!(added.status, 303, "{added:?}");
    let row = "SELECT concat_ws(' ', code, shade, size, note) FROM a.badges";
    assert_eq!(school.value(row), "AB RED S");
    let object = "/admin/m/badges/o/AB/";
    for (name, value, row_then) in [
        ("v.note", "new", "AB RED S new"),
        ("v.shade", "BLUE", "AB BLUE S new"),
    ] {
        let changed = submit(&mut ann, object, &[(name, value)]);
        assert_eq!(changed.status, 303, "{name}: {changed:?}");
        assert_eq!(school.value(row), row_then);
    }
    let refused = submit(&mut ann, object, &[("v.rank", "")]);
    assert_eq!(refused.status, 422, "{refused:?}");
    refused
        .says("id=\"v-rank-error\"")
        .says("This is required.");
    let refused = submit(&mut ann, object, &[("v.note", "long")]);
    assert_eq!(refused.status, 422, "{refused:?}");
    for path in [
        "?q=AB",
        "?is.shade=BLUE",
        "?o=-size&last=1",
        "export/?format=csv&is.shade=BLUE",
    ] {
        ann.get(&format!("/admin/m/badges/{path}")).says("AB");
    }
    // It is not cut to the length of the column.
    ann.get("/admin/m/badges/?is.note=newer")
        .says("Nothing is like that.");
    ann.get(&format!("{object}history/")).says("RED → BLUE");
    let deleted = delete(&mut ann, &format!("{object}delete/"));
    assert_eq!(deleted.status, 303, "{deleted:?}");
    assert_eq!(school.value("SELECT count(*) FROM a.badges"), "0");
    // A key that cannot be one is no object's.
    assert_eq!(ann.get("/admin/m/badges/o/x/").status, 404);
}
