//! The site, and how it is set up.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use diesel::Table;
use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use http::request::Parts;
use multischema::{CachedRegistry, CheckoutError, Migrator, Registry, TableScope, TenantPool};

use crate::auth::AuthConfig;
use crate::fleet::Migrations;
use crate::model::{Model, Place, Registration, discovered};
use crate::site;
use crate::structure::read;

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
///     Router::new().nest_service("/admin", admin)
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
            migrations: None,
            auth: AuthConfig::default(),
        }
    }
}

/// Why tables were not registered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The pool had no connection.
    #[error("there is no connection to find the tables by")]
    Checkout(#[source] CheckoutError),
    /// PostgreSQL or the network failed.
    #[error("the tables of the template and of `public` could not be read")]
    Query(#[source] diesel::result::Error),
}

/// Sets an [`Admin`] up.
#[must_use = "a site is there when `build` is called"]
pub struct AdminBuilder {
    pool: TenantPool,
    registry: Option<CachedRegistry>,
    title: String,
    models: Vec<Registration>,
    migrations: Option<Migrations>,
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

    /// Shows every table of the template and of `public` that is not registered yet, as the catalog has them now. Its list has what is short, it
    /// is searched in its texts, and filtered by what has few values: Booleans, enums, and what refers to others. Tables without a primary
    /// key are left out.
    ///
    /// It is for a site without an application; [`register`](Self::register) is what the compiler checks.
    ///
    /// # Errors
    ///
    /// If the database cannot be asked.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::TenantPool;
    /// use multischema_admin::Admin;
    ///
    /// # fn example(pool: TenantPool) -> Result<(), Box<dyn std::error::Error>> {
    /// let admin = Admin::builder(pool).register_all()?.build();
    /// # drop(admin);
    /// # Ok(()) }
    /// ```
    pub fn register_all(mut self) -> Result<Self, RegisterError> {
        let mut conn = self.pool.global().map_err(RegisterError::Checkout)?;
        let structure = read(&mut conn, &["public".to_owned()]).map_err(RegisterError::Query)?;
        drop(conn);
        let found = discovered(&structure, &self.models);
        self.models.extend(found);
        Ok(self)
    }

    /// Lets superusers run migrations from the page of the fleet, and see what each schema lacks of them. By default the page tells what schemata
    /// lack that the template has, and runs nothing.
    ///
    /// The URL is that of PostgreSQL itself, not of a pooler in transaction mode. What is to be done on an error, what is told, and when the run
    /// stops, is for the page to say; all else is as the migrator has it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use diesel_migrations::FileBasedMigrations;
    /// use multischema::{Migrator, TenantPool};
    /// use multischema_admin::Admin;
    ///
    /// # fn example(pool: TenantPool, url: &str) {
    /// let [global, tenant] = ["migrations/global", "migrations/tenant"]
    ///     .map(|folder| FileBasedMigrations::from_path(folder).expect("a folder of migrations"));
    /// let admin = Admin::builder(pool).migrations(url, Migrator::new(global, tenant).jobs(4)).build();
    /// # drop(admin);
    /// # }
    /// ```
    pub fn migrations(mut self, url: impl Into<String>, migrator: Migrator) -> Self {
        self.migrations = Some(Migrations::new(url.into(), migrator));
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
    /// connection, if the server says it: `axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())`. Where it does not, only
    /// attempts for the same name are limited, and a warning says so. Behind a proxy the other end is the proxy, and this has to be what that says.
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
    /// If two models have the same name, as an address could be of either, or one begins with `*`; if two actions of a model have the same
    /// name, or one has none, begins with `_`, or is called `add`, `change` or `delete`, as the log calls what the site does itself.
    pub fn build(self) -> Router {
        for (rank, model) in self.models.iter().enumerate() {
            let is_same = |it: &Registration| it.name == model.name;
            assert!(
                !self.models[..rank].iter().any(is_same),
                "two models are called `{}`",
                model.name
            );
            assert!(
                !model.name.starts_with('*'),
                "a model is called `{}`",
                model.name
            );
            for (rank, action) in model.actions.iter().enumerate() {
                let name = action.name.as_str();
                let is_taken = model.actions[..rank].iter().any(|it| it.name == name);
                let is_own =
                    matches!(name, "" | "add" | "change" | "delete") || name.starts_with('_');
                assert!(
                    !is_taken && !is_own,
                    "an action of `{}` cannot be called `{name}`",
                    model.name
                );
            }
        }
        let registry = self.registry;
        let registry = registry.unwrap_or_else(|| Registry::new(self.pool.clone()).cached());
        site::router(
            &self.pool,
            registry,
            self.title,
            self.models,
            self.migrations,
            self.auth,
        )
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
