//! The site, and how it is set up.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use diesel::Table;
use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use http::request::Parts;
use multischema::{CachedRegistry, Registry, TableScope, TenantPool};

use crate::auth::AuthConfig;
use crate::model::{Model, Place, Registration};
use crate::site;

/// An admin site: an axum [`Router`] to mount anywhere.
///
/// # Examples
///
/// ```no_run
/// use axum::Router;
/// use multischema::TenantPool;
/// use multischema_admin::{Admin, Model};
///
/// diesel::table! { pupils { id -> BigInt, name -> Text } }
/// diesel::table! { public.plans (id) { id -> BigInt, name -> Text } }
/// multischema::tables! { tenant: [pupils]; global: [plans]; }
///
/// fn app(pool: TenantPool) -> Router {
///     let admin = Admin::builder(pool)
///         .title("Schools")
///         .register(Model::of(pupils::table).list((pupils::name,)).search((pupils::name,)))
///         .register(Model::of(plans::table))
///         .build();
///     Router::new().nest("/admin", admin)
/// }
/// ```
#[derive(Debug)]
pub struct Admin;

impl Admin {
    /// A site for the schemata that this pool reaches. The library's tables have to be there, as `multischema init` and
    /// [`migrate_all`](multischema::migrate_all) make them.
    pub fn builder(pool: TenantPool) -> AdminBuilder {
        AdminBuilder {
            pool,
            registry: None,
            title: "Administration".to_owned(),
            models: Vec::new(),
            auth: AuthConfig::default(),
        }
    }
}

/// Sets an [`Admin`] up.
#[must_use = "a site is there when `build` is called"]
pub struct AdminBuilder {
    pool: TenantPool,
    registry: Option<CachedRegistry>,
    title: String,
    models: Vec<Registration>,
    auth: AuthConfig,
}

impl AdminBuilder {
    /// Shows a model. They are listed in the order in which they were registered.
    pub fn register<T>(mut self, model: Model<T>) -> Self
    where
        T: Table + TableScope<Scope: Place>,
        T::FromClause: QueryFragment<Pg>,
    {
        self.models.push(model.into_registration());
        self
    }

    /// Sets what the site is called. By default "Administration".
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the cached registry that says who may use which schema, so that the application and the site share one. By default the site
    /// has its own.
    pub fn registry(mut self, registry: CachedRegistry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Has the cookie work without TLS: for a site on one's own machine, and nowhere else.
    pub fn without_tls(mut self) -> Self {
        self.auth.has_tls = false;
        self
    }

    /// Sets how the site knows where a request comes from, to keep one place from trying many passwords. By default by the other end of the
    /// connection (`ConnectInfo<SocketAddr>`); behind a proxy that is the proxy, and this has to be what it says.
    pub fn client_address(
        mut self,
        address: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.auth.address = Arc::new(address);
        self
    }

    /// Makes the site.
    ///
    /// # Panics
    ///
    /// If two models have the same name: an address could be of either.
    #[must_use]
    pub fn build(self) -> Router {
        for (rank, model) in self.models.iter().enumerate() {
            let is_same = |it: &Registration| it.name == model.name;
            assert!(
                !self.models[..rank].iter().any(is_same),
                "two models are called `{}`",
                model.name
            );
        }
        let registry = self.registry;
        let registry = registry.unwrap_or_else(|| Registry::new(self.pool.clone()).cached());
        site::router(self.pool, registry, self.title, self.models, self.auth)
    }
}

impl fmt::Debug for AdminBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminBuilder")
            .field("title", &self.title)
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}
