//! One connection that enters and leaves schemata sees the rows of the one it is in (BEHAVIOURS C).

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use multischema::{
    InvalidSchemaNameKind, RunQueryDsl, SchemaName, ScopeError, Session, TenantConnection,
};
use multischema_tests::tables::{documents, notes, plans};
use multischema_tests::{Statements, World, titles};

#[test]
fn rows_of_one_schema_are_invisible_in_another_and_shared_rows_visible_in_all() {
    let (world, [first, second]) = World::with(["first", "second"]);
    let mut session = world.session();

    for schema in [&first, &second, &first, &second] {
        let mut conn = session.tenant(schema).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
        let names: Vec<String> = plans::table
            .select(plans::name)
            .order(plans::id)
            .load(&mut conn)
            .unwrap();
        assert_eq!(names, ["free", "paid"]);
    }
    let mut global = session.global().unwrap();
    assert_eq!(plans::table.count().get_result::<i64>(&mut global), Ok(2));
}

#[test]
fn names_that_need_quotes_are_usable() {
    let longest = "a".repeat(SchemaName::MAX_LEN);
    let (world, names) = World::with(["foo", "foo_bar", "a1", "select", "user", &longest]);
    let mut session = world.session();

    for schema in names {
        let mut conn = session.tenant(&schema).unwrap();
        assert_eq!(conn.schema(), &schema);
        assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
    }
}

#[test]
fn an_unknown_schema_is_an_error_and_never_reads_public() {
    let (world, [first]) = World::with(["first"]);
    world.run_in(
        "public",
        "CREATE TABLE documents (id integer, title text, plan_id integer);
         INSERT INTO documents VALUES (1, 'public 1')",
    );
    let mut session = world.session();
    assert_eq!(
        titles(&mut session.tenant(&first).unwrap()).unwrap(),
        ["first 1"]
    );

    let ghost: SchemaName = "ghost".parse().unwrap();
    for _ in 0..2 {
        let error = session.tenant(&ghost).unwrap_err();
        assert!(
            matches!(&error, ScopeError::SchemaNotFound { schema } if *schema == ghost),
            "{error:?}"
        );
        assert_eq!(error.to_string(), "schema `ghost` does not exist");
    }
    assert_eq!(
        titles(&mut session.tenant(&first).unwrap()).unwrap(),
        ["first 1"]
    );
}

#[test]
fn a_schema_that_the_role_may_not_use_is_told_from_a_missing_one() {
    let (world, [first]) = World::with(["first"]);
    let role = format!("plain_{}", std::process::id());
    world.run(&format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role}"));
    let mut pg = world.pg();
    pg.batch_execute(&format!("SET ROLE {role}")).unwrap();

    let error = Session::new(&mut pg).tenant(&first).unwrap_err();
    assert!(
        matches!(&error, ScopeError::NoUsage { role: found, .. } if *found == role),
        "{error:?}"
    );
    drop(pg);
    world.run(&format!("DROP ROLE {role}"));
}

#[test]
fn the_template_is_refused_by_name() {
    let error = "__template__".parse::<SchemaName>().unwrap_err();
    assert_eq!(error.kind(), InvalidSchemaNameKind::Template);
}

#[test]
fn a_schema_dropped_by_others_is_an_error_until_it_is_back() {
    let (world, [first]) = World::with(["first"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&first).unwrap();
        titles(&mut conn).unwrap();
        world.run("DROP SCHEMA first CASCADE");
        let gone = titles(&mut conn).unwrap_err();
        assert!(
            gone.to_string()
                .contains("relation \"documents\" does not exist"),
            "{gone}"
        );
    }
    assert!(matches!(
        session.tenant(&first),
        Err(ScopeError::SchemaNotFound { .. })
    ));

    let _ = world.schema("first");
    assert_eq!(
        titles(&mut session.tenant(&first).unwrap()).unwrap(),
        ["first 1"]
    );
}

#[test]
fn a_missing_table_does_not_fall_through_to_another_tenants() {
    let (world, [first, second]) = World::with(["first", "second"]);
    world.run("DROP TABLE second.notes");
    let mut session = world.session();

    let count =
        |conn: &mut TenantConnection<&mut Session>| notes::table.count().get_result::<i64>(conn);
    assert_eq!(count(&mut session.tenant(&first).unwrap()), Ok(1));
    let missing = count(&mut session.tenant(&second).unwrap()).unwrap_err();
    assert!(
        missing
            .to_string()
            .contains("relation \"notes\" does not exist"),
        "{missing}"
    );
    assert_eq!(count(&mut session.tenant(&first).unwrap()), Ok(1));
}

#[test]
fn a_temporary_table_cannot_stand_in_for_a_tenants() {
    let (world, [first, second]) = World::with(["first", "second"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&first).unwrap();
        conn.batch_execute(
            "CREATE TEMP TABLE documents AS SELECT 1 AS id, 'temporary' AS title, NULL::integer AS plan_id;
             CREATE TEMP TABLE scratch AS SELECT 'of first' AS word",
        )
        .unwrap();
        assert_eq!(
            titles(&mut conn).unwrap(),
            ["first 1"],
            "in the schema that made it"
        );
    }
    let mut conn = session.tenant(&second).unwrap();
    assert_eq!(
        titles(&mut conn).unwrap(),
        ["second 1"],
        "in the next schema"
    );
    let scratch =
        diesel::RunQueryDsl::execute(diesel::sql_query("SELECT word FROM scratch"), &mut conn);
    assert!(
        scratch
            .unwrap_err()
            .to_string()
            .contains("relation \"scratch\" does not exist")
    );
}

#[test]
fn n_queries_in_a_schema_cost_n_plus_one_statements() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let (mut session, statements) = world.noted_session();
    // On a connection that came from elsewhere, two more look for a transaction of its owner's.
    titles(&mut session.tenant(&a).unwrap()).unwrap();
    assert_eq!(statements.take().len(), 1 + 1 + 2);

    for schema in [&a, &b, &b] {
        let _ = statements.take();
        {
            let mut conn = session.tenant(schema).unwrap();
            for _ in 0..5 {
                titles(&mut conn).unwrap();
            }
        }
        assert_eq!(statements.take().len(), 5 + 1, "for {schema}");
    }
}

#[test]
fn clients_that_take_turns_on_one_connection_see_their_own_rows_only() {
    let (world, schemata) = World::with(["a", "b", "c"]);
    let session = &std::sync::Mutex::new(world.session());
    std::thread::scope(|threads| {
        for schema in &schemata {
            threads.spawn(move || {
                for turn in 2..100 {
                    let mut session = session.lock().unwrap();
                    let mut conn = session.tenant(schema).unwrap();
                    let title = format!("{schema} {turn}");
                    let read = conn.transaction(|conn| {
                        let new = documents::title.eq(title);
                        diesel::insert_into(documents::table)
                            .values(new)
                            .execute(conn)?;
                        titles(conn)
                    });
                    let own = (1..=turn).map(|turn| format!("{schema} {turn}"));
                    assert_eq!(read.unwrap(), own.collect::<Vec<_>>());
                }
            });
        }
    });
}

#[test]
fn a_connection_given_back_reaches_nobodys_tables() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    titles(&mut Session::new(&mut pg).tenant(&a).unwrap()).unwrap();

    let read = diesel::RunQueryDsl::load::<i32>(documents::table.select(documents::id), &mut pg);
    assert!(
        read.unwrap_err()
            .to_string()
            .contains("relation \"documents\" does not exist")
    );
    let created = pg.batch_execute("CREATE TABLE stray ()");
    assert!(
        created
            .unwrap_err()
            .to_string()
            .contains("no schema has been selected to create in")
    );
}

#[test]
fn a_connection_lost_in_a_scope_is_an_error_and_is_given_back_as_broken() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = world.pg();
    let pid = backend_pid(&mut pg);
    {
        let mut session = Session::new(&mut pg);
        let mut conn = session.tenant(&a).unwrap();
        titles(&mut conn).unwrap();
        world.run(&format!("SELECT pg_terminate_backend({pid}, 5000)"));
        titles(&mut conn).unwrap_err();
        drop(conn);
        let error = session.tenant(&b).unwrap_err();
        assert!(
            matches!(error, ScopeError::Enter { .. } | ScopeError::Clean { .. }),
            "{error:?}"
        );
    }
    assert!(diesel::r2d2::R2D2Connection::is_broken(&mut pg));
}

#[test]
fn the_scope_of_a_session_that_was_never_used_sends_nothing() {
    let world = World::new();
    let mut pg = world.pg();
    let statements = Statements::of(&mut pg);
    drop(Session::new(&mut pg));
    assert!(statements.take().is_empty());
}

#[test]
fn a_tag_in_the_text_names_the_schema() {
    let (world, [a]) = World::with(["a"]);
    let (mut session, statements) = world.noted_session();
    titles(&mut session.tenant(&a).unwrap()).unwrap();
    let sent = statements.take();
    assert!(sent.last().unwrap().contains("/* schema=a */"), "{sent:?}");
    plans::table
        .count()
        .get_result::<i64>(&mut session.global().unwrap())
        .unwrap();
    let sent = statements.take();
    assert!(
        sent.last().unwrap().contains("/* schema=public */"),
        "{sent:?}"
    );
}

#[test]
fn with_more_schemata_than_it_keeps_statements_for_a_connection_forgets_them() {
    let (world, schemata) = World::with(["a", "b", "c", "d", "e"]);
    let mut session = world.session().max_schemas(2);
    for schema in schemata.iter().chain(&schemata) {
        let mut conn = session.tenant(schema).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
        let kept = diesel::dsl::sql::<diesel::sql_types::BigInt>(
            "(SELECT count(DISTINCT substring(statement FROM 'schema=[a-z]+')) FROM pg_prepared_statements)",
        );
        let kept: i64 = diesel::select(kept).get_result(&mut conn).unwrap();
        assert!(kept <= 2, "{kept} schemata in {schema}");
    }
}

fn backend_pid(pg: &mut PgConnection) -> i32 {
    diesel::define_sql_function!(fn pg_backend_pid() -> Integer);
    diesel::RunQueryDsl::get_result(diesel::select(pg_backend_pid()), pg).unwrap()
}
