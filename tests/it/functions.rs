//! What functions and triggers leave on a connection when nothing but the DSL ran.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use multischema::{RunQueryDsl, SchemaName, ScopeError, Session};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{Statements, World, locks, titles, value};

diesel::define_sql_function!(
    /// Leaves something on the connection.
    fn leave() -> Text
);

diesel::table! { stashed (title) { title -> Text } }
multischema::tables! { tenant: [stashed]; global: [] }

const STASH: &str = "CREATE TEMP TABLE stashed AS SELECT title FROM documents";
const ACT: &str = "PERFORM set_config('role', 'pg_monitor', false)";

/// Two schemata and a function `leave` that does `work`.
fn world(work: &str) -> (World, [SchemaName; 2]) {
    let (world, schemata) = World::with(["a", "b"]);
    world.run(&format!(
        "CREATE FUNCTION public.leave() RETURNS text LANGUAGE plpgsql AS
         $$ BEGIN {work}; RETURN ''; END $$"
    ));
    (world, schemata)
}

fn leave_in(session: &mut Session<&mut PgConnection>, schema: &SchemaName) {
    let mut conn = session.tenant(schema).unwrap();
    diesel::select(leave()).execute(&mut conn).unwrap();
}

fn read_stashed(session: &mut Session<&mut PgConnection>, schema: &SchemaName) -> String {
    let read = stashed::table.select(stashed::title);
    let read = read.load::<String>(&mut session.tenant(schema).unwrap());
    read.unwrap_err().to_string()
}

#[test]
fn a_temporary_table_filled_in_one_schema_is_not_there_in_the_next() {
    let (world, [a, b]) = world(STASH);
    let mut pg = world.pg();
    let mut session = Session::new(&mut pg);
    for _ in 0..2 {
        leave_in(&mut session, &a);
        let error = read_stashed(&mut session, &b);
        assert!(error.contains("\"stashed\" does not exist"), "{error}");
    }
}

#[test]
fn a_temporary_table_is_not_there_in_an_inner_scope() {
    let (world, [a, b]) = world(STASH);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();
    diesel::select(leave()).execute(&mut outer).unwrap();
    let read = stashed::table.select(stashed::title);
    let read = read.load::<String>(&mut outer.tenant(&b).unwrap());
    read.unwrap_err();
}

#[test]
fn a_lock_is_given_back() {
    let (world, [a, b]) = world("PERFORM pg_advisory_lock(7)");
    let mut pg = world.pg();
    let mut session = Session::new(&mut pg);
    leave_in(&mut session, &a);
    assert_eq!(locks(&mut session.tenant(&b).unwrap()), "0");
}

#[test]
fn a_triggers_lock_is_given_back() {
    let (world, [a, b]) = World::with(["a", "b"]);
    world.run(
        "CREATE FUNCTION public.lock() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_advisory_lock(9); RETURN NEW; END $$;
         CREATE TRIGGER lock BEFORE INSERT ON a.notes FOR EACH ROW EXECUTE FUNCTION public.lock()",
    );
    let mut session = world.session();
    diesel::insert_into(notes::table)
        .values((notes::document_id.eq(1), notes::body.eq("a new")))
        .execute(&mut session.tenant(&a).unwrap())
        .unwrap();
    assert_eq!(locks(&mut session.tenant(&b).unwrap()), "0");
}

#[test]
fn the_next_scope_has_the_sessions_role() {
    let (world, [a, b]) = world(ACT);
    // Else PostgreSQL refuses the schema, which would hide the role.
    world.run("GRANT USAGE ON SCHEMA a, b TO pg_monitor");
    let mut pg = world.pg();
    let own = value(&mut pg, "session_user");
    let mut session = Session::new(&mut pg);
    for schema in [&a, &b] {
        leave_in(&mut session, &a);
        let mut conn = session.tenant(schema).unwrap();
        assert_eq!(value(&mut conn, "current_user"), own);
    }
}

#[test]
fn a_role_that_may_not_use_the_next_schema_does_not_keep_one_from_it() {
    let (world, [a, b]) = world(ACT);
    let mut pg = world.pg();
    let mut session = Session::new(&mut pg);
    leave_in(&mut session, &a);
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}

#[test]
fn locks_and_temporary_tables_are_gone_when_the_connection_is_given_back() {
    let (world, [a, _]) = world(&format!("PERFORM pg_advisory_lock(7); {STASH}"));
    let mut pg = world.pg();
    leave_in(&mut Session::new(&mut pg), &a);
    assert_eq!(locks(&mut pg), "0");
    let left = "SELECT count(*) FROM pg_class WHERE relname = 'stashed'";
    assert_eq!(value(&mut pg, left), "0");
}

#[test]
fn the_last_number_of_a_sequence_is_gone_after_raw_sql() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&a).unwrap();
        let insert = diesel::insert_into(documents::table).values(documents::title.eq("a 2"));
        insert.execute(&mut conn).unwrap();
        conn.batch_execute("SELECT 1").unwrap();
    }
    let mut conn = session.tenant(&b).unwrap();
    let last = diesel::RunQueryDsl::execute(diesel::sql_query("SELECT lastval()"), &mut conn);
    let error = last.unwrap_err().to_string();
    assert!(error.contains("lastval is not yet defined"), "{error}");
}

#[test]
fn a_connection_that_made_a_temporary_table_once_pays_one_statement_per_scope() {
    let (world, [a, b]) = world(STASH);
    let mut pg = world.pg();
    let statements = Statements::of(&mut pg);
    let mut session = Session::new(&mut pg);
    leave_in(&mut session, &a);
    let _ = statements.take();
    titles(&mut session.tenant(&b).unwrap()).unwrap();
    let sent = statements.take();
    assert_eq!(sent.len(), 3, "{sent:?}");
}

#[test]
fn a_role_is_undone_also_when_the_session_ends_or_the_next_schema_is_missing() {
    let (world, [a, b]) = world(ACT);
    world.run("GRANT USAGE ON SCHEMA a, b TO pg_monitor");
    let mut pg = world.pg();
    let own = value(&mut pg, "current_user");
    leave_in(&mut Session::new(&mut pg), &a);
    assert_eq!(value(&mut pg, "current_user"), own, "given back");
    {
        let mut session = Session::new(&mut pg);
        assert_eq!(value(&mut session.tenant(&b).unwrap(), "current_user"), own);
        leave_in(&mut session, &a);
        let missing = session.tenant(&"later".parse().unwrap()).map(|_| ());
        assert!(
            matches!(missing, Err(ScopeError::SchemaNotFound { .. })),
            "{missing:?}"
        );
    }
    assert_eq!(value(&mut pg, "current_user"), own, "given back");
    assert_eq!(value(&mut pg, "current_setting('search_path')"), "\"\"");
}
