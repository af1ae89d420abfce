//! Sessions of `tower-sessions`.

use std::error::Error;

use axum_core::BoxError;
use http::request::Parts;
use multischema::SchemaName;
use tower_sessions_core::{Session, session, session_store};

use crate::identity::BoxFuture;
use crate::store::SchemaStore;

/// Remembers the schema in the session of `tower-sessions` 0.15, under the key `multischema`, whatever its store is.
///
/// Its `SessionManagerLayer` has to be outside of ours. A session that remembers nothing is not made.
///
/// # Errors
///
/// A store says with `Backend` that what it keeps sessions in has failed: the request is answered by 503, with `Retry-After: 1`, as it is
/// where the database is away. What it cannot encode or decode is 500. A choice is only saved when the request is through, by
/// `SessionManagerLayer`, which answers errors of the store by 500 itself.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct TowerSessions;

const KEY: &str = "multischema";

impl SchemaStore for TowerSessions {
    fn load<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        Box::pin(async move { Ok(session(request)?.get(KEY).await?) })
    }

    fn save<'a>(
        &'a self,
        request: &'a Parts,
        schema: Option<&'a SchemaName>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let session = session(request)?;
            match schema {
                Some(schema) => session.insert(KEY, schema.as_str()).await?,
                None => drop(session.remove_value(KEY).await?),
            }
            Ok(())
        })
    }
}

/// Whether what a store keeps sessions in has failed.
pub(crate) fn is_away(error: &(dyn Error + 'static)) -> bool {
    // That of a session leaves the store's own out of the chain.
    let of_store = match error.downcast_ref() {
        Some(session::Error::Store(error)) => Some(error),
        _ => error.downcast_ref(),
    };
    matches!(of_store, Some(session_store::Error::Backend(_)))
}

fn session(request: &Parts) -> Result<&Session, BoxError> {
    let session = request.extensions.get::<Session>();
    session.ok_or_else(|| {
        "there is no session: put `SessionManagerLayer` outside of `SchemaLayer`".into()
    })
}
