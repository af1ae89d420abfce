//! The site in the process of the test, which can add routes to it, and change who may do what as the process itself would.

use axum::Router;
use boarding::{PgSessions, Site};
use multischema::testing::Database;
use multischema::{CachedRegistry, Registry};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, spawn_blocking};

use crate::client::Client;

/// A server that is not a program of its own.
pub(crate) struct Inside {
    /// Where it is.
    pub(crate) url: String,
    pub(crate) registry: CachedRegistry,
    site: Site,
    serving: AbortHandle,
}

impl Inside {
    /// The site with more routes, inside of all of its layers.
    pub(crate) async fn on(database: &Database, more: Router<Site>) -> Self {
        let url = database.url().to_owned();
        let opened = spawn_blocking(move || {
            let pool = boarding::open(&url).unwrap();
            let site = Site::new(&pool).unwrap();
            (pool, site)
        });
        let (pool, site) = opened.await.unwrap();
        let registry = Registry::new(pool.clone()).cached();
        let sessions = PgSessions::new(site.db.clone());
        let router = boarding::router(&site, pool, registry.clone(), sessions, more);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            registry,
            site,
            serving: serving.abort_handle(),
        }
    }

    /// Somebody with a session of their own, as after logging in. That takes no time, as a password does.
    pub(crate) async fn client(&self, account: i64) -> Client {
        Client::with(&self.url, self.cookie(account).await)
    }

    pub(crate) async fn cookie(&self, account: i64) -> String {
        let sessions = PgSessions::new(self.site.db.clone());
        // Connections may be killed meanwhile.
        loop {
            if let Ok(cookie) = boarding::cookie_of(sessions.clone(), account).await {
                return cookie;
            }
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
