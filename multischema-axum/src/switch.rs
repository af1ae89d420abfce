//! Choosing another schema.

use axum_core::body::Body;
use axum_core::extract::Request;
use axum_core::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use multischema::SchemaName;

use crate::address::sent;
use crate::hooks::Switch;
use crate::layer::Config;
use crate::local_path::{is_ours, local_path};
use crate::refusal::{Halt, Refusal};
use crate::resolved::Resolved;
use crate::resolver::{Named, decoded, one};
use crate::service::{admitted, failed};
use crate::site::may_select;

/// The parameter of a query.
pub(crate) const PARAMETER: &str = "__schema";
/// The path, but for its slash, to which a name is appended.
pub(crate) const SEGMENT: &str = "__change_schema__";
/// How long a form may be, in bytes.
const MAX_FORM: usize = 16 * 1024;

/// A choice that a request asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// By a parameter; what is left is where the answer sends the browser.
    Query { name: Option<Named>, rest: String },
    /// By the path, or by the form that is sent there.
    Path { name: Option<Named> },
}

impl Asked {
    /// Returns the choice, or why it is none; nothing if the request is about something else.
    pub(crate) fn of(config: &Config, request: &Request) -> Option<Result<Self, Refusal>> {
        config.remembered.as_ref()?;
        let method = request.method();
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        if let Some(name) = segment(request.uri().path()) {
            let is_allowed = is_read || *method == Method::POST;
            let name = (!name.is_empty()).then(|| decoded(name));
            return Some(
                is_allowed
                    .then_some(Self::Path { name })
                    .ok_or(Refusal::MethodNotAllowed),
            );
        }
        let query = request.uri().query()?;
        let ours = query.split('&').filter(|it| is_ours(it));
        let ours = ours.flat_map(|it| form_urlencoded::parse(it.as_bytes()));
        let values: Vec<String> = ours.map(|(_, value)| value.into_owned()).collect();
        let (last, _) = values.split_last()?;
        if !is_read {
            return Some(Err(Refusal::WrongMethod));
        }
        let name = match values.iter().all(|it| it == last) {
            true => (!last.is_empty()).then(|| Named::new(last)),
            false => return Some(Err(Refusal::Disagreement)),
        };
        let path = sent(request.extensions(), request.uri()).path();
        let rest = local_path(&format!("{path}?{query}"));
        Some(Ok(Self::Query { name, rest }))
    }

    /// Remembers the choice, if the user may make it.
    pub(crate) async fn answer(self, config: &Config, request: Request) -> Response {
        let is_form = *request.method() == Method::POST;
        let (parts, body) = request.into_parts();
        if !may_select(&parts, config.allows_cross_site) {
            return Refusal::CrossSite.into_response();
        }
        let (name, next) = match self {
            Self::Query { name, rest } => (name, Some(rest)),
            Self::Path { name } if !is_form => (name, None),
            Self::Path { name } => match Form::read(&parts, body).await {
                Ok(form) => (one(name.into_iter().chain(form.name)), form.next),
                Err(refusal) => return refusal.into_response(),
            },
        };
        let chosen = match choose(config, &parts, name).await {
            Ok(chosen) => chosen,
            Err(halt) => return halt.into_response(),
        };
        let mut response = match next.map(HeaderValue::try_from) {
            Some(Ok(next)) => (StatusCode::SEE_OTHER, [(LOCATION, next)]).into_response(),
            Some(Err(_)) => return Refusal::NoForm.into_response(),
            None => match chosen {
                Some(schema) => format!("Schema changed to {schema}\n").into_response(),
                None => "Schema deselected\n".into_response(),
            },
        };
        // The same again is to select again.
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        response
    }
}

/// Asks whether the user may use the schema, and remembers it.
async fn choose(
    config: &Config,
    request: &Parts,
    named: Option<Named>,
) -> Result<Option<SchemaName>, Halt> {
    let elsewhere = Resolved::but_remembered(config, request).await;
    let user = config.identity.identify(request).await?;
    if let (Some(elsewhere), Some(named)) = (elsewhere?, &named) {
        if elsewhere.named != *named {
            return Err(Refusal::Disagreement.into());
        }
    }
    let Some(user) = user else {
        forget(config, request).await?;
        return match named {
            Some(_) => Err(Refusal::NotFound.into()),
            None => Ok(None),
        };
    };
    let chosen = match named {
        Some(named) => Some(admitted(config, request, &user, &named).await?.name),
        None => None,
    };
    let before = save(config, request, chosen.as_ref()).await?;
    if before.as_deref() != chosen.as_ref().map(SchemaName::as_str) {
        let (from, to) = (before.as_deref(), chosen.as_ref());
        let user = &user;
        config.hooks.switched(Switch {
            request,
            user,
            from,
            to,
        });
    }
    Ok(chosen)
}

/// Has the session remember no schema.
pub(crate) async fn forget(config: &Config, request: &Parts) -> Result<(), Refusal> {
    save(config, request, None).await.map(drop)
}

/// Has the session remember a schema, or none, and returns what it was before. What is so already is not saved.
async fn save(
    config: &Config,
    request: &Parts,
    schema: Option<&SchemaName>,
) -> Result<Option<String>, Refusal> {
    let Some(remembered) = &config.remembered else {
        return Ok(None);
    };
    let before = remembered
        .store
        .load(request)
        .await
        .map_err(|error| failed(error.as_ref()))?;
    if before.as_deref() != schema.map(SchemaName::as_str) {
        let saved = remembered.store.save(request, schema).await;
        saved.map_err(|error| failed(error.as_ref()))?;
    }
    Ok(before)
}

/// What was posted.
#[derive(Default)]
struct Form {
    name: Option<Named>,
    next: Option<String>,
}

impl Form {
    async fn read(request: &Parts, body: Body) -> Result<Self, Refusal> {
        let body = Limited::new(body, MAX_FORM).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => Refusal::FormTooLong,
            false => Refusal::NoForm,
        });
        let body = body?.to_bytes();
        if body.is_empty() {
            return Ok(Self::default());
        }
        let kind = request
            .headers
            .get(CONTENT_TYPE)
            .and_then(|it| it.to_str().ok())
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::NoForm);
        }
        let mut names = Vec::new();
        let mut next = None;
        for (key, value) in form_urlencoded::parse(&body) {
            match &*key {
                "schema" if !value.is_empty() => names.push(Named::new(&value)),
                "next" => next = Some(local_path(&value)),
                _ => {}
            }
        }
        Ok(Self {
            name: one(names.into_iter()),
            next,
        })
    }
}

/// What is appended to the path that changes schemata, without a slash at its end.
pub(crate) fn segment(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?.strip_prefix(SEGMENT)?;
    match rest.strip_prefix('/') {
        Some(name) => Some(name.strip_suffix('/').unwrap_or(name)),
        None => rest.is_empty().then_some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_follows_the_path() {
        for (path, expected) in [
            ("/__change_schema__/a", Some("a")),
            ("/__change_schema__/a/", Some("a")),
            ("/__change_schema__/", Some("")),
            ("/__change_schema__", Some("")),
            ("/__change_schema__/a/b", Some("a/b")),
            ("/__change_schema__x", None),
            ("/x/__change_schema__/a", None),
        ] {
            assert_eq!(segment(path), expected, "for {path}");
        }
    }
}
