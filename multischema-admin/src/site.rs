//! The routes, and what they share.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{any, get, post};
use multischema::{CachedRegistry, TenantPool};
use multischema_axum::{GlobalDb, SchemaLayer, TowerSessions, identity};
use tokio::sync::Semaphore;

use crate::auth::{AuthConfig, Operator, around};
use crate::fleet::{Fleet, Migrations};
use crate::model::{Home, Registration};
use crate::page;
use crate::structure::Structures;

/// What all pages share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) title: String,
    pub(crate) models: Vec<Registration>,
    pub(crate) db: GlobalDb,
    /// For what is done on a thread of its own.
    pub(crate) pool: TenantPool,
    pub(crate) registry: CachedRegistry,
    pub(crate) structures: Structures,
    pub(crate) fleet: Fleet,
    /// Each holds a connection for as long as somebody reads it.
    pub(crate) exports: Arc<Semaphore>,
}

/// Exports at once.
const EXPORTS: usize = 2;

/// The whole site. From the outside in: headers, the session, who it is; then which schema, and whether they may use it.
pub(crate) fn router(
    pool: &TenantPool,
    registry: CachedRegistry,
    title: String,
    models: Vec<Registration>,
    migrations: Option<Migrations>,
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
        pool: pool.clone(),
        registry: registry.clone(),
        structures: Structures::new(shared),
        fleet: Fleet::new(migrations),
        exports: Arc::new(Semaphore::new(EXPORTS)),
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
        .route(
            "/m/{model}/o/{key}/delete/",
            get(page::ask).post(page::erase),
        )
        .route("/m/{model}/o/{key}/history/", get(page::history))
        .route("/m/{model}/export/", get(page::export))
        .route("/log/", get(page::journal))
        .route("/m/{model}/refer/{column}/", get(page::refer))
        .route("/schemata/", get(page::schemata).post(page::create_schema))
        .route("/schemata/{name}/", get(page::schema))
        .route(
            "/schemata/{name}/{deed}/",
            get(page::confirm_change).post(page::change_schema),
        )
        .route("/fleet/", get(page::fleet))
        .route("/fleet/events", get(page::events))
        .route("/fleet/run", post(page::start_run))
        .route("/fleet/stop", post(page::stop_run))
        .route("/fleet/compare", post(page::compare))
        // Not a fallback, which axum forgets where it nests.
        .route("/{*rest}", any(page::nowhere))
        .layer(schemata)
        .layer(from_fn(page::explain))
        .with_state(site);
    around(auth, pool, page::files(), pages)
}
