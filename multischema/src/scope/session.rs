//! One PostgreSQL session, and what is known of its state.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::ops::DerefMut;
use std::time::Instant;

use diesel::connection::{CacheSize, Connection};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::{ConnectionResult, QueryResult};

use super::error::{ScopeError, Whereabouts};
use super::global::GlobalConnection;
use super::raw::{Control, Origin, Raw};
use super::tenant::TenantConnection;
use super::types::TypeMap;
use crate::name::SchemaName;
use crate::path::{SearchPath, SharedSchemata};

/// When a connection is asked where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// When a scope is entered, and before the statement that follows raw SQL which may have moved the
    /// connection. This is the default, and costs nothing per query.
    #[default]
    Checkout,
    /// Before every statement the search path is asked for, which doubles the round trips. For tests, and
    /// to find out who moves a connection.
    Every,
}

/// A connection to PostgreSQL from which scopes are entered, one at a time.
///
/// It wraps any connection one owns or borrows (`P`), and by itself reaches no table at all:
/// [`tenant`](Self::tenant) and [`global`](Self::global) give connections that do. As these borrow it,
/// the compiler sees to it that there is one at a time; when one is dropped, what it left behind is
/// undone.
///
/// # What is undone
///
/// * Transactions that a scope left open, as a panic does, are rolled back.
/// * After raw SQL ([`sql_query`](diesel::sql_query), `sql()`, `COPY`, `as_pg()`,
///   [`batch_execute`](diesel::connection::SimpleConnection::batch_execute)) one message undoes all that it can
///   leave: cursors, `LISTEN`, advisory locks, temporary tables, role, settings. Time zone and client encoding
///   are then set as Diesel does at connect; other settings that the connection's owner made by `SET` are
///   lost, so make them in the URL (`options`) or by `ALTER ROLE`.
/// * After the DSL alone, leaving sends nothing. Of what functions and triggers can leave, the search path, the
///   role, advisory locks and temporary tables are put right when the next scope is entered. Settings,
///   `LISTEN`, cursors `WITH HOLD` and `lastval()` are not seen: write functions that make settings local
///   (`SET LOCAL`).
/// * When the session is dropped, the search path is emptied, and the same is put right. A session that is leaked
///   ([`mem::forget`](std::mem::forget)) undoes nothing; a scope that is leaked is undone when the next is entered
///   from the session.
///
/// # Examples
///
/// ```no_run
/// use diesel::prelude::*;
/// use multischema::{RunQueryDsl, SchemaName, Session};
///
/// diesel::table! { documents { id -> Integer, title -> Text } }
/// multischema::tables! { tenant: [documents]; global: [] }
///
/// let mut session = Session::establish("postgres://localhost/schools")?;
/// for school in ["school_a", "school_b"] {
///     let school: SchemaName = school.parse()?;
///     let mut conn = session.tenant(&school)?;
///     let titles: Vec<String> = documents::table.select(documents::title).load(&mut conn)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<P = Box<PgConnection>>
where
    P: DerefMut<Target = PgConnection>,
{
    pub(super) pg: P,
    pub(super) shared: SharedSchemata,
    pub(super) verify: Verify,
    pub(super) max_schemas: usize,
    pub(super) cache_size: CacheSize,
    pub(super) place: Place,
    /// How deep in transactions the scope in use was entered; only a test transaction makes it more than 0.
    pub(super) floor: u32,
    /// Its owner may have begun a transaction that nobody knows of.
    pub(super) unfamiliar: bool,
    /// The role of the first scope, which is that of all.
    pub(super) role: Option<String>,
    /// What ran in the scope that is in use.
    pub(super) raw: Raw,
    /// The types of queries whose text was looked at, and whether that calls a function which may leave something.
    known: HashMap<TypeId, bool>,
    /// An earlier scope left something that was not cleaned up yet.
    pub(super) dirty: bool,
    pub(super) types: TypeMap,
    /// Statements were prepared for a shape that tables or types no longer have.
    pub(super) stale: bool,
    /// Ask the registry whether a schema may be used.
    pub(super) asks_registry: bool,
    /// Whoever has the connection now may use a schema that is suspended.
    pub(super) admits_suspended: bool,
    /// Which edition of each schema was entered since the connection was made.
    pub(super) visited: HashMap<SchemaName, Edition>,
    /// Instrumentation, or the size of the cache, was set, and Diesel does not give back what was there before.
    pub(super) altered: bool,
    /// The type of the instrumentation before the connection inside was handed out.
    pub(super) instrumentation: Option<TypeId>,
}

/// Tells a schema from an earlier one of its name, and from itself before a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edition {
    pub(super) id: i32,
    pub(super) generation: i32,
}

/// Where the connection is, as far as this is known.
#[derive(Debug)]
pub(super) enum Place {
    /// Nothing was done to it yet.
    Untouched,
    /// Its path is empty, and nobody left anything.
    Empty,
    /// A statement that moves it was sent and its outcome is not known.
    Unknown,
    /// Its path was set, and the schema in it is not there.
    Elsewhere,
    /// PostgreSQL said so.
    Proven {
        path: SearchPath,
        found: Whereabouts,
        /// When; none if something was heard since that makes it doubtful.
        at: Option<Instant>,
    },
    /// For the time of one transaction it is at another place than below.
    Within {
        path: SearchPath,
        found: Whereabouts,
        below: Box<Self>,
    },
}

impl Place {
    /// The schema in whose scope the connection is.
    pub(super) fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::Proven { path, .. } | Self::Within { path, .. } => path.schema(),
            Self::Untouched | Self::Empty | Self::Unknown | Self::Elsewhere => None,
        }
    }
}

impl Session<Box<PgConnection>> {
    /// Connects to the database at `url`.
    ///
    /// # Errors
    ///
    /// As [`PgConnection::establish`].
    pub fn establish(url: &str) -> ConnectionResult<Self> {
        let mut session = Self::new(Box::new(PgConnection::establish(url)?));
        session.unfamiliar = false;
        Ok(session)
    }
}

impl<P> Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    /// Wraps `connection`, such as a `Box<PgConnection>`, a `&mut PgConnection` or a connection from a
    /// pool. Sends nothing.
    ///
    /// The connection is the session's until that is dropped: with the first scope go advisory locks and
    /// temporary tables that its owner made before. Its role is kept.
    ///
    /// Keep a session as long as its connection: it knows for which schemata there are statements prepared,
    /// and a new one begins to count anew.
    pub fn new(connection: P) -> Self {
        Self {
            pg: connection,
            shared: SharedSchemata::default(),
            verify: Verify::default(),
            max_schemas: 64,
            cache_size: CacheSize::Unbounded,
            place: Place::Untouched,
            floor: 0,
            unfamiliar: true,
            role: None,
            raw: Raw::default(),
            known: HashMap::new(),
            dirty: false,
            types: TypeMap::new(),
            stale: false,
            asks_registry: false,
            admits_suspended: false,
            visited: HashMap::new(),
            altered: false,
            instrumentation: None,
        }
    }

    /// Sets the schemata that all tenants share.
    ///
    /// Defaults to `public`.
    #[must_use]
    pub fn shared(mut self, shared: SharedSchemata) -> Self {
        self.shared = shared;
        self
    }

    /// Sets when the connection is asked where it is.
    ///
    /// Defaults to [`Verify::Checkout`].
    #[must_use]
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }

    /// Sets for how many schemata the connection keeps prepared statements and types. With one more,
    /// all are forgotten.
    ///
    /// Defaults to 64.
    #[must_use]
    pub fn max_schemas(mut self, max: usize) -> Self {
        self.max_schemas = max;
        self
    }

    /// Sets how many statements Diesel keeps prepared on the connection.
    ///
    /// Diesel does not tell what it was set to before, so say it here as well if it was. Defaults to
    /// [`CacheSize::Unbounded`].
    #[must_use]
    pub fn cache_size(mut self, size: CacheSize) -> Self {
        self.set_cache_size(size);
        self
    }

    /// Enters the scope of `schema`.
    ///
    /// One statement sets the search path and proves it. Before the first scope on a connection that came
    /// from elsewhere, two more find out whether its owner has a transaction open.
    ///
    /// # Errors
    ///
    /// * [`ScopeError::SchemaNotFound`], [`ScopeError::NoUsage`] if there is no such schema for this role;
    /// * [`ScopeError::Shared`] if it is one of those that all tenants share;
    /// * [`ScopeError::InTransaction`] if the owner of the connection has a transaction open, unless it is a
    ///   [test transaction](Connection::begin_test_transaction);
    /// * [`ScopeError::Enter`] if the statement fails, as when the server is gone;
    /// * [`ScopeError::Clean`] if what an earlier scope left cannot be removed.
    pub fn tenant(&mut self, schema: &SchemaName) -> Result<TenantConnection<&mut Self>, ScopeError>
    where
        P: Send,
    {
        self.settle();
        TenantConnection::enter(self, schema)
    }

    /// Enters the scope of `schema` for good. For what needs a connection that borrows nothing.
    ///
    /// # Errors
    ///
    /// As [`tenant`](Self::tenant). The session is lost with it.
    pub fn into_tenant(mut self, schema: &SchemaName) -> Result<TenantConnection<Self>, ScopeError>
    where
        P: Send,
    {
        self.settle();
        TenantConnection::enter(self, schema)
    }

    /// Enters the scope of what all tenants share.
    ///
    /// # Errors
    ///
    /// As [`tenant`](Self::tenant), but for the missing schema.
    pub fn global(&mut self) -> Result<GlobalConnection<&mut Self>, ScopeError>
    where
        P: Send,
    {
        self.settle();
        GlobalConnection::enter(self)
    }

    /// Enters the scope of what all tenants share for good; see [`into_tenant`](Self::into_tenant).
    ///
    /// # Errors
    ///
    /// As [`global`](Self::global). The session is lost with it.
    pub fn into_global(mut self) -> Result<GlobalConnection<Self>, ScopeError>
    where
        P: Send,
    {
        self.settle();
        GlobalConnection::enter(self)
    }

    pub(super) fn shared_schemata(&self) -> &SharedSchemata {
        &self.shared
    }

    /// Looks at the text of a query.
    pub(super) fn origin<Q>(&mut self, query: &Q) -> QueryResult<Origin>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        Origin::of(query, &mut self.known)
    }

    /// Notes that a transaction was opened or ended.
    pub(super) fn note_control(&mut self, control: Control) {
        self.raw.note_control(control);
        // The path was set in a test transaction, and goes with it or with a savepoint from before.
        self.raw.suspect |= self.floor > 0 && control.undoes();
        // The path was set for this transaction only.
        self.raw.suspect |= matches!(self.place, Place::Within { .. }) && control == Control::End;
    }

    /// The connection, for a question of this crate's that names all in full and leaves nothing.
    pub(crate) fn aside(&mut self) -> &mut PgConnection {
        &mut self.pg
    }

    /// Notes that the connection itself is handed out.
    pub(super) fn note_handed_out(&mut self) {
        self.raw.note_handed_out();
        let instrumentation = (*self.pg.instrumentation()).type_id();
        self.instrumentation.get_or_insert(instrumentation);
    }

    /// Has the proof, if there is one, not believed without another.
    pub(super) fn doubt(&mut self) {
        if let Place::Proven { at, .. } = &mut self.place {
            *at = None;
        }
    }

    pub(super) fn set_cache_size(&mut self, size: CacheSize) {
        self.cache_size = size;
        self.pg.set_prepared_statement_cache_size(size);
    }
}

impl<P> Drop for Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    fn drop(&mut self) {
        self.give_back();
    }
}

impl<P> fmt::Debug for Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("place", &self.place)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}
