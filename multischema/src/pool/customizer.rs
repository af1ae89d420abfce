//! What is done to a new connection.

use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{CustomizeConnection, Error};

/// Empties the search path of each new connection, so that no table of anybody's is in reach before a scope is
/// entered.
///
/// It is for pools that are built elsewhere and handed to [`TenantPool::wrap`](super::TenantPool::wrap);
/// [`TenantPool::builder`](super::TenantPool::builder) uses it by itself. The path is set by a statement, not by
/// `options` in the URL, which PgBouncer refuses.
///
/// # Examples
///
/// ```no_run
/// use diesel::PgConnection;
/// use diesel::r2d2::{ConnectionManager, Pool};
/// use multischema::{SearchPathCustomizer, TenantPool};
///
/// let r2d2 = Pool::builder()
///     .connection_customizer(Box::new(SearchPathCustomizer::new()))
///     .build(ConnectionManager::<PgConnection>::new("postgres://localhost/schools"))?;
/// let pool = TenantPool::wrap(r2d2).build()?;
/// # Ok::<(), diesel::r2d2::PoolError>(())
/// ```
#[derive(Default)]
pub struct SearchPathCustomizer {
    then: Option<Box<dyn CustomizeConnection<PgConnection, Error>>>,
}

impl SearchPathCustomizer {
    /// Empties the path and does nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `customizer` do its work as well: on a new connection before the path is emptied, so that no path of
    /// its stays.
    #[must_use]
    pub fn and(customizer: Box<dyn CustomizeConnection<PgConnection, Error>>) -> Self {
        Self {
            then: Some(customizer),
        }
    }
}

impl CustomizeConnection<PgConnection, Error> for SearchPathCustomizer {
    fn on_acquire(&self, pg: &mut PgConnection) -> Result<(), Error> {
        if let Some(other) = &self.then {
            other.on_acquire(pg)?;
        }
        empty_path(pg).map_err(Error::QueryError)
    }

    fn on_release(&self, pg: PgConnection) {
        if let Some(other) = &self.then {
            other.on_release(pg);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the text is constant")]
fn empty_path(pg: &mut PgConnection) -> diesel::QueryResult<()> {
    pg.batch_execute("SET search_path TO ''")
}

impl fmt::Debug for SearchPathCustomizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchPathCustomizer")
            .finish_non_exhaustive()
    }
}
