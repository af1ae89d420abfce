//! The registry: which schemata there are, and what may be done with them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use diesel::pg::PgConnection;

#[cfg(feature = "migrations")]
use super::error::InitError;
use crate::pool::TenantPool;

pub(super) type Fill =
    dyn Fn(&mut PgConnection) -> Result<(), Box<dyn Error + Send + Sync>> + Send + Sync;

/// The registry of schemata: one row for each, and the PostgreSQL schema of that name.
///
/// A PostgreSQL schema that was made by other means has no row, and so no connection of a pool enters it. It is taken
/// in by its row: `INSERT INTO multischema.schemas (name, label) VALUES ('school_a', 'Elm Street School')`.
///
/// It is cheap to clone. What it returns was read from the database when it was asked; nothing is remembered.
///
/// # Examples
///
/// ```no_run
/// use multischema::{NewSchema, Registry, SchemaName, SchemaStatus, TenantPool};
///
/// let pool = TenantPool::builder("postgres://localhost/schools").build()?;
/// let registry = Registry::new(pool.clone());
/// registry.init()?;
///
/// let name: SchemaName = "school_a".parse()?;
/// let school = registry.create(NewSchema::new(name.clone()).label("Elm Street School"))?;
/// assert_eq!(school.status, SchemaStatus::Active);
///
/// registry.suspend(&name)?;
/// assert!(pool.tenant(&name).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Registry {
    pub(super) pool: TenantPool,
    pub(super) fill: Option<Arc<Fill>>,
}

impl Registry {
    /// Begins a registry on the database of `pool`. Sends nothing.
    #[must_use]
    pub fn new(pool: TenantPool) -> Self {
        Self { pool, fill: None }
    }

    /// Sets what fills a new schema.
    ///
    /// `fill` is called in the transaction that makes the schema, with a search path that begins with the new
    /// schema, followed by what the pool shares (`public`). It must not end the transaction, and it must leave the search path and the
    /// role as they are: this is proven afterwards. If it fails or panics, there is no schema.
    ///
    /// Defaults to nothing: a new schema is empty.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use diesel::connection::SimpleConnection;
    /// use multischema::{Registry, TenantPool};
    ///
    /// # fn example(pool: TenantPool) {
    /// let registry = Registry::new(pool).filled_by(|pg| {
    ///     pg.batch_execute("CREATE TABLE documents (id bigint PRIMARY KEY, title text NOT NULL)")?;
    ///     Ok(())
    /// });
    /// # let _ = registry;
    /// # }
    /// ```
    #[must_use]
    pub fn filled_by<F>(mut self, fill: F) -> Self
    where
        F: Fn(&mut PgConnection) -> Result<(), Box<dyn Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
    {
        self.fill = Some(Arc::new(fill));
        self
    }

    /// Prepares the database: makes the library's own tables, or brings them up to date, and the template
    /// `__template__`. A template that is there is kept, and its tables are guarded.
    ///
    /// It may be called again at any time, and by several at once.
    ///
    /// # Errors
    ///
    /// * [`InitError::Checkout`] if the pool has no connection;
    /// * [`InitError::Tables`], [`InitError::Template`] if the role may not make them, or if somebody else was
    ///   doing the same for too long.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(pool: multischema::TenantPool) -> Result<(), multischema::InitError> {
    /// multischema::Registry::new(pool).init()?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "migrations")]
    pub fn init(&self) -> Result<(), InitError> {
        let conn = self.pool.global();
        let mut conn = conn.map_err(|source| InitError::Checkout { source })?;
        let pg = conn.as_pg().map_err(|error| InitError::Checkout {
            source: error.into(),
        })?;
        super::install::install(pg).map_err(|source| InitError::Tables { source })?;
        super::install::adopt_template(pg).map_err(|source| InitError::Template { source })
    }
}

// By hand, as the pool knows the URL, and it may have a password in it.
impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("is_filled", &self.fill.is_some())
            .finish_non_exhaustive()
    }
}
