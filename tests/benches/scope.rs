//! What the checks of a scope cost: beside a bare connection, and beside what people do today.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use multischema::{SchemaName, Session, TenantConnection};
use multischema_tests::World;
use multischema_tests::bench::Bench;
use multischema_tests::tables::{documents, notes};

fn main() {
    let names: Vec<String> = (0..10).map(|n| format!("school_{n}")).collect();
    let world = World::new();
    let schemata: Vec<SchemaName> = names.iter().map(|name| world.schema(name)).collect();
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let mut bench = Bench::new(
        "scope",
        diesel::select(version).get_result(&mut world.pg()).unwrap(),
    );

    statement(&mut bench, &world, [&schemata[0], &schemata[1]]);
    for n in [2, 10] {
        switch(&mut bench, &world, &schemata[..n]);
    }
    bench.finish();
}

/// A join of two tables, by a statement that Diesel keeps prepared.
fn select(conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>) {
    let query = notes::table
        .inner_join(documents::table)
        .filter(documents::id.eq(1));
    let rows: Vec<(i32, String, String)> = query
        .select((notes::id, notes::body, documents::title))
        .load(conn)
        .unwrap();
    assert_eq!(rows.len(), 1);
}

/// An update, which Diesel does not keep prepared.
fn update(conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>) {
    let updated = diesel::update(notes::table.find(1))
        .set(notes::document_id.eq(1))
        .execute(conn);
    assert_eq!(updated, Ok(1));
}

/// One statement, on a connection that stays where it is. Each has a schema of its own: two connections
/// that update one row in turn pay for each other.
fn statement(bench: &mut Bench, world: &World, [one, other]: [&SchemaName; 2]) {
    let mut bare = world.pg();
    bare.batch_execute(&format!("SET search_path = {one}, public, pg_temp"))
        .unwrap();
    let mut ours = world.session().into_tenant(other).unwrap();
    bench.compare(
        1,
        5_000,
        &mut [
            ("bare select", &mut || select(&mut bare)),
            ("select", &mut || select(&mut ours)),
        ],
    );
    bench.compare(
        1,
        5_000,
        &mut [
            ("bare update", &mut || update(&mut bare)),
            ("update", &mut || update(&mut ours)),
        ],
    );
}

/// One statement in each schema in turn, on one connection.
fn switch(bench: &mut Bench, world: &World, schemata: &[SchemaName]) {
    let mut bare = world.pg();
    let mut practice = || {
        for schema in schemata {
            bare.batch_execute(&format!("SET search_path = {schema}, public"))
                .unwrap();
            select(&mut bare);
        }
    };
    let mut session: Session = world.session();
    let mut ours = || {
        for schema in schemata {
            let mut conn: TenantConnection<_> = session.tenant(schema).unwrap();
            select(&mut conn);
        }
    };
    bench.compare(
        schemata.len(),
        1_000,
        &mut [
            ("practice (SET, then query)", &mut practice),
            ("enter, then query", &mut ours),
        ],
    );
}
