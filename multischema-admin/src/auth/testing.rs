//! A site of nothing but the log-in, and pages that tell what it says of a request: for this project's own tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Form, Json, Router};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use multischema::{Registry, TenantPool};
use multischema_axum::{
    CurrentSchema, DbError, GlobalDb, Header, SchemaLayer, TowerSessions, identity,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::base::Base;
use super::operator::Operator;
use super::permission::{Action, Permissions, Where};
use super::refusal::{Asker, Refusal};
use super::site::{AuthConfig, around};

/// Returns the site. Requests come from the address in the header `x-test-address`.
pub fn probe(pool: &TenantPool, has_tls: bool) -> Router {
    let config = AuthConfig {
        has_tls,
        address: Arc::new(|request| {
            let address = request.headers.get("x-test-address")?;
            address.to_str().ok()?.parse().ok()
        }),
    };
    let users = identity(|request| request.extensions.get().map(Operator::user));
    let schemata = SchemaLayer::builder(Registry::new(pool.clone()), users)
        .pool(pool.clone())
        .resolver(Header::default())
        .remember(TowerSessions::default())
        .build();
    let inner = Router::new()
        .route("/", get(who))
        .route("/may", get(may))
        .route("/act", get(token).post(act))
        .route("/fail", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/{*rest}", any(async || StatusCode::NOT_FOUND))
        .with_state(GlobalDb::new(pool.clone()))
        .layer(schemata);
    let style = async || ([(CACHE_CONTROL, "public, max-age=600")], "body {}");
    let public = Router::new().route("/static/style.css", get(style));
    around(config, pool, public, inner)
}

async fn who(base: Base, operator: Operator, schema: Option<CurrentSchema>) -> Json<Value> {
    Json(json!({
        "base": base.as_str(),
        "user": operator.name,
        "schema": schema.map(|it| it.to_string()),
        "debug": format!("{operator:?} {:?} {:?}", operator.token(), operator.user()),
    }))
}

#[derive(Deserialize)]
struct Models {
    models: String,
}

/// What may be done with each of the models, in a line for each place.
async fn may(
    State(db): State<GlobalDb>,
    operator: Operator,
    schema: Option<CurrentSchema>,
    Query(Models { models }): Query<Models>,
) -> Result<Json<Value>, DbError> {
    let schema = schema.as_ref().map(CurrentSchema::name);
    let permissions = Permissions::load(&db, &operator, schema).await?;
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (scope, place) in [(Where::Tenant, "tenant"), (Where::Global, "global")] {
        for model in models.split(',') {
            let actions = Action::ALL.into_iter();
            let actions: Vec<&str> = actions
                .filter(|it| permissions.may(scope, model, *it))
                .map(Action::as_str)
                .collect();
            let may_any = permissions.may_any(scope, model);
            assert_eq!(may_any, !actions.is_empty(), "one follows from the other");
            all.insert(format!("{place} {model}"), actions);
        }
    }
    Ok(Json(json!(all)))
}

#[derive(Deserialize)]
struct About {
    about: String,
}

async fn token(operator: Operator, Query(About { about }): Query<About>) -> String {
    operator.token().sign(&about)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Act {
    token: String,
}

/// Does nothing, if a form asks for it.
async fn act(
    operator: Operator,
    Query(About { about }): Query<About>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let asker = Asker::of(&parts);
    let sent = <Form<Act> as axum::extract::FromRequest<()>>::from_request(
        Request::from_parts(parts, body),
        &(),
    );
    let Act { token } = sent.await.map(|Form(it)| it).unwrap_or_default();
    match operator.token().is_signed(&about, &token) {
        true => "done".into_response(),
        false => asker.refuse(Refusal::Unsigned),
    }
}
