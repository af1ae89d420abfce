//! Where the schema that a user has chosen is remembered.

use axum_core::BoxError;
use http::request::Parts;
use multischema::SchemaName;

use crate::identity::BoxFuture;

/// Remembers the schema that was chosen, for the session of a request.
///
/// With the feature `tower-sessions`, [`TowerSessions`](crate::TowerSessions) is one.
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use axum_core::BoxError;
/// use http::request::Parts;
/// use multischema::SchemaName;
/// use multischema_axum::{BoxFuture, SchemaStore};
///
/// /// The number of the session, which an outer layer has verified.
/// #[derive(Clone, Copy)]
/// struct SessionId(u64);
///
/// #[derive(Default)]
/// struct InMemory(Mutex<HashMap<u64, SchemaName>>);
///
/// impl SchemaStore for InMemory {
///     fn load<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
///         Box::pin(async move {
///             let Some(SessionId(id)) = request.extensions.get() else { return Ok(None) };
///             Ok(self.0.lock().unwrap().get(id).map(ToString::to_string))
///         })
///     }
///
///     fn save<'a>(
///         &'a self,
///         request: &'a Parts,
///         schema: Option<&'a SchemaName>,
///     ) -> BoxFuture<'a, Result<(), BoxError>> {
///         Box::pin(async move {
///             let SessionId(id) = request.extensions.get().ok_or("there is no session")?;
///             let mut chosen = self.0.lock().unwrap();
///             match schema {
///                 Some(schema) => chosen.insert(*id, schema.clone()),
///                 None => chosen.remove(id),
///             };
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait SchemaStore: Send + Sync + 'static {
    /// Returns the name that is remembered.
    ///
    /// # Errors
    ///
    /// What keeps it from being known. The request is answered by 503 if it comes from a lost database (of Diesel, a [`DbError`](crate::DbError)), or
    /// if it is [`Refusal::Unavailable`](crate::Refusal::Unavailable), by which any store can say that it is away; else by 500.
    fn load<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<String>, BoxError>>;

    /// Remembers a schema, or none.
    ///
    /// # Errors
    ///
    /// What keeps it from being remembered; see [`load`](Self::load).
    fn save<'a>(
        &'a self,
        request: &'a Parts,
        schema: Option<&'a SchemaName>,
    ) -> BoxFuture<'a, Result<(), BoxError>>;
}
