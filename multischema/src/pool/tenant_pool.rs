//! Checking connections out.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, Pool, PoolError};

use super::builder::TenantPoolBuilder;
use super::error::CheckoutError;
use super::lease::Lease;
use super::park::{Kept, Pooled};
use super::shared::Shared;
use super::stats::PoolStats;
use super::sweep::{self, Sweeper};
use crate::name::SchemaName;
use crate::path::{SearchPath, SharedSchemata};
use crate::scope::{GlobalConnection, ScopeError, Session, SessionHandle, TenantConnection};

/// For how long at a time one waits in r2d2: it does not know of what is parked meanwhile, and does not tell when there is
/// room for a connection that could not be made before.
const TURN: Duration = Duration::from_millis(100);

/// A pool of connections, each lent for one schema at a time.
///
/// [`tenant`](Self::tenant) hands out a connection of which PostgreSQL has said, no longer than
/// [`proof_ttl`](TenantPoolBuilder::proof_ttl) ago, that it is in the schema, that the schema is there, and that
/// the registry calls it active. When the connection is dropped it comes back: what its borrower left on it is
/// undone (see [`Session`]), or it is closed.
///
/// A connection that comes back stays where it is, and the next checkout of the same schema prefers it; then a new
/// one, then the one unused for longest, if that is longer than a proof is worth. If all are in use elsewhere, the one
/// is moved that was moved last and has statements prepared for the schema, or room for them.
///
/// A clone is the same pool.
///
/// # Examples
///
/// ```no_run
/// use diesel::prelude::*;
/// use multischema::{RunQueryDsl, SchemaName, TenantPool};
///
/// diesel::table! { documents { id -> Integer, title -> Text } }
/// multischema::tables! { tenant: [documents]; global: [] }
///
/// let pool = TenantPool::builder("postgres://localhost/schools").max_size(8).build()?;
/// let school: SchemaName = "school_a".parse()?;
/// let titles: Vec<String> = documents::table
///     .select(documents::title)
///     .load(&mut pool.tenant(&school)?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TenantPool {
    pub(super) shared: Arc<Shared>,
    _sweeper: Option<Arc<Sweeper>>,
}

impl TenantPool {
    /// Sets up a pool for the database at `url`.
    pub fn builder(url: impl Into<String>) -> TenantPoolBuilder {
        TenantPoolBuilder::of_url(url.into())
    }

    /// Sets up a pool around one that exists, which may go on to be used by others.
    ///
    /// Connections that nobody asked for within the [`proof_ttl`](TenantPoolBuilder::proof_ttl) go back to it,
    /// with an empty search path. Build it with a [`SearchPathCustomizer`](super::SearchPathCustomizer), so that
    /// its new connections have an empty path as well. As long as others hold its connections, a checkout waits
    /// for them, and finds none where they hold all.
    pub fn wrap(pool: Pool<ConnectionManager<PgConnection>>) -> TenantPoolBuilder {
        TenantPoolBuilder::of_pool(pool)
    }

    pub(super) fn new(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let sweeper = sweep::start(&shared).map(Arc::new);
        Self {
            shared,
            _sweeper: sweeper,
        }
    }

    /// Checks a connection out for `schema`.
    ///
    /// # Errors
    ///
    /// * [`CheckoutError::Unknown`], [`CheckoutError::Unregistered`] if there is no such schema, or none that the
    ///   registry knows;
    /// * [`CheckoutError::Suspended`], [`CheckoutError::Archived`], [`CheckoutError::Incomplete`] if the registry
    ///   says so;
    /// * [`CheckoutError::Template`] if it is the template;
    /// * [`CheckoutError::NoRegistry`] if the database has no registry;
    /// * [`CheckoutError::Exhausted`] if all connections stay in use, [`CheckoutError::Connect`] if none can be made;
    /// * [`CheckoutError::Scope`] if entering the scope fails in another way.
    pub fn tenant(&self, schema: &SchemaName) -> Result<TenantConnection<Lease>, CheckoutError> {
        let path = self.path(schema)?;
        let lease = self.enter(&path)?;
        Ok(TenantConnection::entered(lease, schema.clone(), path))
    }

    /// Checks a connection out for what all tenants share.
    ///
    /// # Errors
    ///
    /// As [`tenant`](Self::tenant), but for those about the schema.
    pub fn global(&self) -> Result<GlobalConnection<Lease>, CheckoutError> {
        let path = SearchPath::global(&self.shared.settings.shared);
        let lease = self.enter(&path)?;
        Ok(GlobalConnection::entered(lease, path))
    }

    /// What all schemata share.
    pub(crate) fn shared_schemata(&self) -> &SharedSchemata {
        &self.shared.settings.shared
    }

    /// Runs `work` in a transaction in `schema`, which is committed if it returns `Ok`, else rolled back.
    ///
    /// One message begins the transaction, sets search path and role for its time only, and ends it at once if the schema
    /// cannot be used; it also gives back advisory locks and drops temporary tables that a trigger has left. The connection's own path below it is empty or the same schema: if `work` ends
    /// the transaction by raw SQL, what follows is refused, or runs in the same schema without it. The first
    /// transaction in a schema on a connection asks, before that, which edition of it its statements will be
    /// prepared for; after a migration they are forgotten.
    ///
    /// Its isolation level is the server's default (`default_transaction_isolation`); for another, use
    /// [`build_transaction`](TenantConnection::build_transaction) on a [`tenant`](Self::tenant) connection.
    ///
    /// Nothing but the transaction is relied upon, so that this also works where each transaction may be sent to
    /// another session of PostgreSQL, as by PgBouncer in transaction mode. Statements that are prepared belong to a
    /// session: build the pool with [`cache_size(CacheSize::Disabled)`](TenantPoolBuilder::cache_size) then.
    ///
    /// # Errors
    ///
    /// What `work` returns; what `COMMIT` or `ROLLBACK` return; and what [`tenant`](Self::tenant) does, as a
    /// [`CheckoutError`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use multischema::{RunQueryDsl, SchemaName, TenantPool};
    /// # diesel::table! { documents { id -> Integer, title -> Text } }
    /// # multischema::tables! { tenant: [documents]; global: [] }
    /// # fn example(pool: &TenantPool, school: &SchemaName) -> QueryResult<()> {
    /// pool.transaction(school, |conn| {
    ///     diesel::delete(documents::table.find(1)).execute(conn)?;
    ///     diesel::update(documents::table.find(2)).set(documents::title.eq("kept")).execute(conn)
    /// })?;
    /// # Ok::<(), diesel::result::Error>(())
    /// # }
    /// ```
    pub fn transaction<T, E>(
        &self,
        schema: &SchemaName,
        work: impl FnOnce(&mut TenantConnection<Lease>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<CheckoutError> + From<diesel::result::Error>,
    {
        let path = self.path(schema)?;
        let lease = self.lease(&path, |session| {
            // Before, as an error of it would be the transaction's.
            self.count_relations(&path, session);
            session.begin(&path, schema)
        })?;
        self.shared.counters.transactions.add();
        let mut conn = TenantConnection::entered(lease, schema.clone(), path);
        conn.finish(work)
    }

    /// Has all connections forget what they know of `schema`: its statements, its types, that it may be used. Call
    /// it after DDL or a change in the registry; what another process changes is heard of within the
    /// [`proof_ttl`](TenantPoolBuilder::proof_ttl).
    pub fn invalidate(&self, schema: &SchemaName) {
        self.forget(schema);
        self.note_change();
    }

    /// Returns what the pool has done.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        let (parked, permits) = self.shared.park.count();
        PoolStats {
            lent: self.shared.r2d2.max_size() - permits,
            parked: u32::try_from(parked).unwrap_or(u32::MAX),
            ..self.shared.counters.read()
        }
    }
    fn path(&self, schema: &SchemaName) -> Result<SearchPath, CheckoutError> {
        let shared = &self.shared.settings.shared;
        if schema.is_template() {
            return Err(CheckoutError::Template);
        }
        if shared.contains(schema) {
            let schema = schema.clone();
            return Err(ScopeError::Shared { schema }.into());
        }
        Ok(SearchPath::tenant(schema, shared))
    }

    /// Returns a connection that is in the scope of `path`, proven now or within `proof_ttl`.
    fn enter(&self, path: &SearchPath) -> Result<Lease, CheckoutError> {
        let counters = &self.shared.counters;
        let ttl = self.shared.settings.proof_ttl;
        self.lease(path, |session| {
            if session.is_proven(path, ttl) {
                counters.hits.add();
                return Ok(());
            }
            let was_there = session.is_at(path);
            session.enter(path)?;
            self.count_relations(path, session);
            if was_there {
                counters.proofs.add();
            } else {
                counters.switches.add();
            }
            Ok(())
        })
    }

    /// Returns a connection on which `enter` succeeded. Connections that turn out to be dead are replaced.
    fn lease(
        &self,
        path: &SearchPath,
        mut enter: impl FnMut(&mut Session<Pooled>) -> Result<(), ScopeError>,
    ) -> Result<Lease, CheckoutError> {
        let start = Instant::now();
        let deadline = start + self.shared.settings.checkout_timeout;
        if !self.shared.park.take_permit(deadline) {
            self.shared.counters.timeouts.add();
            return Err(CheckoutError::Exhausted {
                schema: path.schema().cloned(),
                waited: start.elapsed(),
                max_size: self.shared.r2d2.max_size(),
            });
        }
        let mut lease = Lease::of_permit(Arc::clone(&self.shared));
        // As many may be dead as there are.
        let mut spare = self.shared.r2d2.max_size();
        loop {
            lease.hold(self.take(path, start, deadline)?);
            match enter(lease.session()) {
                Ok(()) => return Ok(lease),
                Err(error) if spare > 0 && lease.session().is_dead(&error) => {
                    spare -= 1;
                    self.shared.counters.reconnects.add();
                    lease.close();
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes the connection that is best for `path`; the caller has a permit.
    fn take(
        &self,
        path: &SearchPath,
        start: Instant,
        deadline: Instant,
    ) -> Result<Kept, CheckoutError> {
        let shared = &self.shared;
        let ttl = shared.settings.proof_ttl;
        let (mut until, mut reason) = (None, None);
        loop {
            let kept = if let Some(suited) = shared.park.take_suited(path, ttl) {
                suited
            } else if let Some(fresh) = shared.r2d2.try_get() {
                match shared.park.take_instead() {
                    Some(kept) => {
                        drop(fresh);
                        kept
                    }
                    None => return Ok(self.welcome(fresh)),
                }
            } else {
                match shared.park.take_any(path, ttl) {
                    Ok(parked) => parked,
                    Err(_connecting) => {
                        let now = Instant::now();
                        let until = *until.get_or_insert_with(|| self.patience(now, deadline));
                        let turn = until.saturating_duration_since(now).min(TURN);
                        match shared.r2d2.get_timeout(turn) {
                            Ok(fresh) => return Ok(self.welcome(fresh)),
                            Err(source) => {
                                let source = better(reason.take(), source);
                                if Instant::now() >= until {
                                    return Err(self.none_made(path, start, source));
                                }
                                reason = Some(source);
                                continue;
                            }
                        }
                    }
                }
            };
            if !shared.is_old(&kept) {
                return Ok(kept);
            }
            shared.close(kept);
        }
    }

    /// Returns until when a thread that has its permit now waits for a connection to be made: one that had to wait
    /// for the permit is not refused for the time it takes to connect.
    fn patience(&self, now: Instant, deadline: Instant) -> Instant {
        let least = Duration::from_secs(1).min(self.shared.settings.checkout_timeout);
        deadline.max(now + least)
    }

    fn none_made(&self, path: &SearchPath, start: Instant, source: PoolError) -> CheckoutError {
        let shared = &self.shared;
        shared.counters.timeouts.add();
        let (schema, waited) = (path.schema().cloned(), start.elapsed());
        let max_size = shared.r2d2.max_size();
        // Others have them all.
        if shared.settings.is_wrapped && shared.r2d2.state().connections >= max_size {
            CheckoutError::Exhausted {
                schema,
                waited,
                max_size,
            }
        } else {
            CheckoutError::Connect {
                schema,
                waited,
                source,
            }
        }
    }

    /// Makes a session of a connection that comes from r2d2.
    pub(super) fn welcome(&self, pg: Pooled) -> Kept {
        let settings = &self.shared.settings;
        self.shared.counters.connects.add();
        let mut session = Session::lent(pg, settings.shared.clone())
            .verify(settings.verify)
            .max_schemas(settings.max_schemas);
        if let Some(size) = settings.cache_size {
            session = session.cache_size(size);
        }
        if !settings.is_wrapped {
            session = session.made_for_us();
        }
        self.shared.park.welcome(session)
    }

    /// Counts the relations of one schema, for all of them.
    fn count_relations(&self, path: &SearchPath, session: &mut Session<Pooled>) {
        let relations = &self.shared.relations;
        let Some(schema) = path.schema() else {
            return;
        };
        if relations.load(Ordering::Relaxed) == 0 {
            // It may fail, and another will count.
            if let Ok(count) = session.count_relations(schema) {
                relations.store(count, Ordering::Relaxed);
            }
        }
    }
}

/// Returns the error that says more: r2d2 tells each reason once, and then only that time is up.
fn better(before: Option<PoolError>, now: PoolError) -> PoolError {
    match before {
        Some(before) if before.to_string().len() > now.to_string().len() => before,
        _ => now,
    }
}

impl fmt::Debug for TenantPool {
    // Without the pool inside, which knows the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantPool")
            .field("settings", &self.shared.settings)
            .field("stats", &self.stats())
            .finish()
    }
}
