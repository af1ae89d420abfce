//! What is around all pages.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::{Arc, Once};

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use http::request::Parts;
use multischema::TenantPool;
use multischema_axum::GlobalDb;

use super::carry::carry;
use super::operator::require;
use super::password::Passwords;
use super::sessions::Sessions;
use super::{login, logout, password_form, security};

type Address = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

/// How log-in is set up.
#[derive(Clone)]
pub(crate) struct AuthConfig {
    /// Whether browsers come by TLS: only then a cookie that is `Secure` comes back. Defaults to `true`.
    pub(crate) has_tls: bool,
    /// Says where a request comes from, for counting attempts to log in. By default it is the other end of the connection, if the server
    /// says so (`into_make_service_with_connect_info::<SocketAddr>`). Behind a proxy that is the proxy, so that all users are counted as one:
    /// there it has to be what the proxy says, and only the proxy.
    pub(crate) address: Arc<Address>,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            has_tls: true,
            address: Arc::new(|request| {
                let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
                peer.map(|it| it.0.ip())
            }),
        }
    }
}

impl fmt::Debug for AuthConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthConfig")
            .field("has_tls", &self.has_tls)
            .finish_non_exhaustive()
    }
}

/// What the pages for logging in share.
#[derive(Debug, Clone)]
pub(crate) struct Auth(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) db: GlobalDb,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) passwords: Passwords,
    pub(crate) has_tls: bool,
    config: AuthConfig,
}

impl Auth {
    fn new(config: AuthConfig, pool: &TenantPool) -> Self {
        let db = GlobalDb::new(pool.clone());
        Self(Arc::new(Shared {
            sessions: Arc::new(Sessions::new(db.clone())),
            db,
            passwords: Passwords::new(),
            has_tls: config.has_tls,
            config,
        }))
    }

    /// Where a request comes from, if that is known.
    pub(crate) fn address(&self, request: &Parts) -> Option<IpAddr> {
        static UNKNOWN: Once = Once::new();
        let address = (self.config.address)(request);
        if address.is_none() {
            UNKNOWN.call_once(|| tracing::warn!("it is not known where attempts to log in come from: only those for the same name are limited"));
        }
        address
    }
}

impl Deref for Auth {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Bytes that a form of these pages may have.
const MAX_FORM: usize = 16 * 1024;

/// Puts the log-in around `inner`, which nobody reaches who is not logged in. In its requests' extensions are the
/// [`Operator`](super::Operator), the [`Base`](super::Base) and the session of `tower-sessions`. `public` is for all, as the style sheet is (below
/// `/static/`, so that browsers keep it).
///
/// What is no page is to be a route of `inner`, `/{*rest}`, and not its fallback: axum forgets the fallback of a router that is nested in one that is
/// nested.
///
/// From the outside in: headers of security, where the site is mounted, whether another site sends the request; then, but for `public`, the
/// session; then who it is, unless the page is for logging in.
pub(crate) fn around(
    config: AuthConfig,
    pool: &TenantPool,
    public: Router,
    inner: Router,
) -> Router {
    let auth = Auth::new(config, pool);
    let required = || from_fn_with_state(auth.clone(), require);
    let own = Router::new()
        .route(
            "/password",
            get(password_form::show).post(password_form::change),
        )
        .route("/logout", post(logout::log_out))
        .route_layer(required())
        .route("/login", get(login::show).post(login::log_in))
        .layer(DefaultBodyLimit::max(MAX_FORM));
    let inner = inner.layer(required()).with_state(());
    own.merge(inner)
        .layer(from_fn_with_state(auth.clone(), carry))
        .merge(public.with_state(()))
        .layer(from_fn(security::same_site))
        .layer(from_fn(super::base::keep))
        .layer(from_fn(security::headers))
        .with_state(auth)
}
