//! Schemata that are given another name while a run goes on.

use std::sync::Mutex;

use diesel::connection::SimpleConnection as _;
use multischema_tests::value;

use super::{fleet, has, migrator, rust};

#[test]
fn one_that_was_named_is_in_the_report_whenever_it_is_renamed() {
    let world = fleet(["a", "b", "c", "d"]);
    let other = Mutex::new(world.pg());
    // The one before it was migrated already, and the one after it not yet. Then another takes the name of the latter.
    let renames = rust("1_renames", move |pg| {
        if value(pg, "current_schema()") == "b" {
            for [from, to] in [["a", "a2"], ["c", "c2"], ["d", "c"]] {
                other.lock().unwrap().batch_execute(&format!(
                    "SET multischema.renaming TO '{from}'; ALTER SCHEMA {from} RENAME TO {to}; \
                     UPDATE multischema.schemas SET name = '{to}' WHERE name = '{from}'"
                ))?;
            }
        }
        Ok(pg.batch_execute("CREATE TABLE notes ()")?)
    });
    let report = migrator([], [renames])
        .only(["a", "b", "c"].map(|name| name.parse().unwrap()))
        .run(world.url())
        .unwrap();
    let told: Vec<_> = report.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["a: applied 1", "b: applied 1", "c2: applied 1"]);
    assert!(has(&world, "c2", "notes") && !has(&world, "c", "notes"));
}
