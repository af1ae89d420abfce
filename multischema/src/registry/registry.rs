//! The registry: which schemata there are, and what may be done with them.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "migrations")]
use super::error::InitError;
use super::plans::Plans;
use crate::pool::TenantPool;
#[cfg(feature = "migrations")]
use crate::template::Ids;

/// The registry of schemata: one row for each, and the PostgreSQL schema of that name.
///
/// A PostgreSQL schema that was made by other means has no row, and so no connection of a pool enters it. It is taken
/// in by its row: `INSERT INTO multischema.schemas (name, label) VALUES ('school_a', 'Elm Street School')`.
///
/// It is cheap to clone. What it returns was read from the database when it was asked. How schemata are made of the
/// template is remembered, for all clones, and looked after whenever it is used.
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
    pub(super) plans: Arc<Plans>,
}

impl Registry {
    /// Begins a registry on the database of `pool`. Sends nothing.
    #[must_use]
    pub fn new(pool: TenantPool) -> Self {
        Self {
            pool,
            plans: Arc::default(),
        }
    }

    pub(crate) fn pool(&self) -> &TenantPool {
        &self.pool
    }

    /// Prepares the database: makes the library's own tables, or brings them up to date, and the template
    /// `__template__`. A template that is there is kept: its tables are guarded, and where ids are to be
    /// [unique](Ids::Unique) across schemata, its narrow serial columns draw from a sequence of all.
    ///
    /// It may be called again at any time, and by several at once. A database that was never prepared gets unique ids;
    /// [`init_with`](Self::init_with) has the choice.
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
        self.prepare(None)
    }

    /// Prepares the database as [`init`](Self::init) does, and says whether ids are unique across schemata. That is
    /// for good: once there is a schema, it cannot be changed.
    ///
    /// # Errors
    ///
    /// * [`InitError::OtherIds`] if there are schemata already that count otherwise;
    /// * else as [`init`](Self::init).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::{Ids, Registry};
    ///
    /// # fn example(pool: multischema::TenantPool) -> Result<(), multischema::InitError> {
    /// Registry::new(pool).init_with(Ids::PerSchema)?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "migrations")]
    pub fn init_with(&self, ids: Ids) -> Result<(), InitError> {
        self.prepare(Some(ids))
    }

    #[cfg(feature = "migrations")]
    fn prepare(&self, ids: Option<Ids>) -> Result<(), InitError> {
        let conn = self.pool.global();
        let mut conn = conn.map_err(|source| InitError::Checkout { source })?;
        let pg = conn.as_pg().map_err(|error| InitError::Checkout {
            source: error.into(),
        })?;
        super::install::install(pg).map_err(|source| InitError::Tables { source })?;
        if let Some(wanted) = ids {
            let found = super::install::choose_ids(pg, wanted);
            let found = found.map_err(|source| InitError::Tables { source })?;
            if found != wanted {
                return Err(InitError::OtherIds { wanted, found });
            }
        }
        super::install::adopt_template(pg).map_err(|source| InitError::Template { source })
    }
}

// By hand, as the pool knows the URL, and it may have a password in it.
impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}
