//! The question who may use what.

use std::sync::Arc;

use super::error::AccessError;
use super::grant::Grant;
use crate::name::SchemaName;
use crate::registry::{Registry, Schema, User};

/// Says which schemata a user may use. The [`Registry`] does by its table of members, as does
/// [`CachedRegistry`](super::CachedRegistry), from memory; an application can say it by rules of its own.
///
/// It is asked on every request, and what it says holds for that request only. The user is one that the application has
/// authenticated; nobody is asked for who is not known.
///
/// # From async code
///
/// [`visible`](Self::visible), [`may_use`](Self::may_use) and [`default_schema`](Self::default_schema) may wait for the
/// database. Those that begin with `peek` never wait: they answer from memory, or with `None`. So ask those first, and call
/// the others on a thread that may block:
///
/// ```
/// use std::sync::Arc;
///
/// use multischema::{AccessError, SchemaAccess, SchemaName, User};
///
/// # async fn spawn_blocking<T>(work: impl FnOnce() -> T) -> T { work() } // as Tokio has it
/// async fn may_use(
///     access: &Arc<dyn SchemaAccess>,
///     user: User,
///     schema: SchemaName,
/// ) -> Result<bool, AccessError> {
///     if let Some(answer) = access.peek_may_use(&user, &schema) {
///         return Ok(answer);
///     }
///     let access = Arc::clone(access);
///     spawn_blocking(move || access.may_use(&user, &schema)).await
/// }
/// ```
///
/// # Examples
///
/// Support staff may use all schemata that are active:
///
/// ```
/// use std::sync::Arc;
///
/// use multischema::{AccessError, CachedRegistry, Schema, SchemaAccess, SchemaName, SchemaStatus, User};
///
/// struct WithSupport(CachedRegistry);
///
/// impl WithSupport {
///     fn is_support(user: &User) -> bool {
///         user.id().ends_with("@support.example.com")
///     }
/// }
///
/// impl SchemaAccess for WithSupport {
///     fn visible(&self, user: &User) -> Result<Arc<[Schema]>, AccessError> {
///         if !Self::is_support(user) {
///             return Ok(self.0.visible(user)?);
///         }
///         let all = self.0.list()?;
///         Ok(all.iter().filter(|it| it.status == SchemaStatus::Active).cloned().collect())
///     }
///
///     fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, AccessError> {
///         if !Self::is_support(user) {
///             return Ok(self.0.may_use(user, schema)?);
///         }
///         let found = self.0.find(schema)?;
///         Ok(found.is_some_and(|it| it.status == SchemaStatus::Active))
///     }
/// }
/// ```
pub trait SchemaAccess: Send + Sync {
    /// Returns the schemata that the user may use now, and may be shown to choose from.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if that cannot be found out.
    fn visible(&self, user: &User) -> Result<Arc<[Schema]>, AccessError>;

    /// Returns whether the user may use the schema now. Nobody may use the template, nor one that is not there.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if that cannot be found out. It is no yes.
    fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, AccessError>;

    /// Returns whether the user may use the schema now, as [`may_use`](Self::may_use) does, and which one of that name it is.
    /// By default a grant is [by the name](Grant::by_name): then a schema that is made while a request is under way, with
    /// the name of one that was purged meanwhile, is taken for that.
    ///
    /// # Errors
    ///
    /// As [`may_use`](Self::may_use).
    fn grant(&self, user: &User, schema: &SchemaName) -> Result<Option<Grant>, AccessError> {
        Ok(self.may_use(user, schema)?.then(Grant::by_name))
    }

    /// Returns the schema that the user gets without having chosen one, if there is one: by default the only one that is
    /// [visible](Self::visible), if there is exactly one.
    ///
    /// # Errors
    ///
    /// As [`visible`](Self::visible).
    fn default_schema(&self, user: &User) -> Result<Option<Schema>, AccessError> {
        Ok(only(&self.visible(user)?))
    }

    /// Answers [`visible`](Self::visible) without waiting for anything, or with `None`. By default always with that.
    fn peek_visible(&self, user: &User) -> Option<Arc<[Schema]>> {
        let _ = user;
        None
    }

    /// Answers [`may_use`](Self::may_use) without waiting for anything, or with `None`. By default always with that.
    fn peek_may_use(&self, user: &User, schema: &SchemaName) -> Option<bool> {
        let _ = (user, schema);
        None
    }

    /// Answers [`grant`](Self::grant) without waiting for anything, or with `None`; `Some(None)` says that the user may not
    /// use the schema. By default as [`peek_may_use`](Self::peek_may_use) says: who has a `grant` of their own has this, too.
    fn peek_grant(&self, user: &User, schema: &SchemaName) -> Option<Option<Grant>> {
        let allowed = self.peek_may_use(user, schema)?;
        Some(allowed.then(Grant::by_name))
    }

    /// Answers [`default_schema`](Self::default_schema) without waiting for anything, or with `None`; `Some(None)` says that
    /// there is none. By default always with `None`: who has a `default_schema` of their own is not answered by another.
    fn peek_default_schema(&self, user: &User) -> Option<Option<Schema>> {
        let _ = user;
        None
    }
}

/// The only schema that there is.
pub(super) fn only(visible: &[Schema]) -> Option<Schema> {
    match visible {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// Asks the database each time.
impl SchemaAccess for Registry {
    fn visible(&self, user: &User) -> Result<Arc<[Schema]>, AccessError> {
        Ok(Self::visible(self, user)?.into())
    }

    fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, AccessError> {
        Ok(Self::may_use(self, user, schema)?)
    }

    fn grant(&self, user: &User, schema: &SchemaName) -> Result<Option<Grant>, AccessError> {
        Ok(self.usable(user, schema)?.map(Grant::of))
    }
}

impl<A: SchemaAccess + ?Sized> SchemaAccess for Arc<A> {
    fn visible(&self, user: &User) -> Result<Arc<[Schema]>, AccessError> {
        (**self).visible(user)
    }

    fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, AccessError> {
        (**self).may_use(user, schema)
    }

    fn default_schema(&self, user: &User) -> Result<Option<Schema>, AccessError> {
        (**self).default_schema(user)
    }

    fn grant(&self, user: &User, schema: &SchemaName) -> Result<Option<Grant>, AccessError> {
        (**self).grant(user, schema)
    }

    fn peek_grant(&self, user: &User, schema: &SchemaName) -> Option<Option<Grant>> {
        (**self).peek_grant(user, schema)
    }

    fn peek_visible(&self, user: &User) -> Option<Arc<[Schema]>> {
        (**self).peek_visible(user)
    }

    fn peek_may_use(&self, user: &User, schema: &SchemaName) -> Option<bool> {
        (**self).peek_may_use(user, schema)
    }

    fn peek_default_schema(&self, user: &User) -> Option<Option<Schema>> {
        (**self).peek_default_schema(user)
    }
}
