//! The database of a request.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum_core::extract::FromRequestParts;
use http::request::Parts;
use multischema::{GlobalConnection, Lease, SchemaName, TenantConnection, TenantPool, User};
use tokio::task::AbortHandle;
use tracing::Span;

use crate::current_schema::{CurrentSchema, Visit};
use crate::db_error::DbError;
use crate::rejection::SchemaRejection;

/// The rows of the schema that was activated for the request.
///
/// Nothing is taken from the pool before [`run`](Self::run), so a request that needs no rows has no connection.
///
/// # Rejections
///
/// As [`CurrentSchema`], and [`SchemaRejection::NoPool`] if the layer has no pool.
///
/// # Examples
///
/// ```
/// # use diesel::prelude::*;
/// # diesel::table! { pupils { id -> BigInt, name -> Text } }
/// # multischema::tables! { tenant: [pupils]; }
/// # use diesel::QueryDsl;
/// use multischema::RunQueryDsl;
/// use multischema_axum::{DbError, TenantDb};
///
/// async fn names(db: TenantDb) -> Result<String, DbError> {
///     let names: Vec<String> = db.run(|conn| pupils::table.select(pupils::name).load(conn)).await?;
///     Ok(names.join("\n"))
/// }
/// ```
#[derive(Debug, Clone)]
pub struct TenantDb {
    current: CurrentSchema,
    pool: TenantPool,
}

impl TenantDb {
    /// Has a thread that may wait check a connection out, and run `work` on it.
    ///
    /// The connection goes back to the pool when `work` ends, clean, whether it returned or panicked. Who drops the future before `work`
    /// has begun, as while no connection is free, has it not done. After that it is not ended: what it does is done, with its
    /// transaction as a whole or not at all, and nobody waits for it.
    ///
    /// Who keeps this for longer than a request, as for a WebSocket, loses it with the schema: if the last answer is older than a second,
    /// it is asked once more whether the user may use the schema.
    ///
    /// # Errors
    ///
    /// * [`DbError::Refused`] if the user may not use the schema any more, or that cannot be found out, or the schema was purged and
    ///   another has its name;
    /// * [`DbError::Checkout`] if there is no connection, or the schema cannot be used any more;
    /// * [`DbError::Query`] or [`DbError::Other`] if `work` fails;
    /// * [`DbError::Panicked`] if it panics, [`DbError::Ending`] if the runtime ends before it began.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&mut TenantConnection<Lease>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, DbError>
    where
        T: Send + 'static,
        E: Into<DbError>,
    {
        let Self { current, pool } = self.clone();
        current.ask_again().await.map_err(DbError::Refused)?;
        aside(move |wanted| {
            let mut conn = match current.user().is_superuser() {
                true => pool.tenant_or_suspended(current.name())?,
                false => pool.tenant(current.name())?,
            };
            wanted.still()?;
            // Its name may be another's by now.
            if let Some(id) = conn.schema_id() {
                current.is_still(id).map_err(DbError::Refused)?;
            }
            work(&mut conn).map_err(Into::into)
        })
        .await
    }

    /// Returns the name of the schema.
    #[must_use]
    pub fn schema(&self) -> &SchemaName {
        self.current.name()
    }

    /// Returns who sends the request.
    #[must_use]
    pub fn user(&self) -> &User {
        self.current.user()
    }

    /// That of a schema, if the layer has a pool.
    pub(crate) fn of(current: CurrentSchema) -> Option<Self> {
        let pool = current.config.pool.clone()?;
        Some(Self { current, pool })
    }
}

impl<S: Sync> FromRequestParts<S> for TenantDb {
    type Rejection = SchemaRejection;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, SchemaRejection> {
        let current = <CurrentSchema as FromRequestParts<S>>::from_request_parts(request, state);
        Self::of(current.await?).ok_or(SchemaRejection::NoPool)
    }
}

/// The rows that all schemata share.
///
/// # Rejections
///
/// [`SchemaRejection::NoLayer`] and [`SchemaRejection::NoPool`].
///
/// # Examples
///
/// Whose session it is has to be known before the layer is reached:
///
/// ```
/// # use diesel::prelude::*;
/// # diesel::table! { public.users (id) { id -> BigInt, is_superuser -> Bool } }
/// # multischema::tables! { global: [users]; }
/// use axum_core::response::{IntoResponse, Response};
/// use http::request::Parts;
/// use multischema::User;
/// use multischema_axum::{BoxFuture, DbError, GlobalDb, Identity};
/// # use diesel::QueryDsl;
/// # use multischema::RunQueryDsl;
///
/// #[derive(Clone, Copy)]
/// struct UserId(i64); // which an outer layer has verified
///
/// struct Accounts(GlobalDb);
///
/// impl Identity for Accounts {
///     fn identify<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<User>, Response>> {
///         Box::pin(async move {
///             let Some(&UserId(id)) = request.extensions.get() else { return Ok(None) };
///             let found = self.0.run(move |conn| users::table.find(id).select(users::is_superuser).first(conn).optional());
///             let found = found.await.map_err(DbError::into_response)?;
///             Ok(found.map(|is_superuser: bool| User::new(id.to_string()).superuser(is_superuser)))
///         })
///     }
/// }
/// ```
#[derive(Clone)]
pub struct GlobalDb {
    pool: TenantPool,
    /// Whether a table that is not there may be one of a schema that was not selected.
    may_be_tenants: bool,
}

impl GlobalDb {
    /// That of a pool, for what has no request, or is outside of the layer: a store of sessions, an
    /// [`Identity`](crate::Identity).
    #[must_use]
    pub fn new(pool: TenantPool) -> Self {
        Self {
            pool,
            may_be_tenants: false,
        }
    }

    /// Has a thread that may wait check a connection out, and run `work` on it, as [`TenantDb::run`] does.
    ///
    /// # Errors
    ///
    /// As [`TenantDb::run`]; and [`DbError::NotSelected`] if `work` asks by SQL of its own for a table that is not there, while the request
    /// has no schema in which it could be.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&mut GlobalConnection<Lease>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, DbError>
    where
        T: Send + 'static,
        E: Into<DbError>,
    {
        let pool = self.pool.clone();
        let ran = aside(move |wanted| {
            let mut conn = pool.global()?;
            wanted.still()?;
            work(&mut conn).map_err(Into::into)
        });
        ran.await.map_err(
            |error| match error.is_undefined_table() && self.may_be_tenants {
                true => DbError::NotSelected,
                false => error,
            },
        )
    }
}

impl<S: Sync> FromRequestParts<S> for GlobalDb {
    type Rejection = SchemaRejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, SchemaRejection> {
        let visit = Visit::of(request)?;
        let pool = visit.config.pool.clone();
        let pool = pool.ok_or(SchemaRejection::NoPool)?;
        Ok(Self {
            pool,
            may_be_tenants: request.extensions.get::<CurrentSchema>().is_none(),
        })
    }
}

impl fmt::Debug for GlobalDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalDb")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

/// Runs what may wait on a thread of its own, in the span of the request. `work` is to look at [`Wanted`] before it changes anything.
async fn aside<T: Send + 'static>(
    work: impl FnOnce(&Wanted) -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    let span = Span::current();
    let wanted = Wanted::default();
    let seen = wanted.clone();
    let task = tokio::task::spawn_blocking(move || span.in_scope(|| work(&seen)));
    // One that waits for a thread does not begin; one that waits for a connection looks.
    let _dropped = Dropped(wanted, task.abort_handle());
    task.await.unwrap_or_else(|error| {
        Err(match error.is_panic() {
            true => DbError::Panicked,
            false => DbError::Ending,
        })
    })
}

/// Whether somebody waits for what is done: until it is set, somebody does.
#[derive(Clone, Default)]
struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// Nobody sees the error.
    fn still(&self) -> Result<(), DbError> {
        match self.0.load(Ordering::Acquire) {
            true => Err(DbError::Ending),
            false => Ok(()),
        }
    }
}

/// Says, when it is dropped, that nobody waits any more.
struct Dropped(Wanted, AbortHandle);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Release);
        self.1.abort();
    }
}
