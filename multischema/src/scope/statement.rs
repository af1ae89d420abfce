//! The way of a statement: checked, marked with its schema, sent, and sent again if its plan was stale.

use std::fmt;

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, DefaultLoadingMode, Instrumentation,
    LoadConnection, SimpleConnection, TransactionManager,
};
use diesel::expression::QueryMetadata;
use diesel::pg::{GetPgMetadataCache, Pg, PgConnection, PgMetadataCache, PgRowByRowLoadingMode};
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{ConnectionError, ConnectionResult, Error, QueryResult};

use super::error::ScopeError;
use super::handle::SessionHandle;
use super::limits::TransactionLimits;
use super::query::ScopedQuery;
use super::raw::{Control, Left, Origin, is_several};
use super::session::Session;
use super::sql;
use super::stale::Stale;
use super::status::depth;
use super::transaction::Open;
use crate::diesel_internal::ConnectionSealed;
use crate::path::SearchPath;

/// A session in the scope of one search path. Every statement of a scoped connection goes through its
/// implementation of [`Connection`].
pub struct Scoped<H: SessionHandle> {
    handle: H,
    path: SearchPath,
}

impl<H: SessionHandle> Scoped<H> {
    pub(super) fn enter(
        mut handle: H,
        path: impl FnOnce(&Session<H::Pg>) -> SearchPath,
    ) -> Result<Self, ScopeError> {
        let session = handle.session();
        let path = path(session);
        if let Some(schema) = path.schema() {
            if schema.is_template() {
                return Err(ScopeError::Template);
            }
            if session.shared.contains(schema) {
                return Err(ScopeError::Shared {
                    schema: schema.clone(),
                });
            }
        }
        session.enter(&path)?;
        Ok(Self { handle, path })
    }

    /// The scope that the session is in already.
    pub(super) fn entered(handle: H, path: SearchPath) -> Self {
        Self { handle, path }
    }

    pub(super) fn path(&self) -> &SearchPath {
        &self.path
    }

    pub(super) fn session(&mut self) -> &mut Session<H::Pg> {
        self.handle.session()
    }

    /// The types of this scope's schema, wherever an inner scope has left the session.
    pub(super) fn types(&mut self) -> &mut PgMetadataCache {
        let session = self.handle.session();
        session.types.install(&mut session.pg, self.path.schema());
        session.pg.get_metadata_cache()
    }

    /// Asks PostgreSQL where the connection is.
    pub(super) fn verify(&mut self) -> Result<(), ScopeError> {
        let session = self.handle.session();
        session.verify_now(&self.path)
    }

    /// Hands the connection out. Whatever is done with it, the next statement is sent only from the right
    /// place.
    pub(super) fn as_pg(&mut self) -> Result<&mut PgConnection, ScopeError> {
        let session = self.handle.session();
        session.check_text(&self.path)?;
        session.note_handed_out();
        Ok(&mut session.pg)
    }

    /// Hands the connection to work of this crate's, which prepares its statements by Diesel and begins and ends what it
    /// opens, unless it fails. `left` says of what it returns whether others may have left anything, as event triggers.
    pub(super) fn lend<T, E>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
        left: impl FnOnce(&T) -> bool,
    ) -> Result<Result<T, E>, ScopeError> {
        let session = self.handle.session();
        session.check_text(&self.path)?;
        let before = session.raw;
        // Until it has succeeded: it may panic.
        session.note_handed_out();
        let outcome = work(&mut session.pg);
        if let Ok(done) = &outcome {
            session.raw = before;
            if left(done) {
                session.raw.left = Left::Anything;
            }
            session.doubt();
        }
        Ok(outcome)
    }

    /// Checks that a statement may be sent that is not one of the DSL's.
    pub(super) fn check_raw(&mut self) -> QueryResult<()> {
        let session = self.handle.session();
        session.check(&self.path)?;
        session.raw.left = session.raw.left.max(Left::Function);
        Ok(())
    }

    /// Checks that a query may be sent. Returns whether it is all the DSL's, and so may be sent twice.
    fn check_query<Q: QueryFragment<Pg> + QueryId>(&mut self, query: &Q) -> QueryResult<bool> {
        let session = self.handle.session();
        match session.origin(query)? {
            Origin::Dsl { calls } => {
                session.check(&self.path)?;
                if calls {
                    session.raw.left = session.raw.left.max(Left::Function);
                }
                Ok(true)
            }
            Origin::Raw(text) => {
                match Control::of(&text) {
                    Some(control) => {
                        if !control.is_way_out() {
                            session.check(&self.path)?;
                        }
                        session.note_control(control);
                    }
                    None => {
                        session.check(&self.path)?;
                        session.raw.note_statement(&text);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Begins a transaction, or a savepoint, whose statements may not take longer than that.
    pub(super) fn begin_within(&mut self, limits: TransactionLimits) -> QueryResult<Open> {
        let session = self.handle.session();
        session.check(&self.path)?;
        let control = match depth(&mut *session.pg) {
            0 => Control::Begin,
            _ => Control::Savepoint,
        };
        // These settings move nothing, and end with the transaction.
        sql::begin_within(&mut session.pg, limits)?;
        session.note_control(control);
        Ok(Open::innermost(&mut *session.pg))
    }

    fn mark<Q>(&self, query: Q) -> ScopedQuery<Q> {
        ScopedQuery::new(query, self.path.schema())
    }

    /// Returns nothing if the statement that gave `error` may be sent once more.
    fn recover(&mut self, error: Error, is_dsl: bool) -> QueryResult<()> {
        self.handle.session().raw.note_error(&error);
        // Raw text is never kept prepared, and may have committed something before it failed.
        match Stale::of(&error).filter(|_| is_dsl) {
            Some(stale) => self
                .handle
                .session()
                .recover(error, stale, self.path.schema()),
            None => Err(error),
        }
    }
}

impl<H: SessionHandle> Drop for Scoped<H> {
    fn drop(&mut self) {
        self.handle.session().settle();
    }
}

impl<H: SessionHandle> fmt::Debug for Scoped<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl<H: SessionHandle> SimpleConnection for Scoped<H> {
    #[expect(clippy::disallowed_methods, reason = "the text is the user's")]
    fn batch_execute(&mut self, text: &str) -> QueryResult<()> {
        let session = self.handle.session();
        let Some(control) = Control::of(text) else {
            if is_several(text) {
                session.check_text(&self.path)?;
            } else {
                session.check(&self.path)?;
            }
            session.raw.note_batch(text);
            return session.pg.batch_execute(text);
        };
        if !control.is_way_out() {
            session.check(&self.path)?;
        }
        let sent = session.pg.batch_execute(text);
        if sent.is_ok() || control.is_way_out() {
            session.note_control(control);
        }
        sent
    }
}

impl<H: SessionHandle> ConnectionSealed for Scoped<H> {}

impl<H: SessionHandle> Connection for Scoped<H> {
    type Backend = Pg;
    type TransactionManager = AnsiTransactionManager;

    fn establish(_: &str) -> ConnectionResult<Self> {
        Err(ConnectionError::BadConnection(
            "a scope is entered, not established: `Session::establish(url)?.into_tenant(&schema)?`"
                .into(),
        ))
    }

    fn execute_returning_count<Q>(&mut self, query: &Q) -> QueryResult<usize>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        let is_dsl = self.check_query(query)?;
        let marked = self.mark(query);
        match self.session().pg.execute_returning_count(&marked) {
            Err(error) => {
                self.recover(error, is_dsl)?;
                self.session().pg.execute_returning_count(&marked)
            }
            count => count,
        }
    }

    fn transaction_state(
        &mut self,
    ) -> &mut <AnsiTransactionManager as TransactionManager<Self>>::TransactionStateData {
        self.session().pg.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.session().pg.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        let session = self.session();
        session.altered = true;
        session.pg.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        let session = self.session();
        session.altered |= session.cache_size != size;
        session.set_cache_size(size);
    }
}

impl<H: SessionHandle> LoadConnection<DefaultLoadingMode> for Scoped<H> {
    type Cursor<'conn, 'query>
        = <PgConnection as LoadConnection<DefaultLoadingMode>>::Cursor<'conn, 'query>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = <PgConnection as LoadConnection<DefaultLoadingMode>>::Row<'conn, 'query>
    where
        Self: 'conn;

    fn load<'conn, 'query, Q>(&'conn mut self, query: Q) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        Q: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<Q::SqlType>,
    {
        let is_dsl = self.check_query(&query)?;
        let marked = self.mark(query);
        match LoadConnection::<DefaultLoadingMode>::load(&mut *self.session().pg, &marked) {
            Err(error) => {
                self.recover(error, is_dsl)?;
                LoadConnection::<DefaultLoadingMode>::load(&mut *self.session().pg, &marked)
            }
            rows => rows,
        }
    }
}

impl<H: SessionHandle> LoadConnection<PgRowByRowLoadingMode> for Scoped<H> {
    type Cursor<'conn, 'query>
        = <PgConnection as LoadConnection<PgRowByRowLoadingMode>>::Cursor<'conn, 'query>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = <PgConnection as LoadConnection<PgRowByRowLoadingMode>>::Row<'conn, 'query>
    where
        Self: 'conn;

    /// The iterator borrows the connection, so that a stale statement cannot be sent again here; it is
    /// an error, and forgotten.
    fn load<'conn, 'query, Q>(&'conn mut self, query: Q) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        Q: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<Q::SqlType>,
    {
        let is_dsl = self.check_query(&query)?;
        let marked = self.mark(query);
        let schema = self.path.schema();
        let session = self.handle.session();
        let (pg, stale, raw) = (&mut *session.pg, &mut session.stale, &mut session.raw);
        LoadConnection::<PgRowByRowLoadingMode>::load(pg, marked).map_err(|error| {
            raw.note_error(&error);
            match Stale::of(&error).filter(|_| is_dsl) {
                Some(found) => {
                    *stale = true;
                    found.into_error(error, schema)
                }
                None => error,
            }
        })
    }
}
