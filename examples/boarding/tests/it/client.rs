//! Somebody who sends requests, with a cookie.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder, redirect};

/// A browser's part in a conversation, without the browser.
pub(crate) struct Client {
    http: reqwest::Client,
    app: String,
    cookie: Mutex<Option<String>>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Client {
    /// Somebody whom the program at this address does not know.
    pub(crate) fn new(app: &str) -> Self {
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30));
        Self {
            http: http.build().unwrap(),
            app: app.to_owned(),
            cookie: Mutex::new(None),
        }
    }

    /// Somebody who is logged in.
    pub(crate) async fn of(app: &str, name: &str) -> Self {
        let client = Self::new(app);
        let answer = client.log_in(name, &format!("{name}-demo")).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        client
    }

    /// Somebody who has this cookie.
    pub(crate) fn with(app: &str, cookie: String) -> Self {
        let client = Self::new(app);
        client.take(cookie);
        client
    }

    /// The same person at another process.
    pub(crate) fn at(&self, app: &str) -> Self {
        let other = Self::new(app);
        *other.cookie.lock().unwrap() = self.cookie();
        other
    }

    /// Goes on with another cookie.
    pub(crate) fn take(&self, cookie: String) {
        *self.cookie.lock().unwrap() = Some(cookie);
    }

    pub(crate) fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)])
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields)).await
    }

    /// Switches as the form in the header of each page does, and returns where that leads.
    pub(crate) async fn switch(&self, school: &str) -> Answer {
        let fields = [("schema", school), ("next", "/")];
        self.post("/__change_schema__/", &fields).await
    }

    pub(crate) async fn api(&self, school: &str, query: &str) -> Answer {
        let path = format!("/api/pupils{query}");
        let request = self.request(Method::GET, &path);
        self.send(request.header("X-Change-Schema", school)).await
    }

    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.finish())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.app));
        match self.cookie() {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        if let Some(cookie) = headers.get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let is_removed = cookie.ends_with('=');
            *self.cookie.lock().unwrap() = (!is_removed).then(|| cookie.to_owned());
        }
        Answer {
            status: response.status().as_u16(),
            headers,
            body: response.text().await.unwrap(),
        }
    }
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns the ids in a list of pupils.
    pub(crate) fn ids(&self) -> Vec<i64> {
        self.each("data-id=\"")
            .map(|it| it.parse().unwrap())
            .collect()
    }

    /// Returns what is between each `before` and the next quote or tag.
    pub(crate) fn each<'a>(&'a self, before: &'a str) -> impl Iterator<Item = &'a str> {
        let rest = self.body.split(before).skip(1);
        rest.map(|it| it.split(['"', '<']).next().unwrap())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}\n{}", self.status, self.headers, self.body)
    }
}
