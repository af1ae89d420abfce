//! How the layer is set up.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use multischema::{SchemaAccess, TenantPool, User};

use crate::hooks::{Activation, Hooks, Switch, Veto};
use crate::identity::Identity;
use crate::layer::{Config, SchemaLayer};
use crate::resolver::{Remembered, Resolver};
use crate::store::SchemaStore;

/// Sets a [`SchemaLayer`] up.
#[must_use = "a layer is there when `build` is called"]
pub struct SchemaLayerBuilder(Config);

impl SchemaLayerBuilder {
    pub(crate) fn new(access: Arc<dyn SchemaAccess>, identity: Box<dyn Identity>) -> Self {
        Self(Config {
            access,
            identity,
            resolvers: Vec::new(),
            remembered: None,
            pool: None,
            chooser: None,
            may_list: Box::new(User::is_superuser),
            allows_cross_site: false,
            hooks: Hooks::default(),
            vary: None,
        })
    }

    /// Adds a way in which a request names a schema.
    ///
    /// They are asked in the order in which they were added. All that claim, or stand for a place, have to agree; what is remembered
    /// is looked at only if none of those names a schema: see [`Trust`](crate::Trust).
    pub fn resolver(mut self, resolver: impl Resolver) -> Self {
        self.0.resolvers.push(Box::new(resolver));
        self
    }

    /// Remembers the schema that a user has chosen, in their session, and has them choose by
    ///
    /// * `?__schema=NAME` on any page (GET and HEAD): answered by 303 to the same page without it;
    /// * `/__change_schema__/NAME` (GET and HEAD): answered by a line of text;
    /// * a form that is posted there, or to `/__change_schema__/` with a field `schema`, and perhaps one `next`, the path to go to.
    ///
    /// An empty name selects none. A browser that another site has do this is refused (403), by `Sec-Fetch-Site`, `Origin` or, for a link
    /// over plain http, `Referer`. That is all the protection that a form needs from other sites; it needs no token. A program that
    /// sends cookies has to send `Sec-Fetch-Site: none` or its own `Origin` with a GET.
    pub fn remember(mut self, store: impl SchemaStore) -> Self {
        let remembered = Remembered {
            store: Arc::new(store),
        };
        self.0.remembered = Some(remembered.clone());
        self.resolver(remembered)
    }

    /// Sets the pool that [`TenantDb`](crate::TenantDb) and [`GlobalDb`](crate::GlobalDb) take connections from.
    pub fn pool(mut self, pool: TenantPool) -> Self {
        self.0.pool = Some(pool);
        self
    }

    /// Sets the page where one can choose a schema: a path on this server. A page that needs a schema, where none is selected,
    /// redirects there, with its own path in the parameter `next` (send users on by [`local_path`](crate::local_path)). The chooser
    /// itself is not sent there again.
    ///
    /// By default there is none, and such a page is answered by 400, as an API is.
    pub fn chooser(mut self, path: impl Into<String>) -> Self {
        self.0.chooser = Some(path.into());
        self
    }

    /// Sets who may know of all schemata that there are, and so is told 403 and not 404. By default superusers.
    pub fn may_list(mut self, may_list: impl Fn(&User) -> bool + Send + Sync + 'static) -> Self {
        self.0.may_list = Box::new(may_list);
        self
    }

    /// Lets other sites have a browser select a schema by a link, as from a portal, and by nothing else. They cannot learn anything by that, but can
    /// change where the user works.
    pub fn allow_cross_site(mut self) -> Self {
        self.0.allows_cross_site = true;
        self
    }

    /// Adds what is asked when a user may use the schema of a request, before it is activated. An error answers the request, and has
    /// the schema forgotten if it was remembered; one that nobody named, but is the user's only one, is just not activated.
    ///
    /// # Examples
    ///
    /// ```
    /// # use multischema_axum::{SchemaLayerBuilder, Veto};
    /// # fn example(builder: SchemaLayerBuilder) -> SchemaLayerBuilder {
    /// builder.before_activate(|it| match it.schema.as_str() {
    ///     "school_a" => Err(Veto::new("the school is closed today")),
    ///     _ => Ok(()),
    /// })
    /// # }
    /// ```
    pub fn before_activate(
        mut self,
        hook: impl Fn(Activation<'_>) -> Result<(), Veto> + Send + Sync + 'static,
    ) -> Self {
        self.0.hooks.before_activate.push(Box::new(hook));
        self
    }

    /// Adds what is called when a schema was activated, before the request goes on.
    pub fn after_activate(mut self, hook: impl Fn(Activation<'_>) + Send + Sync + 'static) -> Self {
        self.0.hooks.after_activate.push(Box::new(hook));
        self
    }

    /// Adds what is called when another schema, or none, was chosen and is remembered: the place to forget what was kept for the
    /// user in the schema before, as permissions.
    pub fn on_switch(mut self, hook: impl Fn(Switch<'_>) + Send + Sync + 'static) -> Self {
        self.0.hooks.on_switch.push(Box::new(hook));
        self
    }

    /// Sets the layer up.
    ///
    /// # Panics
    ///
    /// If the [`chooser`](Self::chooser) is no path that begins with one `/`, or cannot be sent in a header.
    #[must_use]
    pub fn build(mut self) -> SchemaLayer {
        if let Some(path) = &self.0.chooser {
            assert!(
                is_path(path),
                "`chooser` is to be a path on this server, with no host, and not {path:?}"
            );
        }
        let of_resolvers = self.0.resolvers.iter().filter_map(|it| it.vary());
        let of_users = self.0.identity.vary();
        let names: BTreeSet<String> = of_resolvers
            .chain(of_users)
            .map(|it| it.to_string())
            .collect();
        let names: Vec<String> = names.into_iter().collect();
        // Names of headers make the value of one.
        self.0.vary = HeaderValue::try_from(names.join(", "))
            .ok()
            .filter(|it| !it.is_empty());
        SchemaLayer::of(self.0)
    }
}

fn is_path(path: &str) -> bool {
    let second = path.strip_prefix('/');
    let is_local = second.is_some_and(|it| !it.starts_with(['/', '\\']));
    is_local && path.bytes().all(|it| it.is_ascii_graphic())
}

impl fmt::Debug for SchemaLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SchemaLayerBuilder").field(&self.0).finish()
    }
}
