//! Who sends a request: the user whom the session remembers, looked up anew each time.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{Method, StatusCode};
use multischema::User;
use multischema_axum::DbError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_sessions::{Session, session};

use super::base::Base;
use super::carried::Carried;
use super::refusal::{Refusal, wants_page};
use super::site::Auth;
use super::token::{self, Secret, Tokens};
use super::users;

/// The session's word for the user.
const KEY: &str = "operator";

/// What the session remembers. It has no `Debug`, as it has a secret.
#[derive(Serialize, Deserialize)]
struct Remembered {
    id: i64,
    epoch: i32,
    secret: String,
}

/// The user of a request, put among its extensions by [`require`].
#[derive(Clone)]
pub(crate) struct Operator {
    /// The id of the [`User`].
    pub(crate) name: String,
    /// Whether everything is allowed.
    pub(crate) is_superuser: bool,
    pub(super) id: i64,
    pub(super) epoch: i32,
    /// The session's, which nobody is sent.
    secret: Secret,
}

impl Operator {
    /// Returns whom schemata are asked for.
    pub(crate) fn user(&self) -> User {
        User::new(&self.name).superuser(self.is_superuser)
    }

    /// Returns what signs the forms of this session.
    pub(crate) fn token(&self) -> Tokens {
        Tokens::new(self.secret)
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("name", &self.name)
            .field("is_superuser", &self.is_superuser)
            .finish_non_exhaustive()
    }
}

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = StatusCode;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let operator = request.extensions.get().cloned();
        operator.ok_or_else(|| {
            tracing::error!("a page asks who its user is, and is not behind `auth::require`");
            StatusCode::INTERNAL_SERVER_ERROR
        })
    }
}

/// Why a session is not begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSession {
    #[error(transparent)]
    Session(#[from] session::Error),
    #[error("there is no randomness: {0}")]
    NoSecret(getrandom::Error),
}

/// Has the session be the user's, and of no other: with an id and a secret that nobody knew before, and nothing of whoever had it.
pub(crate) async fn begin(session: &Session, id: i64, epoch: i32) -> Result<(), NoSession> {
    session.clear().await;
    renew(session, id, epoch).await
}

/// The same for whoever has it already, and may keep what it remembers.
pub(crate) async fn renew(session: &Session, id: i64, epoch: i32) -> Result<(), NoSession> {
    let mut secret = Secret::default();
    getrandom::fill(&mut secret).map_err(NoSession::NoSecret)?;
    let secret = token::hex(&secret);
    session.cycle_id().await?;
    let remembered = Remembered { id, epoch, secret };
    Ok(session.insert(KEY, remembered).await?)
}

/// The user whose session has these data.
pub(crate) fn user_of(data: &HashMap<String, Value>) -> Option<i64> {
    data.get(KEY)?.get("id")?.as_i64()
}

/// Returns the user of the session, if that still is one. Who it was read together with need not be asked for again.
pub(crate) async fn find(
    auth: &Auth,
    session: &Session,
    carried: Option<&Carried>,
) -> Result<Option<Operator>, Refusal> {
    let remembered = session.get_value(KEY).await?;
    // What raw SQL has written is nobody's.
    let remembered = remembered.and_then(|it| serde_json::from_value(it).ok());
    let Some(Remembered { id, epoch, secret }) = remembered else {
        return Ok(None);
    };
    let owner = carried.and_then(Carried::owner).filter(|it| it.id == id);
    let found = match owner {
        Some(owner) => owner.has(epoch).then_some((owner.name, owner.is_superuser)),
        None => {
            let found = auth.db.run(move |conn| users::of_session(conn, id, epoch));
            found.await?
        }
    };
    let found = found.zip(token::secret(&secret));
    Ok(found.map(|((name, is_superuser), secret)| Operator {
        name,
        is_superuser,
        id,
        epoch,
        secret,
    }))
}

/// Lets a request pass with the [`Operator`] among its extensions; if there is none, nobody gets past.
pub(crate) async fn require(
    State(auth): State<Auth>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    let carried = request.extensions().get::<Arc<Carried>>().cloned();
    match find(&auth, &session, carried.as_deref()).await {
        Ok(Some(operator)) => {
            request.extensions_mut().insert(operator);
            next.run(request).await
        }
        Ok(None) => not_logged_in(request),
        Err(refusal) => refusal.to(&request.into_parts().0),
    }
}

fn not_logged_in(request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let is_link = matches!(parts.method, Method::GET | Method::HEAD);
    // What was to be done by a form is not done by going there.
    if !is_link || !wants_page(&parts) {
        return Refusal::NotLoggedIn.to(&parts);
    }
    let base = Base::of(&parts);
    let whole = parts.extensions.get::<OriginalUri>();
    let whole = whole.map_or(&parts.uri, |it| &it.0);
    let here = whole.path_and_query().map(|it| it.as_str());
    Redirect::to(&base.login(here)).into_response()
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        // Which is logged by that.
        match error.into_response().status() {
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            _ => Self::Failed,
        }
    }
}
