//! What happens to a request.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_core::extract::Request;
use axum_core::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use multischema::{Grant, SchemaName, User};
use tower_service::Service;
use tracing::Instrument;

use crate::address::sent;
use crate::ask;
use crate::current_schema::{CurrentSchema, Visit};
use crate::db_error::is_away;
use crate::hooks::Activation;
use crate::identity::BoxFuture;
use crate::layer::Config;
use crate::refusal::{Halt, Refusal};
use crate::resolved::Resolved;
use crate::resolver::Named;
use crate::switch::{self, Asked};

/// The service of a [`SchemaLayer`](crate::SchemaLayer).
#[derive(Debug, Clone)]
pub struct SchemaService<S> {
    config: Arc<Config>,
    inner: S,
}

impl<S> SchemaService<S> {
    pub(crate) fn new(config: Arc<Config>, inner: S) -> Self {
        Self { config, inner }
    }
}

impl<S> Service<Request> for SchemaService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let config = Arc::clone(&self.config);
        // The one that is ready, and not its clone.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let mut response = match Asked::of(&config, &request) {
                Some(Ok(asked)) => asked.answer(&config, request).await,
                Some(Err(refusal)) => refusal.into_response(),
                None => pass(&config, inner, request)
                    .await
                    .unwrap_or_else(IntoResponse::into_response),
            };
            label(&config, response.headers_mut());
            Ok(response)
        })
    }
}

/// Lets a request through, with the schema that it may use, if there is one.
async fn pass<S>(config: &Arc<Config>, mut inner: S, request: Request) -> Result<Response, Halt>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let (mut parts, body) = request.into_parts();
    // An outer layer's.
    parts.extensions.remove::<CurrentSchema>();
    let resolved = Resolved::of(config, &parts).await;
    let user = config.identity.identify(&parts).await?;
    let schema = authorise(config, &parts, resolved?, user.as_ref()).await?;
    let is_somebodys = user.is_some();
    let current = match (&user, schema) {
        (Some(user), Some(schema)) => {
            config.hooks.after(Activation {
                request: &parts,
                user,
                schema: &schema.name,
            });
            Some(CurrentSchema::new(schema, user.clone(), Arc::clone(config)))
        }
        _ => None,
    };
    let span = match &current {
        Some(current) => tracing::info_span!("request", schema = %current.name()),
        None => tracing::Span::none(),
    };
    if let Some(current) = current {
        parts.extensions.insert(current);
    }
    parts.extensions.insert(Visit {
        config: Arc::clone(config),
        user,
        uri: sent(&parts.extensions, &parts.uri).clone(),
    });
    let Ok(mut response) = inner
        .call(Request::from_parts(parts, body))
        .instrument(span)
        .await;
    if is_somebodys {
        keep_private(response.headers_mut());
    }
    Ok(response)
}

/// Returns the schema that is to be activated, if any, when the application lets the user in.
async fn authorise(
    config: &Config,
    request: &Parts,
    resolved: Option<Resolved<'_>>,
    user: Option<&User>,
) -> Result<Option<Admitted>, Refusal> {
    let Some(user) = user else {
        return match resolved {
            // It was somebody's who has logged out since.
            Some(it) if it.is_remembered() => it.forget(request).await.map(|()| None),
            Some(it) if it.is_place() => Ok(None),
            // Nor is what the session remembers theirs.
            Some(_) => switch::forget(config, request)
                .await
                .and(Err(Refusal::NotFound)),
            None => Ok(None),
        };
    };
    let Some(resolved) = resolved else {
        return default(config, request, user).await;
    };
    match admitted(config, request, user, &resolved.named).await {
        Ok(schema) => Ok(Some(schema)),
        // It may be theirs still.
        Err(refusal) if refusal.is_failure() => Err(refusal),
        Err(refusal) => resolved.refuse(request, refusal).await,
    }
}

/// Returns the schema that nobody needs to name. Where the user cannot have it they are without one: they did not ask for it.
async fn default(
    config: &Config,
    request: &Parts,
    user: &User,
) -> Result<Option<Admitted>, Refusal> {
    let default = ask::default_schema(&config.access, user).await;
    let Some(default) = default.map_err(|error| failed(&error))? else {
        return Ok(None);
    };
    match admitted(config, request, user, &default.name.into()).await {
        Ok(schema) => Ok(Some(schema)),
        Err(refusal) if refusal.is_failure() => Err(refusal),
        Err(_) => Ok(None),
    }
}

/// A schema that the user may use and the application lets them.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) name: SchemaName,
    /// Which one of that name it is.
    pub(crate) grant: Grant,
}

/// Returns the schema if the user may use it and the application lets them.
pub(crate) async fn admitted(
    config: &Config,
    request: &Parts,
    user: &User,
    named: &Named,
) -> Result<Admitted, Refusal> {
    let Some(schema) = named.schema() else {
        return Err(absence(config, user));
    };
    let grant = grant(config, user, schema).await?;
    let grant = grant.ok_or_else(|| absence(config, user))?;
    config.hooks.before(Activation {
        request,
        user,
        schema,
    })?;
    Ok(Admitted {
        name: schema.clone(),
        grant,
    })
}

/// Asks who may use a schema, on each request anew.
pub(crate) async fn grant(
    config: &Config,
    user: &User,
    schema: &SchemaName,
) -> Result<Option<Grant>, Refusal> {
    // Whatever an application says.
    if schema.is_template() {
        return Ok(None);
    }
    let answer = ask::grant(&config.access, user, schema).await;
    answer.map_err(|error| failed(&error))
}

/// What a user is told of a schema that is not there, or not for them.
pub(crate) fn absence(config: &Config, user: &User) -> Refusal {
    match (config.may_list)(user) {
        true => Refusal::Forbidden,
        false => Refusal::NotFound,
    }
}

/// Logs why it is not known what a user may do.
pub(crate) fn failed(error: &(dyn std::error::Error + 'static)) -> Refusal {
    tracing::error!(error, "the schema of a request could not be found out");
    match is_away(error) {
        true => Refusal::Unavailable,
        false => Refusal::Failed,
    }
}

/// Keeps caches from giving one user's answer to another.
fn label(config: &Config, headers: &mut HeaderMap) {
    if let Some(vary) = &config.vary {
        headers.append(VARY, vary.clone());
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private"));
}

/// Keeps caches that several users share from keeping what one of them was answered, unless the application says that they may.
fn keep_private(headers: &mut HeaderMap) {
    let is_said = |directive: &str| {
        let said = ["public", "private", "no-store"];
        said.iter().any(|it| directive.eq_ignore_ascii_case(it))
    };
    let values = headers.get_all(CACHE_CONTROL).iter();
    let values: Vec<&[u8]> = values.map(HeaderValue::as_bytes).collect();
    let all = values.join(&b", "[..]);
    let text = String::from_utf8_lossy(&all);
    if text.split(',').any(|it| is_said(it.trim())) {
        return;
    }
    let value = match text.is_empty() {
        true => "private".to_owned(),
        false => format!("{text}, private"),
    };
    let value = HeaderValue::try_from(value);
    headers.insert(
        CACHE_CONTROL,
        value.unwrap_or(HeaderValue::from_static("private")),
    );
}
