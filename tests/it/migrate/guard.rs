//! The template holds no data but what migrations put there. Invariant 7.

use diesel::connection::SimpleConnection as _;

use super::{World, fleet, refused, run, step, value_in};

const TABLES: &str = "
    CREATE TABLE documents (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text,
        plan_id integer REFERENCES plans ON DELETE CASCADE);
    INSERT INTO documents (title) VALUES ('example');
";

fn world() -> World {
    let world = fleet(["a"]);
    assert!(run(&world, [], [step("1_documents", TABLES)]).is_ok());
    world
}

/// What PostgreSQL says to a write.
fn said(world: &World, sql: &str) -> String {
    match world.pg().batch_execute(sql) {
        Ok(()) => "done".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_direct_write_to_the_template_is_refused() {
    let world = world();
    for (write, operation) in [
        ("INSERT INTO documents (title) VALUES ('x')", "INSERT"),
        (
            "INSERT INTO documents (title) SELECT 'x' WHERE false",
            "INSERT",
        ),
        ("UPDATE documents SET title = 'x'", "UPDATE"),
        ("DELETE FROM documents", "DELETE"),
        ("TRUNCATE documents", "TRUNCATE"),
    ] {
        let refused = format!("__template__ holds no data: {operation} on \"documents\" refused");
        let said_here = said(&world, &format!("SET search_path TO __template__; {write}"));
        assert_eq!(said_here, refused);
        let qualified = write.replace("documents", "__template__.documents");
        assert_eq!(said(&world, &qualified), refused);
        let own = said(&world, &format!("SET search_path TO a; {write}"));
        assert_eq!(own, "done", "{write}");
    }
    let rows = "SELECT string_agg(title, ' ') FROM documents";
    assert_eq!(value_in(&world, "__template__", rows), "example");
}

#[test]
fn a_global_row_that_tenants_refer_to_with_cascade_can_be_deleted() {
    let world = world();
    world.run("INSERT INTO a.documents (title, plan_id) VALUES ('under a plan', 1)");
    assert_eq!(said(&world, "DELETE FROM plans WHERE id = 1"), "done");
    let left = "SELECT string_agg(title, ' ') FROM documents";
    assert_eq!(value_in(&world, "a", left), "example");
}

#[test]
fn a_data_migration_writes_to_the_template_and_the_guard_is_back_after_it() {
    let world = world();
    let tenant = [
        step("1_documents", TABLES),
        step("2_more", "UPDATE documents SET title = 'changed'"),
        step("3_most", "INSERT INTO documents (title) VALUES ('alone')").in_no_transaction(),
        // The next one on the same connection.
        step(
            "4_off",
            "CREATE TABLE notes AS SELECT current_setting('multischema.migrating') AS migrating",
        ),
    ];
    assert!(run(&world, [], tenant).is_ok());
    let rows = "SELECT string_agg(title, ' ' ORDER BY id) FROM documents";
    for schema in ["__template__", "a"] {
        assert_eq!(value_in(&world, schema, rows), "changed alone");
    }
    assert!(said(&world, "DELETE FROM __template__.documents").contains("refused"));
}

#[test]
fn a_table_made_by_a_later_migration_is_guarded_with_the_transaction_that_made_it() {
    let world = world();
    let tenant = [
        step("1_documents", TABLES),
        step("2_notes", "CREATE TABLE notes (id integer)"),
        step(
            "3_parts",
            "CREATE TABLE parts (id integer) PARTITION BY LIST (id)",
        ),
        step("4_other", "CREATE TABLE IF NOT EXISTS other (id integer)").in_no_transaction(),
    ];
    assert!(run(&world, [], tenant).is_ok());
    for table in ["notes", "parts", "other"] {
        let write = format!("INSERT INTO __template__.{table} VALUES (1)");
        assert!(said(&world, &write).contains("refused"), "{table}");
        let own = said(&world, &write.replace("__template__.", "a."));
        assert!(!own.contains("refused"), "{own}");
    }
    let guarded = "SELECT string_agg(tgrelid::regclass::text, ' ' ORDER BY 1) FROM pg_trigger WHERE tgname = 'multischema_guard'";
    let guarded = value_in(&world, "public", guarded);
    assert!(!guarded.contains("__diesel_schema_migrations"), "{guarded}");
    assert!(!guarded.contains("a."), "{guarded}");
}

#[test]
fn a_template_that_was_there_is_adopted_and_guarded() {
    let world = World::new();
    world.run("CREATE SCHEMA __template__; CREATE TABLE __template__.documents (title text)");
    assert!(run(&world, [], []).is_ok());
    assert!(said(&world, "INSERT INTO __template__.documents VALUES ('x')").contains("refused"));
    // And one that was made by hand since, by a run with nothing to do.
    world.run("CREATE TABLE __template__.notes (title text)");
    assert!(run(&world, [], []).is_ok());
    assert!(said(&world, "INSERT INTO __template__.notes VALUES ('x')").contains("refused"));
}

#[test]
fn a_migration_that_fails_leaves_the_guard_in_place() {
    let world = world();
    let fails = step("2_fails", "DELETE FROM documents; SELECT 1/0");
    let error = refused(&world, [], [step("1_documents", TABLES), fails]);
    assert_eq!(error.migration(), Some("2_fails"));
    assert!(said(&world, "DELETE FROM __template__.documents").contains("refused"));
    let rows = "SELECT count(*) FROM documents";
    assert_eq!(value_in(&world, "__template__", rows), "1");
}

#[test]
fn a_table_with_a_deferred_check_outstanding_is_guarded_and_the_check_is_made() {
    let world = fleet(["a"]);
    let tables = "
        CREATE TABLE one (id integer PRIMARY KEY);
        CREATE TABLE two (one_id integer REFERENCES one DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO two VALUES (1); ";
    let broken = step("1_tables", tables);
    let error = refused(&world, [], [broken]);
    assert!(super::chain(&error).contains("violates foreign key constraint"));
    let whole = step("1_tables", format!("{tables} INSERT INTO one VALUES (1)"));
    assert!(run(&world, [], [whole]).is_ok());
    assert!(said(&world, "DELETE FROM __template__.two").contains("refused"));
}
