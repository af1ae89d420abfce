//! Asking who may use what, without making an async thread wait.

use std::sync::Arc;

use multischema::{AccessError, Grant, Schema, SchemaAccess, SchemaName, User};

type Access = Arc<dyn SchemaAccess>;

pub(crate) async fn grant(
    access: &Access,
    user: &User,
    schema: &SchemaName,
) -> Result<Option<Grant>, AccessError> {
    if let Some(answer) = access.peek_grant(user, schema) {
        return Ok(answer);
    }
    let (user, schema) = (user.clone(), schema.clone());
    aside(access, move |access| access.grant(&user, &schema)).await
}

pub(crate) async fn default_schema(
    access: &Access,
    user: &User,
) -> Result<Option<Schema>, AccessError> {
    if let Some(answer) = access.peek_default_schema(user) {
        return Ok(answer);
    }
    let user = user.clone();
    aside(access, move |access| access.default_schema(&user)).await
}

pub(crate) async fn visible(access: &Access, user: &User) -> Result<Arc<[Schema]>, AccessError> {
    if let Some(answer) = access.peek_visible(user) {
        return Ok(answer);
    }
    let user = user.clone();
    aside(access, move |access| access.visible(&user)).await
}

async fn aside<T: Send + 'static>(
    access: &Access,
    ask: impl FnOnce(&dyn SchemaAccess) -> Result<T, AccessError> + Send + 'static,
) -> Result<T, AccessError> {
    let access = Arc::clone(access);
    let answer = tokio::task::spawn_blocking(move || ask(&*access)).await;
    // It panicked, or the runtime ends.
    answer.unwrap_or_else(|error| Err(AccessError::other(error)))
}
