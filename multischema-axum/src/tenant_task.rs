//! Work that goes on after a request, in its schema.
//!
//! A task that is spawned by hand has no request and no schema. These take the schema along, and ask once more whether the user may
//! use it when the task begins: that may be a while after the request.

use std::future::Future;

use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::current_schema::CurrentSchema;
use crate::db::TenantDb;
use crate::db_error::DbError;
use crate::refusal::Refusal;

/// Why a task did not begin, or what came of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The user may not use the schema any more, or that could not be found out.
    #[error("the task was not begun")]
    Refused(#[source] Refusal),
    /// The layer has no pool.
    #[error("`SchemaLayer` has no pool: give it one by `pool`")]
    NoPool,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Spawns a task on Tokio that has the database of a schema.
///
/// # Errors
///
/// The task ends with [`TaskError::Refused`] if the user may not use the schema by then, with [`TaskError::NoPool`] if the layer has no
/// pool, and else with what `work` returns.
///
/// # Panics
///
/// If there is no runtime of Tokio.
///
/// # Examples
///
/// ```
/// # use diesel::prelude::*;
/// # diesel::table! { pupils { id -> BigInt, name -> Text } }
/// # multischema::tables! { tenant: [pupils]; }
/// use diesel::QueryDsl;
/// use multischema::RunQueryDsl;
/// use multischema_axum::{CurrentSchema, tenant_task};
///
/// async fn count(schema: CurrentSchema) -> &'static str {
///     tenant_task::spawn(&schema, |db| async move {
///         let pupils: i64 = db.run(|conn| pupils::table.count().get_result(conn)).await?;
///         tracing::info!(pupils, "counted");
///         Ok(())
///     });
///     "counting"
/// }
/// ```
pub fn spawn<T, F>(
    current: &CurrentSchema,
    work: impl FnOnce(TenantDb) -> F + Send + 'static,
) -> JoinHandle<Result<T, TaskError>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, TaskError>> + Send,
{
    let current = current.clone();
    let span = tracing::info_span!("task", schema = %current.name());
    let task = async move {
        current.ask().await.map_err(TaskError::Refused)?;
        let db = TenantDb::of(current).ok_or(TaskError::NoPool)?;
        work(db).await
    };
    tokio::spawn(task.instrument(span))
}
