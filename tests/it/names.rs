//! Names, as PostgreSQL takes them.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use multischema::{SchemaName, Session};
use multischema_tests::World;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

proptest! {
    #[test]
    fn a_string_is_a_name_if_it_has_the_form_of_one_and_belongs_to_nobody(string in ".{0,70}") {
        prop_assert_eq!(string.parse::<SchemaName>().is_ok(), has_the_form(&string) && !is_reserved(&string));
    }

    #[test]
    fn so_is_one_that_almost_has_the_form(string in "(pg|pg_|public|citus|multischema|[a-zA-Z_])?[a-z0-9_$\"]{0,63}") {
        prop_assert_eq!(string.parse::<SchemaName>().is_ok(), has_the_form(&string) && !is_reserved(&string));
    }
}

/// The rule once more, in other words.
fn has_the_form(string: &str) -> bool {
    let bytes = string.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes[0].is_ascii_lowercase()
        && bytes
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn is_reserved(string: &str) -> bool {
    ["pg_", "multischema", "citus"]
        .iter()
        .any(|prefix| string.starts_with(prefix))
        || ["public", "information_schema"].contains(&string)
}

#[test]
fn every_name_is_a_schema_that_can_be_entered() {
    let world = World::new();
    let mut pg = world.pg();
    TestRunner::new(Config {
        cases: 100,
        failure_persistence: None,
        ..Config::default()
    })
    .run(&"[a-z][a-z0-9_]{0,62}", |string| {
        let Ok(name) = string.parse::<SchemaName>() else {
            return Ok(());
        };
        world
            .pg()
            .batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS \"{name}\""))
            .unwrap();
        let mut pg = world.pg();
        let mut session = Session::new(&mut pg);
        let mut conn = session.tenant(&name).unwrap();
        conn.verify().unwrap();
        let current = diesel::dsl::sql::<diesel::sql_types::Text>("current_schema()::text");
        let current: String = diesel::select(current).get_result(&mut conn).unwrap();
        prop_assert_eq!(&current, name.as_str());
        Ok(())
    })
    .unwrap();
    let reserved = pg.batch_execute("CREATE SCHEMA pg_x").unwrap_err();
    assert!(
        reserved.to_string().contains("unacceptable schema name"),
        "what we reserve, PostgreSQL does"
    );
}

#[test]
fn a_name_that_is_read_from_elsewhere_is_checked() {
    let name: SchemaName = serde_json::from_str("\"school_a\"").unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"school_a\"");
    let error = serde_json::from_str::<SchemaName>("\"pg_catalog\"").unwrap_err();
    assert!(
        error.to_string().contains("`pg_*` belongs to PostgreSQL"),
        "{error}"
    );
}
