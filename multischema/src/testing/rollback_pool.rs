//! A pool whose work is never committed.

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error, Pool, PoolError};

/// Opens a pool of one connection, all of whose work is rolled back when the pool is dropped.
///
/// It is Diesel's [`TestCustomizer`](diesel::r2d2::TestCustomizer) for schemata: the connection is in a
/// [test transaction](Connection::begin_test_transaction) from the start, with an empty search path, and
/// schemata can be entered and left in it. What one borrower writes, the next one sees. As in every
/// transaction, an SQL error outside of a savepoint (`conn.transaction(…)`) undoes all of it; the next
/// borrower gets a new connection.
///
/// # Errors
///
/// If the database at `url` cannot be reached within 30 seconds.
///
/// # Examples
///
/// ```no_run
/// use multischema::{SchemaName, Session, testing};
///
/// let pool = testing::rollback_pool("postgres://localhost/schools")?;
/// let school: SchemaName = "school_a".parse()?;
/// let mut session = Session::new(pool.get()?);
/// let mut conn = session.tenant(&school)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rollback_pool(url: &str) -> Result<Pool<ConnectionManager<PgConnection>>, PoolError> {
    Pool::builder()
        .max_size(1)
        .connection_customizer(Box::new(RollBack))
        .build(ConnectionManager::new(url))
}

#[derive(Debug)]
struct RollBack;

impl CustomizeConnection<PgConnection, Error> for RollBack {
    #[expect(clippy::disallowed_methods, reason = "a constant text")]
    fn on_acquire(&self, pg: &mut PgConnection) -> Result<(), Error> {
        pg.batch_execute("SET search_path TO ''")
            .map_err(Error::QueryError)?;
        pg.begin_test_transaction().map_err(Error::QueryError)
    }
}
