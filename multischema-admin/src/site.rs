//! The routes, and what they share.

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};
use multischema::{CachedRegistry, TenantPool};
use multischema_axum::{GlobalDb, SchemaLayer, TowerSessions, identity};

use crate::auth::{AuthConfig, Operator, around};
use crate::model::{Home, Registration};
use crate::page;
use crate::structure::Structures;

/// What all pages share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) title: String,
    pub(crate) models: Vec<Registration>,
    pub(crate) db: GlobalDb,
    pub(crate) registry: CachedRegistry,
    pub(crate) structures: Structures,
}

/// The whole site. From the outside in: headers, the session, who it is; then which schema, and whether they may use it.
pub(crate) fn router(
    pool: TenantPool,
    registry: CachedRegistry,
    title: String,
    models: Vec<Registration>,
    auth: AuthConfig,
) -> Router {
    let shared = models.iter().filter(|it| it.home == Home::Global);
    let shared = shared.filter_map(|it| it.schema.clone());
    let mut shared: Vec<String> = shared.chain(["public".to_owned()]).collect();
    shared.sort();
    shared.dedup();
    let site = Arc::new(Site {
        title,
        models,
        db: GlobalDb::new(pool.clone()),
        registry: registry.clone(),
        structures: Structures::new(shared),
    });
    let users = identity(|request| request.extensions.get().map(Operator::user));
    let schemata = SchemaLayer::builder(registry, users)
        .pool(pool.clone())
        .remember(TowerSessions::default())
        .build();
    let pages = Router::new()
        .route("/", get(page::index))
        .route("/m/{model}/", get(page::list).post(page::act))
        .route("/m/{model}/add/", get(page::blank).post(page::add))
        .route("/m/{model}/o/{key}/", get(page::object).post(page::change))
        .route("/m/{model}/refer/{column}/", get(page::refer))
        // Not a fallback, which axum forgets where it nests.
        .route("/{*rest}", any(page::nowhere))
        .layer(schemata)
        .with_state(site);
    around(auth, &pool, page::files(), pages)
}
