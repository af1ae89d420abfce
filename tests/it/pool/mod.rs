//! The pool.

mod carried;
mod changed;
mod chaos;
mod checkout;
mod choice;
mod crowd;
mod customized;
mod dead;
mod lifetime;
mod transaction;
mod triggers;
mod unfinished;
mod wrapped;

use std::thread;
use std::time::Duration;

use diesel::connection::LoadConnection;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::r2d2::{CustomizeConnection, Error};
use multischema::{
    Lease, RunQueryDsl, SchemaName, SessionHandle, TenantConnection, TenantPool, TenantPoolBuilder,
};
use multischema_tests::{Statements, World, locks, titles, value};

type Lent = TenantConnection<Lease>;

/// Long enough that no proof gets old in a test.
const LONG: Duration = Duration::from_secs(3600);
/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(40);

diesel::table! {
    /// Who serves the connection: a view, as a function that a query names costs a message.
    public.backend (pid) { pid -> Integer }
}
multischema::tables! { tenant: []; global: [backend] }

/// A database with `names` in its registry.
fn world<const N: usize>(names: [&str; N]) -> (World, [SchemaName; N]) {
    let (world, names) = World::registered(names);
    world.run("CREATE VIEW public.backend AS SELECT pg_backend_pid() AS pid");
    (world, names)
}

/// A pool of at most `max_size` connections, whose proofs do not get old.
fn pool(world: &World, max_size: u32) -> TenantPool {
    build(world, max_size, |pool| pool)
}

/// As [`pool`], with other settings.
fn build(
    world: &World,
    max_size: u32,
    set: impl FnOnce(TenantPoolBuilder) -> TenantPoolBuilder,
) -> TenantPool {
    let builder = TenantPool::builder(world.url())
        .max_size(max_size)
        .proof_ttl(LONG)
        .checkout_timeout(Duration::from_secs(10));
    set(builder).build().unwrap()
}

/// Lets proofs of [`SHORT`] get old.
fn wait() {
    thread::sleep(SHORT + SHORT / 4);
}

/// The process of PostgreSQL that serves the connection.
fn pid(conn: &mut TenantConnection<impl SessionHandle>) -> i32 {
    backend::table.select(backend::pid).first(conn).unwrap()
}

/// Ends all connections to the database, as an administrator can, and returns how many there were.
fn kill_all(world: &World) -> String {
    const OTHERS: &str = "datname = current_database() AND pid <> pg_backend_pid()";
    let kill = format!(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE {OTHERS}"
    );
    value(&mut world.pg(), &kill)
}

/// The connection is `schema`'s, and nothing of anybody's is on it.
#[track_caller]
fn is_clean(conn: &mut Lent, schema: &SchemaName) {
    assert_eq!(titles(conn).unwrap(), [format!("{schema} 1")]);
    assert_eq!(locks(conn), "0");
    let of = |conn: &mut Lent, expression| value(conn, expression);
    let path = format!("\"{schema}\", \"public\", pg_temp");
    assert_eq!(of(conn, "current_setting('search_path')"), path);
    assert_eq!(of(conn, "current_user = session_user"), "true");
    assert_eq!(of(conn, TEMPORARY), "0");
    assert!(!in_transaction(conn), "a transaction is open");
}

const TEMPORARY: &str = "SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()";

/// Whether a transaction is open of which Diesel may not know: two statements began it at the same time.
fn in_transaction(conn: &mut impl LoadConnection<Backend = Pg>) -> bool {
    let mut began = || value(conn, "transaction_timestamp()");
    began() == began()
}

/// Notes the statements of all connections of a pool.
#[derive(Debug, Default)]
struct Noting(Statements);

impl CustomizeConnection<PgConnection, Error> for Noting {
    fn on_acquire(&self, pg: &mut PgConnection) -> Result<(), Error> {
        self.0.note(pg);
        Ok(())
    }
}

/// As [`build`], and the statements that its connections send.
fn noted(
    world: &World,
    max_size: u32,
    set: impl FnOnce(TenantPoolBuilder) -> TenantPoolBuilder,
) -> (TenantPool, Statements) {
    let statements = Statements::default();
    let noting = Noting(statements.clone());
    let pool = build(world, max_size, |pool| {
        set(pool).customizer(Box::new(noting))
    });
    let _ = statements.take();
    (pool, statements)
}
