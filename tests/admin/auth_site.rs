//! A site of nothing but the log-in, and browsers that visit it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use multischema::{Registry, TenantPool};
use multischema_admin::{Operators, testing};
use multischema_tests::{World, value};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// The cookie's name where there is no TLS.
pub(crate) const COOKIE: &str = "multischema-admin";

/// A site, mounted at `/admin`, with the schemata `a` and `b`, the user Ann, and the superuser Root.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) pool: TenantPool,
    pub(crate) registry: Registry,
    pub(crate) operators: Operators,
    pub(crate) router: Router,
    pub(crate) runtime: Runtime,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::of(4, false)
    }

    pub(crate) fn of(connections: u32, has_tls: bool) -> Self {
        let (world, _) = World::registered(["a", "b"]);
        let pool = pool(&world, connections);
        let operators = Operators::new(pool.clone());
        operators.create("ann", PASSWORD, false).unwrap();
        operators.create("root", PASSWORD, true).unwrap();
        Self {
            registry: Registry::new(pool.clone()),
            operators,
            router: router(&pool, has_tls),
            world,
            pool,
            runtime: Runtime::new().unwrap(),
        }
    }

    /// The same site in another process: it shares nothing but the database.
    pub(crate) fn another_process(&self) -> Router {
        router(&pool(&self.world, 2), false)
    }

    /// A browser that has been nowhere.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(&self.runtime, self.router.clone())
    }

    /// A browser in which somebody has logged in.
    #[track_caller]
    pub(crate) fn logged_in(&self, name: &str) -> Browser<'_> {
        let mut browser = self.browser();
        assert_eq!(browser.log_in(name, PASSWORD).status, 303);
        browser
    }

    pub(crate) fn value(&self, expression: &str) -> String {
        value(&mut self.world.pg(), expression)
    }
}

pub(crate) fn pool(world: &World, connections: u32) -> TenantPool {
    let pool = TenantPool::builder(world.url()).max_size(connections);
    let pool = pool.min_idle(Some(0));
    let pool = pool.checkout_timeout(Duration::from_secs(2));
    pool.build().unwrap()
}

pub(crate) fn router(pool: &TenantPool, has_tls: bool) -> Router {
    Router::new().nest("/admin", testing::probe(pool, has_tls))
}

/// A browser: it keeps cookies, and says where its requests are from.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    runtime: &'a Runtime,
    pub(crate) router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) address: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(runtime: &'a Runtime, router: Router) -> Self {
        Self {
            runtime,
            router,
            cookies: BTreeMap::new(),
            address: "192.0.2.1".to_owned(),
        }
    }
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    #[track_caller]
    pub(crate) fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = Request::builder().uri(path);
        let defaults = [("sec-fetch-site", "same-origin"), ("accept", "text/html")];
        self.send(request, &defaults, headers, String::new())
    }

    /// Sends a form of a page of the site.
    #[track_caller]
    pub(crate) fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, form, &[])
    }

    #[track_caller]
    pub(crate) fn post_with(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = Request::builder().uri(path).method("POST");
        let defaults = [
            ("sec-fetch-site", "same-origin"),
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send(request, &defaults, headers, encoded(form))
    }

    #[track_caller]
    fn send(
        &mut self,
        mut request: Builder,
        defaults: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let given = |name: &str| headers.iter().any(|it| it.0 == name);
        let defaults = defaults.iter().filter(|it| !given(it.0));
        // What is given as empty is not sent.
        let headers = headers.iter().filter(|it| !it.1.is_empty());
        for (name, value) in defaults.chain(headers) {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let cookies = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            request = request.header("cookie", cookies.collect::<Vec<_>>().join("; "));
        }
        request = request.header("x-test-address", &self.address);
        let request = request.header("host", "example.com").body(Body::from(body));
        let answer = self
            .runtime
            .block_on(answer(&self.router, request.unwrap()));
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    #[track_caller]
    pub(crate) fn log_in(&mut self, name: &str, password: &str) -> Answer {
        let form = [("name", name), ("password", password)];
        self.post("/admin/login", &form)
    }

    /// Who the site says it is: nobody if it sends the browser to log in.
    #[track_caller]
    pub(crate) fn user(&mut self) -> Option<String> {
        let answer = self.get("/admin");
        match answer.status {
            303 => None,
            _ => Some(answer.json()["user"].as_str().unwrap().to_owned()),
        }
    }

    /// The token of this session for something.
    #[track_caller]
    pub(crate) fn token(&mut self, about: &str) -> String {
        let answer = self.get(&format!("/admin/act?about={about}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text
    }

    /// The id of the session.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get(COOKIE).map(String::as_str)
    }

    #[track_caller]
    pub(crate) fn change_password(&mut self, old: &str, new: &str, again: &str) -> Answer {
        let token = self.token("password");
        let form = [
            ("token", &*token),
            ("old", old),
            ("new", new),
            ("again", again),
        ];
        self.post("/admin/password", &form)
    }
}

pub(crate) fn encoded(form: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs = form
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless the page has this in it.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "no {words:?} in {self:?}");
        self
    }
}

pub(crate) async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(text.to_vec()).unwrap(),
    }
}
