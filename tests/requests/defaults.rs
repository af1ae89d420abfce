//! What a request is given that names no schema.

use std::sync::Arc;

use axum::body::Body;
use multischema::{AccessError, Schema, SchemaAccess, SchemaName, User};
use multischema_axum::{CurrentSchema, SchemaLayer};

use crate::site::{Site, from, users};

/// Selects by itself what nobody may use.
struct Eager {
    registry: multischema::Registry,
    default: Option<Schema>,
}

impl SchemaAccess for Eager {
    fn visible(&self, user: &User) -> Result<Arc<[Schema]>, AccessError> {
        SchemaAccess::visible(&self.registry, user)
    }
    fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, AccessError> {
        SchemaAccess::may_use(&self.registry, user, schema)
    }
    fn default_schema(&self, _: &User) -> Result<Option<Schema>, AccessError> {
        Ok(self.default.clone())
    }
}

#[test]
fn what_is_selected_by_itself_is_asked_for_as_all_else_is() {
    let begin = |registry: &multischema::Registry, _: &multischema::TenantPool| {
        let default = registry.find(&"b".parse().unwrap()).unwrap();
        let registry = registry.clone();
        SchemaLayer::builder(Eager { registry, default }, users())
    };
    let site = Site::of(4, begin, |it| it);
    assert_eq!(site.get("ben", "/rows").short(), "200 b 1");
    assert_eq!(site.get("eve", "/").short(), "200 -");
    assert_eq!(site.get("eve", "/rows").status, 400);
}

#[test]
fn an_inner_layer_does_not_let_the_schema_of_an_outer_one_through() {
    let site = Site::new();
    let layer = |it: multischema_axum::SchemaLayerBuilder| it.pool(site.pool.clone()).build();
    let begin = || SchemaLayer::builder(site.registry.clone(), users());
    let shown = |schema: Option<CurrentSchema>| async move {
        schema.map_or("-".to_owned(), |it| it.to_string())
    };
    let router = axum::Router::new()
        .route("/", axum::routing::get(shown))
        .layer(layer(begin()))
        .layer(layer(begin().resolver(multischema_axum::Header::default())));
    let request = from("ann", "/").header("x-change-schema", "a");
    let request = request.body(Body::empty()).unwrap();
    let answer = site
        .runtime()
        .block_on(crate::site::answer(&router, request));
    assert_eq!(answer.short(), "200 -");
}

#[test]
fn a_chooser_that_needs_a_schema_is_not_sent_to_itself() {
    let site = Site::with(|it| it.chooser("/needs?all=1"));
    for path in ["/needs", "/needs/?x=1", "/needs?next=%2Fneeds"] {
        let page = from("ann", path).header("accept", "text/html");
        let answer = site.send(page.body(Body::empty()).unwrap());
        assert!(answer.header("location").is_none(), "{path}: {answer:?}");
    }
    let page = from("ann", "/rows").header("accept", "text/html");
    let answer = site.send(page.body(Body::empty()).unwrap());
    assert_eq!(answer.header("location"), Some("/needs?all=1&next=%2Frows"));
}

/// What the router is nested at is not in the path that it sees.
#[test]
fn nor_is_one_inside_of_a_nested_router() {
    let site = Site::new();
    let needs = || axum::routing::any(|schema: CurrentSchema| async move { schema.to_string() });
    for (nest, chooser) in [("/app", "/app/schools"), ("/app/schools", "/app/schools")] {
        let layer = SchemaLayer::builder(site.registry.clone(), users()).chooser(chooser);
        let inside = axum::Router::new()
            .route("/", needs())
            .route("/schools", needs())
            .route("/rows", needs());
        let router = axum::Router::new().nest(nest, inside.layer(layer.build()));
        for (method, path) in [
            ("GET", chooser.to_owned()),
            ("HEAD", chooser.to_owned()),
            ("POST", chooser.to_owned()),
            ("GET", format!("{nest}/rows?page=2")),
            ("GET", format!("{nest}/rows?next={nest}/rows")),
        ] {
            let (mut at, mut method, mut steps) = (path.clone(), method, 0);
            let last = loop {
                let page = from("ann", &at)
                    .method(method)
                    .header("accept", "text/html");
                let page = page.body(Body::empty()).unwrap();
                let answer = site.runtime().block_on(crate::site::answer(&router, page));
                let Some(location) = answer.header("location") else {
                    break answer;
                };
                assert!(location.starts_with(chooser), "{location}");
                let next = location.split_once("?next=");
                assert!(
                    next.is_none_or(|(_, it)| it.starts_with("%2Fapp")),
                    "{location}"
                );
                at = location.to_owned();
                // As a browser does at 303.
                method = if method == "HEAD" { "HEAD" } else { "GET" };
                steps += 1;
                assert!(steps < 5, "{path} is sent on for ever, at last to {at}");
            };
            assert_eq!(last.status, 400, "{path}: {last:?}");
            // Pages that are not the chooser are sent there.
            assert!(path.starts_with(chooser) || steps > 0, "{path}");
        }
    }
}

#[test]
fn a_chooser_that_is_no_path_is_a_mistake_in_the_program() {
    struct Nobody;
    impl SchemaAccess for Nobody {
        fn visible(&self, _: &User) -> Result<Arc<[Schema]>, AccessError> {
            Ok(Arc::from([]))
        }
        fn may_use(&self, _: &User, _: &SchemaName) -> Result<bool, AccessError> {
            Ok(false)
        }
    }
    for path in [
        "",
        "schools",
        "//evil.example",
        "/a\nb",
        "https://a.example",
    ] {
        let builder = SchemaLayer::builder(Nobody, users()).chooser(path);
        let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| builder.build()));
        let message = built.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("chooser"), "{path:?}: {message}");
    }
    let _ = SchemaLayer::builder(Nobody, users())
        .chooser("/schools")
        .build();
}
