//! A request: who sends it, where they are, and what they may do there.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::Uri;
use http::request::Parts;
use multischema::Schema;
use multischema_axum::{CurrentSchema, TenantDb, VisibleSchemata};
use tower_sessions::Session;

use crate::auth::{Action, Base, Operator, Permissions, Tokens, is_still};
use crate::failure::Failure;
use crate::log::Entry;
use crate::model::{Home, Registration};
use crate::rows::{Job, Relation};
use crate::site::Site;
use crate::structure::{Structure, Table};

/// A request.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) site: Arc<Site>,
    pub(crate) base: Base,
    /// Below the base.
    pub(crate) uri: Uri,
    pub(crate) operator: Operator,
    /// Those that the user may select.
    pub(crate) schemata: VisibleSchemata,
    /// The one that is selected.
    pub(crate) here: Option<Schema>,
    tenant: Option<TenantDb>,
    pub(crate) permissions: Permissions,
    pub(crate) structure: Arc<Structure>,
    session: Session,
}

/// Without the session, whose id is as good as a password.
impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit")
            .field("uri", &self.uri)
            .field("operator", &self.operator)
            .field("here", &self.here)
            .finish_non_exhaustive()
    }
}

/// A model that the user may do something with, and its table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) model: &'a Registration,
    pub(crate) table: &'a Table,
}

/// The session's word for what is said once.
const MESSAGES: &str = "messages";

impl FromRequestParts<Arc<Site>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(
        request: &mut Parts,
        site: &Arc<Site>,
    ) -> Result<Self, Self::Rejection> {
        let base = Base::of(request);
        let refused = |status: http::StatusCode| status.into_response();
        let operator = Operator::from_request_parts(request, site)
            .await
            .map_err(refused)?;
        let session = request.extensions.get::<Session>().cloned();
        let session = session.ok_or_else(|| refused(http::StatusCode::INTERNAL_SERVER_ERROR))?;
        let current =
            <CurrentSchema as OptionalFromRequestParts<_>>::from_request_parts(request, site).await;
        let current = current.map_err(IntoResponse::into_response)?;
        let tenant = match &current {
            Some(_) => TenantDb::from_request_parts(request, site).await.map(Some),
            None => Ok(None),
        };
        let tenant = tenant.map_err(IntoResponse::into_response)?;
        let schemata = VisibleSchemata::from_request_parts(request, site).await;
        let schemata = schemata.map_err(IntoResponse::into_response)?;
        let name = current.as_ref().map(CurrentSchema::name);
        let here = schemata.iter().find(|it| Some(&it.name) == name).cloned();
        let failed = |error| Failure::Database(error).alone(&base);
        let permissions = Permissions::load(&site.db, &operator, name)
            .await
            .map_err(failed)?;
        let structure = site.structures.get(&site.db).await.map_err(failed)?;
        Ok(Self {
            site: Arc::clone(site),
            uri: request.uri.clone(),
            tenant: tenant.filter(|_| here.is_some()),
            base,
            operator,
            schemata,
            here,
            permissions,
            structure,
            session,
        })
    }
}

impl Visit {
    /// Returns a model that the user may do something with; that there are others is not said.
    pub(crate) fn shown(&self, name: &str, action: Action) -> Result<Shown<'_>, Failure> {
        let model = self.site.models.iter().find(|it| it.name == name);
        // What rights there are depends on the schema, and so does whether there is such a model.
        if self.here.is_none() && model.is_none_or(|it| it.home == Home::Tenant) {
            return Err(Failure::NoSchema);
        }
        let model = model.ok_or(Failure::NotFound)?;
        if !self.permissions.may_any(model.home.into(), name) {
            return Err(Failure::NotFound);
        }
        if !self.may(model, action) {
            return Err(Failure::Forbidden);
        }
        let table = self
            .structure
            .table(model.home, model.schema.as_deref(), &model.table);
        let table = table.ok_or_else(|| Failure::NoTable(model.title.clone()))?;
        Ok(Shown { model, table })
    }

    pub(crate) fn may(&self, model: &Registration, action: Action) -> bool {
        self.permissions.may(model.home.into(), &model.name, action)
    }

    /// Refuses what is for superusers; that there is such a thing is not said.
    pub(crate) fn superuser(&self) -> Result<(), Failure> {
        match self.operator.is_superuser {
            true => Ok(()),
            false => Err(Failure::NotFound),
        }
    }

    /// Asks whether the session is still one, and its user still who it was: for an answer that takes long.
    pub(crate) async fn is_still(&self) -> Result<bool, Failure> {
        let (session, operator) = (self.session.id(), self.operator.clone());
        let asked = self
            .site
            .db
            .run(move |conn| is_still(conn, session, &operator));
        Ok(asked.await?)
    }

    /// The models that the user may see, with those that only a schema has if one is selected.
    pub(crate) fn models(&self, home: Home) -> impl Iterator<Item = &Registration> {
        let models = self.site.models.iter();
        models.filter(move |it| it.home == home && self.may(it, Action::View))
    }

    /// The registration of a table.
    pub(crate) fn registration(&self, table: &Table) -> Option<&Registration> {
        let mut models = self.site.models.iter();
        models.find(|it| {
            it.home == table.home()
                && it.table == table.name
                && it
                    .schema
                    .as_ref()
                    .is_none_or(|schema| *schema == table.schema)
        })
    }

    /// The registration of a table, if the user may see it.
    pub(crate) fn model_of(&self, table: &Table) -> Option<&Registration> {
        self.registration(table)
            .filter(|it| self.may(it, Action::View))
    }

    /// Where the rows of a table are for this request.
    pub(crate) fn relation(&self, table: &Table) -> Result<Relation, Failure> {
        let schema = match (table.home(), &self.here) {
            (Home::Global, _) => table.schema.clone(),
            (Home::Tenant, Some(here)) => here.name.to_string(),
            (Home::Tenant, None) => return Err(Failure::NoSchema),
        };
        Ok(Relation::of(table, schema))
    }

    /// Does something with rows.
    pub(crate) async fn run<J: Job>(&self, home: Home, job: J) -> Result<J::Output, Failure> {
        let done = match (home, &self.tenant) {
            (Home::Global, _) => self.site.db.run(|conn| job.run(conn)).await,
            (Home::Tenant, Some(tenant)) => tenant.run(|conn| job.run(conn)).await,
            (Home::Tenant, None) => return Err(Failure::NoSchema),
        };
        match done {
            Ok(output) => Ok(output),
            Err(error) => {
                let failure = Failure::from(error);
                if matches!(failure, Failure::Behind(_)) {
                    self.site.structures.forget().await;
                }
                Err(failure)
            }
        }
    }

    /// What the log says of something that is done with an object.
    pub(crate) fn entry(&self, model: &Registration, action: &str) -> Entry {
        let here = self.here.as_ref().filter(|_| model.home == Home::Tenant);
        Entry {
            user: self.operator.name.clone(),
            schema: here.map(|it| (it.id, it.name.to_string())),
            model: model.name.clone(),
            action: action.to_owned(),
        }
    }

    /// What signs this user's forms.
    pub(crate) fn tokens(&self) -> Tokens {
        self.operator.token()
    }

    /// An address of this site.
    pub(crate) fn link(&self, path: &str) -> String {
        match path {
            "/" => self.base.start().to_owned(),
            path => format!("{}{path}", self.base.as_str()),
        }
    }

    /// Has the next page say something.
    pub(crate) async fn say(&self, message: impl Into<String>) {
        let mut messages = self.messages().await;
        messages.push(message.into());
        if let Err(error) = self.session.insert(MESSAGES, messages).await {
            tracing::warn!(%error, "a message was not kept");
        }
    }

    /// What is to be said, which is forgotten by that.
    pub(crate) async fn messages(&self) -> Vec<String> {
        let kept = match self.session.get::<Vec<String>>(MESSAGES).await {
            // A session that is not changed is not written.
            Ok(None) => return Vec::new(),
            Ok(Some(_)) => self.session.remove(MESSAGES).await,
            Err(error) => Err(error),
        };
        kept.map(Option::unwrap_or_default).unwrap_or_else(|error| {
            tracing::warn!(%error, "messages were not found");
            Vec::new()
        })
    }
}
