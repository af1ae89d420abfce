//! What the compiler cannot see on a global connection, the database refuses: its search path lists no
//! tenant's schema.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use multischema::{RunQueryDsl, UnscopedExt};
use multischema_tests::World;
use multischema_tests::tables::{documents, plans};

/// The error of a query that compiles on a global connection although a tenant's table is in it.
fn refusal<T: std::fmt::Debug>(result: QueryResult<T>) {
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains("relation \"documents\" does not exist"),
        "{error}"
    );
}

#[test]
fn a_sub_select() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    // Also after the same connection was at a tenant.
    let with_documents = plans::table.filter(diesel::dsl::exists(
        documents::table.filter(documents::plan_id.eq(plans::id.nullable())),
    ));
    let found: i64 = with_documents
        .count()
        .get_result(&mut session.tenant(&a).unwrap())
        .unwrap();
    assert_eq!(found, 1);

    let mut conn = session.global().unwrap();
    refusal(with_documents.count().get_result::<i64>(&mut conn));
    let in_list = plans::table.filter(
        plans::id
            .nullable()
            .eq_any(documents::table.select(documents::plan_id)),
    );
    refusal(in_list.count().get_result::<i64>(&mut conn));
    let scalar = plans::table.select(
        documents::table
            .select(documents::title)
            .limit(1)
            .single_value(),
    );
    refusal(scalar.load::<Option<String>>(&mut conn));
}

#[test]
fn insert_from_select() {
    let (world, [_]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.global().unwrap();
    let copy = documents::table
        .select(documents::title)
        .insert_into(plans::table)
        .into_columns(plans::name);
    refusal(copy.execute(&mut conn));
}

#[test]
fn values_from_a_sub_select() {
    let (world, [_]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.global().unwrap();
    let title = documents::table
        .select(documents::title)
        .limit(1)
        .single_value()
        .assume_not_null();
    refusal(
        diesel::update(plans::table)
            .set(plans::name.eq(title))
            .execute(&mut conn),
    );
    refusal(
        diesel::delete(
            plans::table.filter(plans::name.eq_any(documents::table.select(documents::title))),
        )
        .execute(&mut conn),
    );
}

#[test]
fn raw_sql_with_a_common_table_expression() {
    #[derive(Debug, QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }

    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let query = || {
        diesel::sql_query("WITH d AS (SELECT * FROM documents WHERE id >= $1 AND title <> $2) SELECT count(*) FROM d")
            .bind::<Integer, _>(1)
            .bind::<Text, _>("")
            .unscoped()
    };
    let counts: Vec<Count> = query().load(&mut session.tenant(&a).unwrap()).unwrap();
    assert_eq!(counts[0].count, 1);
    refusal(query().load::<Count>(&mut session.global().unwrap()));
}

#[test]
fn the_connection_inside_of_a_global_one() {
    let (world, [_]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.global().unwrap();
    refusal(diesel::RunQueryDsl::load::<i32>(
        documents::table.select(documents::id),
        conn.as_pg().unwrap(),
    ));
    refusal(conn.as_pg().unwrap().batch_execute("DELETE FROM documents"));
}

#[test]
fn a_global_connections_transaction_commits_and_rolls_back() {
    let (world, [_]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.global().unwrap();
    let insert =
        |name: &'static str| diesel::insert_into(plans::table).values(plans::name.eq(name));

    conn.transaction(|conn| {
        insert("kept").execute(conn)?;
        let inner: QueryResult<()> = conn.transaction(|conn| {
            insert("undone by a savepoint").execute(conn)?;
            Err(diesel::result::Error::RollbackTransaction)
        });
        assert_eq!(inner, Err(diesel::result::Error::RollbackTransaction));
        QueryResult::Ok(())
    })
    .unwrap();
    let failed: QueryResult<()> = conn.transaction(|conn| {
        insert("undone").execute(conn)?;
        insert("undone").execute(conn)?;
        Ok(())
    });
    assert!(
        matches!(failed, Err(diesel::result::Error::DatabaseError(_, _))),
        "{failed:?}"
    );
    let names: Vec<String> = plans::table
        .select(plans::name)
        .order(plans::id)
        .load(&mut conn)
        .unwrap();
    assert_eq!(names, ["free", "paid", "kept"]);
}
