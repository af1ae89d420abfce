#![doc = include_str!("../README.md")]

mod address;
mod ask;
mod builder;
mod chooser;
mod current_schema;
mod db;
mod db_error;
mod hooks;
mod identity;
mod layer;
mod local_path;
mod refusal;
mod rejection;
mod resolved;
mod resolver;
mod service;
mod site;
mod store;
mod switch;
pub mod tenant_task;
#[cfg(feature = "tower-sessions")]
mod tower_sessions;

pub use builder::SchemaLayerBuilder;
pub use current_schema::{CurrentSchema, VisibleSchemata};
pub use db::{GlobalDb, TenantDb};
pub use db_error::DbError;
pub use hooks::{Activation, Switch, Veto};
pub use identity::{BoxFuture, Identity, identity};
pub use layer::SchemaLayer;
pub use local_path::local_path;
pub use refusal::Refusal;
pub use rejection::SchemaRejection;
pub use resolver::{
    Claim, Header, HostMap, Named, PathPrefix, Remembered, Resolver, Subdomain, Trust,
};
pub use service::SchemaService;
pub use site::is_cross_site;
pub use store::SchemaStore;
#[cfg(feature = "tower-sessions")]
pub use tower_sessions::TowerSessions;
