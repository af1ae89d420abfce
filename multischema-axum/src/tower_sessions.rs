//! Sessions of `tower-sessions`.

use axum_core::BoxError;
use http::request::Parts;
use multischema::SchemaName;
use tower_sessions_core::Session;

use crate::identity::BoxFuture;
use crate::store::SchemaStore;

/// Remembers the schema in the session of `tower-sessions` 0.15, under the key `multischema`, whatever its store is.
///
/// Its `SessionManagerLayer` has to be outside of ours. A session that remembers nothing is not made.
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

fn session(request: &Parts) -> Result<&Session, BoxError> {
    let session = request.extensions.get::<Session>();
    session.ok_or_else(|| {
        "there is no session: put `SessionManagerLayer` outside of `SchemaLayer`".into()
    })
}
