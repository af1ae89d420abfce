//! What extractors have instead of what a handler asked for.

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use multischema_axum::{
    CurrentSchema, GlobalDb, Refusal, SchemaLayer, SchemaRejection, TenantDb, VisibleSchemata,
};

use crate::site::{Answer, Site, answer, from, users};

/// Says what it was given instead of each extractor, and whether that is what would have been answered.
async fn told(
    current: Result<CurrentSchema, SchemaRejection>,
    perhaps: Result<Option<CurrentSchema>, SchemaRejection>,
    visible: Result<VisibleSchemata, SchemaRejection>,
    tenant: Result<TenantDb, SchemaRejection>,
    global: Result<GlobalDb, SchemaRejection>,
) -> String {
    let all = [
        current.err(),
        perhaps.err(),
        visible.err(),
        tenant.err(),
        global.err(),
    ];
    let told = all.map(|it| match it {
        None => "-".to_owned(),
        Some(rejection) => {
            let (status, kind) = (rejection.status(), kind(&rejection));
            let response: Response = rejection.into_response();
            assert_eq!(response.status(), status);
            assert_eq!(
                status.is_redirection(),
                response.headers().contains_key("location")
            );
            format!("{kind} {}", status.as_u16())
        }
    });
    told.join(", ")
}

fn kind(rejection: &SchemaRejection) -> &'static str {
    match rejection {
        SchemaRejection::Choose { .. } => "choose",
        SchemaRejection::Refused(Refusal::NotSelected) => "none",
        SchemaRejection::Refused(_) => "refused",
        SchemaRejection::NoLayer => "no layer",
        SchemaRejection::NoPool => "no pool",
        _ => "other",
    }
}

fn page(site: &Site, router: &Router, accept: &str) -> Answer {
    let request = from("ann", "/").header("accept", accept);
    let request = request.body(Body::empty()).unwrap();
    site.runtime().block_on(answer(router, request))
}

#[test]
fn a_handler_can_answer_itself_where_there_is_no_schema() {
    let site = Site::new();
    let router = Router::new().route("/", get(told));
    let builder = || SchemaLayer::builder(site.registry.clone(), users()).chooser("/schools");
    let without_pool = router.clone().layer(builder().build());
    let with_pool = builder().pool(site.pool.clone()).build();
    let with_pool = router.clone().layer(with_pool);
    for (router, accept, expected) in [
        (
            &router,
            "text/html",
            "no layer 500, no layer 500, no layer 500, no layer 500, no layer 500",
        ),
        (
            &without_pool,
            "text/html",
            "choose 303, -, -, choose 303, no pool 500",
        ),
        (&with_pool, "text/html", "choose 303, -, -, choose 303, -"),
        (&with_pool, "*/*", "none 400, -, -, none 400, -"),
    ] {
        assert_eq!(page(&site, router, accept).text, expected);
    }
    site.world
        .run("ALTER TABLE multischema.members RENAME TO gone");
    // It cannot be found out who may see what: the layer itself is not passed.
    let answer = page(&site, &with_pool, "*/*");
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
}
