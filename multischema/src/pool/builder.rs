//! How a pool is set up.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use diesel::connection::CacheSize;
use diesel::pg::PgConnection;
use diesel::r2d2::{Builder, ConnectionManager, CustomizeConnection, Error, Pool, PoolError};

use super::apart::Apart;
use super::customizer::SearchPathCustomizer;
use super::park::Park;
use super::shared::{Settings, Shared};
use super::stats::Counters;
use super::tenant_pool::TenantPool;
use crate::path::SharedSchemata;
use crate::scope::Verify;

/// Sets up a [`TenantPool`]; see [`TenantPool::builder`] and [`TenantPool::wrap`].
///
/// What r2d2 counts (`max_size` to `max_lifetime`) and `customizer` are for pools that are built here; a pool
/// that is wrapped has its own.
#[must_use = "a pool is there when `build` is called"]
pub struct TenantPoolBuilder {
    source: Source,
    checkout_timeout: Option<Duration>,
    proof_ttl: Duration,
    shared: SharedSchemata,
    verify: Verify,
    cache_size: Option<CacheSize>,
    max_schemas: usize,
    max_backend_memory: u64,
}

enum Source {
    Url {
        url: String,
        r2d2: Builder<Manager>,
        customizer: SearchPathCustomizer,
    },
    Pool(Pool<Manager>),
}

/// For as long as no caller waits.
const FOREVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

type Manager = ConnectionManager<PgConnection>;

impl TenantPoolBuilder {
    pub(super) fn of_url(url: String) -> Self {
        Self::new(Source::Url {
            url,
            r2d2: Pool::builder(),
            customizer: SearchPathCustomizer::new(),
        })
    }

    pub(super) fn of_pool(pool: Pool<Manager>) -> Self {
        Self::new(Source::Pool(pool))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            checkout_timeout: None,
            proof_ttl: Duration::from_secs(1),
            shared: SharedSchemata::default(),
            verify: Verify::default(),
            cache_size: None,
            max_schemas: 64,
            max_backend_memory: 256 << 20,
        }
    }

    /// Sets how many connections there may be.
    ///
    /// Defaults to 10.
    ///
    /// # Panics
    ///
    /// If `max_size` is 0.
    pub fn max_size(self, max_size: u32) -> Self {
        self.r2d2(|r2d2| r2d2.max_size(max_size))
    }

    /// Sets how many connections are kept ready that were at no schema yet; none means `max_size`.
    ///
    /// With less than `max_size`, a connection that is parked is moved before another is made for it, so that one
    /// thread may go round with few.
    ///
    /// Defaults to none: all connections are made at once.
    pub fn min_idle(self, min_idle: Option<u32>) -> Self {
        self.r2d2(|r2d2| r2d2.min_idle(min_idle))
    }

    /// Sets for how long a connection may stay unused; none means for ever.
    ///
    /// Defaults to 10 minutes.
    ///
    /// # Panics
    ///
    /// If it is zero.
    pub fn idle_timeout(self, timeout: Option<Duration>) -> Self {
        self.r2d2(|r2d2| r2d2.idle_timeout(timeout))
    }

    /// Sets how old a connection may become; none means as old as it likes. One that is in use is closed when it
    /// comes back. The time before it was lent first is counted by itself, so that it may become twice as old.
    ///
    /// Defaults to 30 minutes.
    ///
    /// # Panics
    ///
    /// If it is zero.
    pub fn max_lifetime(self, lifetime: Option<Duration>) -> Self {
        self.r2d2(|r2d2| r2d2.max_lifetime(lifetime))
    }

    /// Has `customizer` prepare each new connection. Whatever search path it sets is emptied again.
    ///
    /// Settings that it makes by `SET` are reset when a borrower has run raw SQL (see [`Session`](crate::Session)): make them in the
    /// URL (`options`) or by `ALTER ROLE`.
    ///
    /// What it does must not leave a transaction open, unless it is a
    /// [test transaction](diesel::Connection::begin_test_transaction).
    pub fn customizer(mut self, other: Box<dyn CustomizeConnection<PgConnection, Error>>) -> Self {
        if let Source::Url { customizer, .. } = &mut self.source {
            *customizer = SearchPathCustomizer::and(other);
        }
        self
    }

    /// Sets how long a checkout waits: for a connection that is in use, then for one to be made.
    ///
    /// Defaults to 30 seconds, or to the `connection_timeout` of a pool that is wrapped.
    ///
    /// # Panics
    ///
    /// If it is zero.
    pub fn checkout_timeout(mut self, timeout: Duration) -> Self {
        assert!(!timeout.is_zero(), "`checkout_timeout` must not be zero");
        // What is longer cannot be added to the time that it is.
        self.checkout_timeout = Some(timeout.min(FOREVER));
        self
    }

    /// Sets for how long a proof is believed: that a schema is there, is active, and that the connection is in it.
    /// A checkout of a connection that is in the schema by a younger proof sends nothing; so this is how long it
    /// can take until a pool hears of a schema that another process has suspended, renamed or dropped.
    ///
    /// Defaults to 1 second. With [`Duration::ZERO`] each checkout proves.
    pub fn proof_ttl(mut self, ttl: Duration) -> Self {
        self.proof_ttl = ttl;
        self
    }

    /// Sets the schemata that all tenants share.
    ///
    /// Defaults to `public`.
    pub fn shared(mut self, shared: SharedSchemata) -> Self {
        self.shared = shared;
        self
    }

    /// Sets when a connection that is lent is asked where it is.
    ///
    /// Defaults to [`Verify::Checkout`].
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }

    /// Sets how many statements Diesel keeps prepared on each connection, as
    /// [`Session::cache_size`](crate::Session::cache_size) does. A customizer cannot: Diesel does not tell what it
    /// has set, and forgetting statements sets it anew.
    ///
    /// Defaults to what Diesel does by itself.
    pub fn cache_size(mut self, size: CacheSize) -> Self {
        self.cache_size = Some(size);
        self
    }

    /// Sets for how many schemata a connection keeps prepared statements and types. With one more, all are
    /// forgotten.
    ///
    /// Defaults to 64.
    pub fn max_schemas_per_connection(mut self, max: usize) -> Self {
        self.max_schemas = max;
        self
    }

    /// Sets, in bytes, what PostgreSQL may hold in memory for a connection's tables; past it the connection is
    /// closed when it comes back.
    ///
    /// PostgreSQL never forgets a table that a connection has used. It is not asked for the memory: that is
    /// reckoned as if the connection had used all tables and indexes of the schemata it was in, at 15 kB each.
    ///
    /// Defaults to 256 MiB.
    pub fn max_backend_memory(mut self, bytes: u64) -> Self {
        self.max_backend_memory = bytes;
        self
    }

    /// Builds the pool, and waits for its first connections.
    ///
    /// # Errors
    ///
    /// [`PoolError`] if they cannot be made within the checkout's timeout.
    ///
    /// # Panics
    ///
    /// If `min_idle` is more than `max_size`.
    pub fn build(self) -> Result<TenantPool, PoolError> {
        let is_wrapped = matches!(self.source, Source::Pool(_));
        let mut apart = None;
        let r2d2 = match self.source {
            Source::Pool(pool) => pool,
            Source::Url {
                url,
                mut r2d2,
                customizer,
            } => {
                if let Some(timeout) = self.checkout_timeout {
                    r2d2 = r2d2.connection_timeout(timeout);
                }
                apart = Some(Apart::at(&url));
                // Entering a scope tests the connection.
                r2d2.test_on_check_out(false)
                    .connection_customizer(Box::new(customizer))
                    .build(ConnectionManager::new(url))?
            }
        };
        let settings = Settings {
            checkout_timeout: self
                .checkout_timeout
                .unwrap_or_else(|| r2d2.connection_timeout().min(FOREVER)),
            proof_ttl: self.proof_ttl,
            shared: self.shared,
            verify: self.verify,
            cache_size: self.cache_size,
            max_schemas: self.max_schemas,
            max_backend_memory: self.max_backend_memory,
            is_wrapped,
        };
        Ok(TenantPool::new(Shared {
            park: Park::new(r2d2.max_size()),
            r2d2,
            settings,
            counters: Counters::default(),
            relations: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            apart,
        }))
    }

    fn r2d2(mut self, change: impl FnOnce(Builder<Manager>) -> Builder<Manager>) -> Self {
        if let Source::Url { r2d2, .. } = &mut self.source {
            *r2d2 = change(std::mem::take(r2d2));
        }
        self
    }
}

impl fmt::Debug for TenantPoolBuilder {
    // Without the URL, as a password may be in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantPoolBuilder")
            .field("proof_ttl", &self.proof_ttl)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}
