//! Beside `axum-login`, as the README of `multischema-axum` shows it.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{BoxError, Router};
use axum_login::tower_sessions::{Session, SessionManagerLayer};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use axum_login_sessions::MemoryStore;
use multischema::{SchemaName, User};
use multischema_axum::{BoxFuture, CurrentSchema, SchemaLayer, SchemaStore, identity};

use crate::site::{Answer, Site, answer};

#[derive(Debug, Clone)]
struct Account {
    name: String,
}

impl AuthUser for Account {
    type Id = String;

    fn id(&self) -> String {
        self.name.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

/// Whoever gives a name is believed.
#[derive(Debug, Clone)]
struct Accounts;

impl AuthnBackend for Accounts {
    type User = Account;
    type Credentials = String;
    type Error = Infallible;

    async fn authenticate(&self, name: String) -> Result<Option<Account>, Infallible> {
        Ok(Some(Account { name }))
    }

    async fn get_user(&self, name: &String) -> Result<Option<Account>, Infallible> {
        self.authenticate(name.clone()).await
    }
}

struct LoginSessions;

impl SchemaStore for LoginSessions {
    fn load<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        Box::pin(async move {
            let session = request
                .extensions
                .get::<Session>()
                .ok_or("there is no session")?;
            Ok(session.get("schema").await?)
        })
    }

    fn save<'a>(
        &'a self,
        request: &'a Parts,
        schema: Option<&'a SchemaName>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let session = request
                .extensions
                .get::<Session>()
                .ok_or("there is no session")?;
            match schema {
                Some(schema) => session.insert("schema", schema.as_str()).await?,
                None => drop(session.remove_value("schema").await?),
            }
            Ok(())
        })
    }
}

async fn log_in(mut session: AuthSession<Accounts>) -> &'static str {
    let account = session.authenticate("ann".to_owned()).await.unwrap();
    session.login(&account.unwrap()).await.unwrap();
    "in"
}

async fn log_out(mut session: AuthSession<Accounts>) -> &'static str {
    session.logout().await.unwrap();
    "out"
}

#[test]
fn who_has_logged_in_chooses_and_who_has_not_cannot() {
    let site = Site::new();
    let users = identity(|request| {
        let session = request.extensions.get::<AuthSession<Accounts>>()?;
        let account = session.user.as_ref()?;
        Some(User::new(account.name.clone()))
    });
    let schemata = SchemaLayer::builder(site.registry.clone(), users).remember(LoginSessions);
    let shown = |schema: Option<CurrentSchema>| async move {
        schema.map_or("-".to_owned(), |it| it.to_string())
    };
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let auth = AuthManagerLayerBuilder::new(Accounts, sessions).build();
    let app = Router::new()
        .route("/", get(shown))
        .route("/in", get(log_in))
        .route("/out", get(log_out))
        .layer(schemata.build())
        .layer(auth);
    let send = |path: &str, cookie: &str| -> Answer {
        let request = Request::builder().uri(path).header("cookie", cookie);
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.body(Body::empty()).unwrap();
        site.runtime().block_on(answer(&app, request))
    };
    assert_eq!(
        send("/?__schema=a", "").short(),
        "404 there is no such schema"
    );
    let logged_in = send("/in", "");
    let cookie = logged_in.header("set-cookie").unwrap();
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(send("/", cookie).short(), "200 -");
    assert_eq!(send("/?__schema=a", cookie).status, 303);
    assert_eq!(send("/", cookie).short(), "200 a");
    assert_eq!(send("/", "").short(), "200 -");
    assert_eq!(
        send("/?__schema=c", cookie).short(),
        "404 there is no such schema"
    );
    assert_eq!(send("/out", cookie).short(), "200 out");
    assert_eq!(send("/", cookie).short(), "200 -");
}
