//! The schema of a request.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::Uri;
use http::request::Parts;
use multischema::{AccessError, Schema, SchemaName, User};

use crate::ask;
use crate::chooser::not_selected;
use crate::layer::Config;
use crate::refusal::Refusal;
use crate::rejection::SchemaRejection;
use crate::service::{Admitted, absence, failed, grant};

/// What the layer leaves with each request that it lets through.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) config: Arc<Config>,
    pub(crate) user: Option<User>,
    /// As it was sent.
    pub(crate) uri: Uri,
}

impl Visit {
    pub(crate) fn of(request: &Parts) -> Result<&Self, SchemaRejection> {
        let visit = request.extensions.get();
        visit.ok_or(SchemaRejection::NoLayer)
    }
}

/// The schema that was activated for the request.
///
/// Where none is, a page redirects to the [chooser](crate::SchemaLayerBuilder::chooser), and all else is answered by 400. With
/// `Option<CurrentSchema>` a handler is called without one as well.
///
/// # Examples
///
/// ```
/// use multischema_axum::CurrentSchema;
///
/// async fn hello(schema: CurrentSchema) -> String {
///     format!("{} is in {schema}", schema.user().id())
/// }
///
/// async fn perhaps(schema: Option<CurrentSchema>) -> String {
///     schema.map_or("nowhere".to_owned(), |it| it.to_string())
/// }
/// ```
#[derive(Clone)]
pub struct CurrentSchema {
    schema: Admitted,
    pub(crate) user: User,
    pub(crate) config: Arc<Config>,
    /// When it was known the last time that the user may use it.
    asked: Arc<Mutex<Instant>>,
}

/// How long an answer counts for who keeps a schema beyond the request.
const FRESH: Duration = Duration::from_secs(1);

impl CurrentSchema {
    pub(crate) fn new(schema: Admitted, user: User, config: Arc<Config>) -> Self {
        Self {
            schema,
            user,
            config,
            asked: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Asks whether the user may still use the schema, unless that was asked a moment ago.
    pub(crate) async fn ask_again(&self) -> Result<(), Refusal> {
        let asked = || self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if now.duration_since(*asked()) < FRESH {
            return Ok(());
        }
        self.ask().await?;
        *asked() = now;
        Ok(())
    }

    /// Asks whether the user may still use the schema, and not just another that is called the same by now.
    pub(crate) async fn ask(&self) -> Result<(), Refusal> {
        let granted = grant(&self.config, &self.user, self.name()).await?;
        let granted = granted.ok_or_else(|| self.absence())?;
        match granted.schema_id() {
            Some(id) => self.is_still(id),
            None => Ok(()),
        }
    }

    /// Refuses what is not the schema that the user was let into.
    pub(crate) fn is_still(&self, schema_id: i32) -> Result<(), Refusal> {
        match self.schema.grant.is_for(schema_id) {
            true => Ok(()),
            false => Err(self.absence()),
        }
    }

    fn absence(&self) -> Refusal {
        absence(&self.config, &self.user)
    }

    /// Returns the name of the schema.
    #[must_use]
    pub fn name(&self) -> &SchemaName {
        &self.schema.name
    }

    /// Returns who sends the request.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }
}

impl fmt::Display for CurrentSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

impl fmt::Debug for CurrentSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentSchema")
            .field("schema", self.name())
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentSchema {
    type Rejection = SchemaRejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, SchemaRejection> {
        let visit = Visit::of(request)?;
        let current = request.extensions.get::<Self>().cloned();
        current.ok_or_else(|| not_selected(visit, request))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for CurrentSchema {
    type Rejection = SchemaRejection;

    async fn from_request_parts(
        request: &mut Parts,
        _: &S,
    ) -> Result<Option<Self>, SchemaRejection> {
        Visit::of(request)?;
        Ok(request.extensions.get::<Self>().cloned())
    }
}

/// The schemata that the user of the request may choose from; none if nobody is logged in.
///
/// # Examples
///
/// ```
/// use multischema_axum::VisibleSchemata;
///
/// async fn chooser(schemata: VisibleSchemata) -> String {
///     schemata.iter().map(|it| format!("{}\n", it.label)).collect()
/// }
/// ```
#[derive(Debug, Clone)]
pub struct VisibleSchemata(Arc<[Schema]>);

impl VisibleSchemata {
    /// Returns the schemata one after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Schema> {
        self.0.iter()
    }
}

/// For a handler that is called without the layer, as in a test.
impl From<Arc<[Schema]>> for VisibleSchemata {
    fn from(schemata: Arc<[Schema]>) -> Self {
        Self(schemata)
    }
}

impl<'a> IntoIterator for &'a VisibleSchemata {
    type Item = &'a Schema;
    type IntoIter = std::slice::Iter<'a, Schema>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<S: Sync> FromRequestParts<S> for VisibleSchemata {
    type Rejection = SchemaRejection;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, SchemaRejection> {
        let visit = Visit::of(request)?;
        let visible = match &visit.user {
            Some(user) => ask::visible(&visit.config.access, user).await,
            None => Ok(Arc::from([])),
        };
        visible
            .map(Self)
            .map_err(|error: AccessError| failed(&error).into())
    }
}
