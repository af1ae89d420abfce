//! The routes, and what is around them.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use multischema::{CachedRegistry, TenantPool};
use multischema_axum::{GlobalDb, Header, PathPrefix, SchemaLayer, TowerSessions, identity};
use tower_sessions::cookie::SameSite;
use tower_sessions::{SessionManagerLayer, SessionStore};

use crate::models::Account;
use crate::password::Passwords;
use crate::{account, api, asset, error, login, pupils, school, security};

/// What handlers share.
#[derive(Debug, Clone)]
pub struct Site {
    /// What all schools share.
    pub db: GlobalDb,
    pub(crate) passwords: Arc<Passwords>,
}

impl Site {
    /// A site whose rows these connections reach.
    ///
    /// # Errors
    ///
    /// If there is no randomness for a password that nobody has.
    pub fn new(pool: &TenantPool) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            db: GlobalDb::new(pool.clone()),
            passwords: Arc::new(Passwords::new()?),
        })
    }
}

/// Bytes that a form may have.
const MAX_BODY: usize = 64 * 1024;

/// What the cookie is called that has the number of the session.
pub(crate) const COOKIE: &str = "boarding";

/// The whole site, with `more` among the pages of users. From the outside in: pages of errors, headers of security, the session; then who
/// it is, unless the page is for all; then which school, and whether they may use it.
pub fn router(
    site: &Site,
    pool: TenantPool,
    registry: CachedRegistry,
    sessions: impl SessionStore + Clone,
    more: Router<Site>,
) -> Router {
    let users = identity(|request| request.extensions.get().map(Account::user));
    let schools = SchemaLayer::builder(registry, users)
        .pool(pool)
        .resolver(PathPrefix::new("/t/"))
        .resolver(Header::default())
        .remember(TowerSessions::default())
        .chooser("/schools")
        .build();
    let for_users = Router::new()
        .route("/", get(school::home))
        .route("/schools", get(school::chooser))
        .route("/logout", post(login::log_out))
        .route("/api/pupils", get(api::list).post(api::create))
        .nest("/t/{schema}", pupils::routes())
        .merge(more)
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(schools)
        .layer(from_fn_with_state(site.clone(), account::require));
    let sessions = SessionManagerLayer::new(sessions)
        .with_name(COOKIE)
        // A link from another site may lead here; what changes something is asked where it comes from.
        .with_same_site(SameSite::Lax)
        // It speaks HTTP, to this machine alone. Behind TLS: true.
        .with_secure(false);
    let routes = Router::new()
        .route("/login", get(login::form).post(login::log_in))
        .merge(for_users)
        .layer(sessions)
        .merge(asset::routes());
    around(site, routes)
}

/// What is around all routes, whoever asks.
pub fn around(site: &Site, routes: Router<Site>) -> Router {
    routes
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(security::same_site))
        .layer(from_fn(error::explain))
        .layer(from_fn(security::headers))
        .with_state(site.clone())
}

/// Whether a program asks, and not a person.
pub fn is_api(uri: &Uri) -> bool {
    uri.path().starts_with("/api/")
}
