//! The layer.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use multischema::{SchemaAccess, TenantPool, User};
use tower_layer::Layer;

use crate::builder::SchemaLayerBuilder;
use crate::hooks::Hooks;
use crate::identity::Identity;
use crate::resolver::{Remembered, Resolver};
use crate::service::SchemaService;

#[doc = include_str!("docs/requests.md")]
///
/// # Examples
///
/// ```no_run
/// use multischema::{Registry, TenantPool, User};
/// use multischema_axum::{Header, PathPrefix, SchemaLayer, identity};
///
/// # #[derive(Clone)] struct UserId(i64);
/// # fn example(pool: TenantPool) -> SchemaLayer {
/// let access = Registry::new(pool.clone()).cached();
/// let users = identity(|request| Some(User::new(request.extensions.get::<UserId>()?.0.to_string())));
/// SchemaLayer::builder(access, users)
///     .pool(pool)
///     .resolver(PathPrefix::default())
///     .resolver(Header::default())
///     .chooser("/schools")
///     .build()
/// # }
/// ```
#[derive(Clone)]
pub struct SchemaLayer {
    config: Arc<Config>,
}

/// What a layer was set up with.
pub(crate) struct Config {
    pub(crate) access: Arc<dyn SchemaAccess>,
    pub(crate) identity: Box<dyn Identity>,
    pub(crate) resolvers: Vec<Box<dyn Resolver>>,
    /// Where a choice is remembered. It is one of the resolvers as well.
    pub(crate) remembered: Option<Remembered>,
    pub(crate) pool: Option<TenantPool>,
    pub(crate) chooser: Option<String>,
    pub(crate) may_list: Box<dyn Fn(&User) -> bool + Send + Sync>,
    pub(crate) allows_cross_site: bool,
    pub(crate) hooks: Hooks,
    /// What the answers differ by.
    pub(crate) vary: Option<HeaderValue>,
}

impl SchemaLayer {
    /// A layer that asks `access` who may use what, and `identity` who it is.
    pub fn builder(
        access: impl SchemaAccess + 'static,
        identity: impl Identity,
    ) -> SchemaLayerBuilder {
        SchemaLayerBuilder::new(Arc::new(access), Box::new(identity))
    }

    pub(crate) fn of(config: Config) -> Self {
        Self {
            config: Arc::new(config),
        }
    }
}

impl<S> Layer<S> for SchemaLayer {
    type Service = SchemaService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SchemaService::new(Arc::clone(&self.config), inner)
    }
}

impl fmt::Debug for SchemaLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SchemaLayer").field(&self.config).finish()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("resolvers", &self.resolvers.len())
            .field("chooser", &self.chooser)
            .field("allows_cross_site", &self.allows_cross_site)
            .field("hooks", &self.hooks)
            .finish_non_exhaustive()
    }
}
