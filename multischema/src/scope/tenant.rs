//! The connection of one tenant.

use std::fmt;

use diesel::associations::HasTable;
use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, Instrumentation, LoadConnection,
    SimpleConnection, TransactionManager,
};
use diesel::dsl::Update;
use diesel::expression::{MixedAggregates, QueryMetadata, ValidGrouping, is_aggregate};
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::pg::{CopyFromQuery, GetPgMetadataCache, Pg, PgConnection, PgMetadataCache};
use diesel::query_builder::{AsChangeset, IntoUpdateTarget, Query, QueryFragment, QueryId};
use diesel::query_dsl::{LoadQuery, UpdateAndFetchResults};
use diesel::r2d2::R2D2Connection;
use diesel::result::{ConnectionResult, QueryResult};
use diesel::{ExecuteCopyFromDsl, RunQueryDsl, Table};

use super::error::ScopeError;
use super::global::GlobalConnection;
use super::handle::SessionHandle;
use super::limits::TransactionLimits;
use super::session::Session;
use super::statement::Scoped;
use super::transaction::{Open, TransactionBuilder};
use crate::diesel_internal::{ConnectionSealed, MultiConnectionHelper};
use crate::model::{ScopedConnection, Tenant};
use crate::name::SchemaName;
use crate::path::SearchPath;

/// A connection that works for one schema.
///
/// Unqualified table names mean the schema's own tables, then those that all tenants share. It is a full
/// [`diesel::Connection`]: all of Diesel's DSL, transactions, savepoints, iterators, `save_changes`, `COPY FROM`,
/// migrations and functions that are generic over connections work on it unchanged. With
/// [`multischema::RunQueryDsl`](crate::RunQueryDsl) the compiler also checks that every table is marked.
///
/// Each statement is sent only while the connection is known to be where it was put:
///
/// * what was proven when the scope was entered holds, as long as no raw SQL ran, no function moved the
///   connection and nobody dropped the schema;
/// * after raw SQL that may have (anything but a plain `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `WITH`, `VALUES` or
///   `COPY`, and whatever mentions `set_config` or `pg_settings`), search path, current schema and role are compared
///   first, in one round trip; a difference is [`ScopeError::Moved`], and the statement is not sent;
/// * what a *function* does in a plain `SELECT` is not seen by this. [`verify`](Self::verify) finds that it moved
///   the connection, as does [`Verify::Every`](crate::Verify::Every) for the search path; [`Session`] says what the
///   next scope puts right.
///
/// Instrumentation, and the size of the statement cache, are the connection's: set in one scope, they are
/// there in the next. A pool closes such a connection when it comes back.
///
/// The schema can be changed by [`tenant`](Self::tenant) only, and for the time of a borrow: there is no
/// `Deref` to the connection inside.
///
/// # Stale statements
///
/// When a migration changes tables or types under a connection that has statements prepared for them,
/// PostgreSQL refuses those. Outside of a transaction the DSL's are then prepared anew and sent once more. In a
/// transaction, and for [`PgRowByRowLoadingMode`](diesel::pg::PgRowByRowLoadingMode), it is
/// [`ScopeError::StalePlan`]: start the transaction again. This goes by PostgreSQL's messages in English
/// (`lc_messages`); in another language the error comes as it is.
pub struct TenantConnection<H: SessionHandle> {
    scoped: Scoped<H>,
    schema: SchemaName,
}

impl<H: SessionHandle> TenantConnection<H> {
    pub(super) fn enter(handle: H, schema: &SchemaName) -> Result<Self, ScopeError> {
        let scoped = Scoped::enter(handle, |session| {
            SearchPath::tenant(schema, session.shared_schemata())
        })?;
        Ok(Self {
            scoped,
            schema: schema.clone(),
        })
    }

    /// The scope of `schema`, which the session is in already.
    pub(crate) fn entered(handle: H, schema: SchemaName, path: SearchPath) -> Self {
        Self {
            scoped: Scoped::entered(handle, path),
            schema,
        }
    }

    /// Does `work` in the transaction that the session has begun, and ends it.
    pub(crate) fn finish<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<diesel::result::Error>,
    {
        let open = Open::innermost(self);
        let result = work(self);
        open.end(self, result)
    }

    /// Returns the schema that the connection works for.
    #[must_use]
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    /// Returns the number that the schema had in the registry when the connection was last proven to be in it: that of
    /// [`Schema::id`](crate::Schema::id). It tells the schema from one that was made with its name since. None if the
    /// connection is not a pool's.
    #[must_use]
    pub fn schema_id(&mut self) -> Option<i32> {
        self.scoped.session().number_of(&self.schema)
    }

    /// Returns the search path that was set.
    #[must_use]
    pub fn search_path(&self) -> &SearchPath {
        self.scoped.path()
    }

    /// Asks PostgreSQL, in one round trip, whether the connection is where it was put.
    ///
    /// # Errors
    ///
    /// * [`ScopeError::Moved`] if its search path, its current schema or its role is another;
    /// * [`ScopeError::Verify`] if PostgreSQL does not answer.
    pub fn verify(&mut self) -> Result<(), ScopeError> {
        self.scoped.verify()
    }

    /// Returns the connection inside, for what this one has no method for, such as `COPY TO`.
    ///
    /// Nothing is checked or marked on the way. Before the next statement on `self` the connection is asked
    /// where it is, and when the scope is left it is cleaned and its prepared statements are forgotten.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify): the connection is not handed out elsewhere.
    pub fn as_pg(&mut self) -> Result<&mut PgConnection, ScopeError> {
        self.scoped.as_pg()
    }

    /// Enters the scope of another schema, for the time of the borrow.
    ///
    /// `self` is back in its own scope with its next statement. What functions left in it is undone before
    /// the other is entered (see [`Session`]), and after a raw `SELECT` or the like also its settings.
    ///
    /// # Errors
    ///
    /// As [`Session::tenant`], and [`ScopeError::Unclean`] if raw SQL ran in this scope that may have left
    /// anything.
    pub fn tenant(
        &mut self,
        schema: &SchemaName,
    ) -> Result<TenantConnection<&mut Session<H::Pg>>, ScopeError> {
        TenantConnection::enter(self.scoped.session(), schema)
    }

    /// Enters the scope of what all tenants share, for the time of the borrow.
    ///
    /// # Errors
    ///
    /// As [`tenant`](Self::tenant), but for the missing schema.
    pub fn global(&mut self) -> Result<GlobalConnection<&mut Session<H::Pg>>, ScopeError> {
        GlobalConnection::enter(self.scoped.session())
    }

    /// Runs `work` in a transaction, as Diesel's [`Connection::transaction`] does, none of whose statements may take longer than `limits` say. They are set by the
    /// message that begins it, and end with it. In a transaction `work` is in a savepoint, and they last until the end of that transaction, unless the savepoint is rolled back.
    ///
    /// # Errors
    ///
    /// What `work` returns; or what `BEGIN`, `COMMIT` or `ROLLBACK` do.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use diesel::prelude::*;
    /// # use multischema::{RunQueryDsl, SessionHandle, TenantConnection, TransactionLimits};
    /// # diesel::table! { documents { id -> Integer, title -> Text } }
    /// # multischema::tables! { tenant: [documents]; global: [] }
    /// # fn example(conn: &mut TenantConnection<impl SessionHandle>) -> QueryResult<()> {
    /// let limits = TransactionLimits::new(Duration::from_secs(10));
    /// let count: i64 = conn.transaction_within(limits, |conn| documents::table.count().get_result(conn))?;
    /// # Ok(()) }
    /// ```
    pub fn transaction_within<T, E>(
        &mut self,
        limits: TransactionLimits,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<diesel::result::Error>,
    {
        let open = self.scoped.begin_within(limits)?;
        let result = work(self);
        open.end(self, result)
    }

    /// Builds a transaction with an isolation level or a mode of its own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use multischema::{SessionHandle, TenantConnection};
    /// # fn example(conn: &mut TenantConnection<impl SessionHandle>) -> diesel::QueryResult<()> {
    /// conn.build_transaction().serializable().read_only().run(|conn| Ok(()))
    /// # }
    /// ```
    pub fn build_transaction(&mut self) -> TransactionBuilder<'_, Self> {
        TransactionBuilder::new(self)
    }
}

impl<H: SessionHandle> fmt::Debug for TenantConnection<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantConnection")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl<H: SessionHandle> ScopedConnection for TenantConnection<H> {
    type Scope = Tenant;
    type Inner = Self;

    fn inner(&mut self) -> &mut Self {
        self
    }
}

// a full connection ---------------------------------------------------------------------------------------

impl<H: SessionHandle> SimpleConnection for TenantConnection<H> {
    #[expect(clippy::disallowed_methods, reason = "the text is the user's")]
    fn batch_execute(&mut self, text: &str) -> QueryResult<()> {
        self.scoped.batch_execute(text)
    }
}

impl<H: SessionHandle> ConnectionSealed for TenantConnection<H> {}

impl<H: SessionHandle> Connection for TenantConnection<H> {
    type Backend = Pg;
    // Not a manager of its own: Diesel's `TransactionBuilder` and many users ask for this one.
    type TransactionManager = AnsiTransactionManager;

    fn establish(url: &str) -> ConnectionResult<Self> {
        Scoped::<H>::establish(url).map(|_| unreachable!("a scope is never established"))
    }

    fn execute_returning_count<Q>(&mut self, query: &Q) -> QueryResult<usize>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        self.scoped.execute_returning_count(query)
    }

    fn transaction_state(
        &mut self,
    ) -> &mut <AnsiTransactionManager as TransactionManager<Self>>::TransactionStateData {
        self.scoped.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.scoped.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.scoped.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.scoped.set_prepared_statement_cache_size(size);
    }
}

impl<H: SessionHandle, B> LoadConnection<B> for TenantConnection<H>
where
    Scoped<H>: LoadConnection<B, Backend = Pg>,
{
    type Cursor<'conn, 'query>
        = <Scoped<H> as LoadConnection<B>>::Cursor<'conn, 'query>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = <Scoped<H> as LoadConnection<B>>::Row<'conn, 'query>
    where
        Self: 'conn;

    fn load<'conn, 'query, Q>(&'conn mut self, query: Q) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        Q: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<Q::SqlType>,
    {
        self.scoped.load(query)
    }
}

impl<H: SessionHandle> GetPgMetadataCache for TenantConnection<H> {
    fn get_metadata_cache(&mut self) -> &mut PgMetadataCache {
        self.scoped.types()
    }
}

impl<H: SessionHandle> MigrationConnection for TenantConnection<H> {
    #[expect(clippy::disallowed_methods, reason = "the text is Diesel's")]
    fn setup(&mut self) -> QueryResult<usize> {
        diesel::sql_query(CREATE_MIGRATIONS_TABLE).execute(self)
    }
}

impl<H: SessionHandle> R2D2Connection for TenantConnection<H> {
    fn ping(&mut self) -> QueryResult<()> {
        self.scoped.session().pg.ping()
    }

    fn is_broken(&mut self) -> bool {
        self.scoped.session().pg.is_broken()
    }
}

impl<H: SessionHandle> MultiConnectionHelper for TenantConnection<H> {
    fn to_any<'a>(
        lookup: &mut <Pg as diesel::sql_types::TypeMetadata>::MetadataLookup,
    ) -> &mut (dyn std::any::Any + 'a) {
        PgConnection::to_any(lookup)
    }

    // Types are looked up by the connection inside, so that is what comes back.
    fn from_any(
        lookup: &mut dyn std::any::Any,
    ) -> Option<&mut <Pg as diesel::sql_types::TypeMetadata>::MetadataLookup> {
        PgConnection::from_any(lookup)
    }
}

/// As for [`PgConnection`], but run on this connection; else it would pass the checks by.
impl<'b, Changes, Output, H> UpdateAndFetchResults<Changes, Output> for TenantConnection<H>
where
    H: SessionHandle,
    Changes: Copy + AsChangeset<Target = <Changes as HasTable>::Table> + IntoUpdateTarget,
    Update<Changes, Changes>: LoadQuery<'b, Self, Output>,
    <Changes::Table as Table>::AllColumns: ValidGrouping<()>,
    <<Changes::Table as Table>::AllColumns as ValidGrouping<()>>::IsAggregate:
        MixedAggregates<is_aggregate::No, Output = is_aggregate::No>,
{
    fn update_and_fetch(&mut self, changeset: Changes) -> QueryResult<Output> {
        diesel::update(changeset).set(changeset).get_result(self)
    }
}

impl<T, A, H> ExecuteCopyFromDsl<TenantConnection<H>> for CopyFromQuery<T, A>
where
    H: SessionHandle,
    Self: ExecuteCopyFromDsl<PgConnection>,
    <Self as ExecuteCopyFromDsl<PgConnection>>::Error: From<diesel::result::Error>,
{
    type Error = <Self as ExecuteCopyFromDsl<PgConnection>>::Error;

    fn execute(self, conn: &mut TenantConnection<H>) -> Result<usize, Self::Error> {
        conn.scoped.check_raw()?;
        self.execute(&mut conn.scoped.session().pg)
    }
}
