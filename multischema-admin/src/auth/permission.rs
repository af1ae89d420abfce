//! What a user may do with a model.

use std::collections::HashSet;
use std::str::FromStr;

use diesel::prelude::*;
use diesel::sql_types::Bool;
use multischema::{CombineDsl, RunQueryDsl, SchemaName};
use multischema_axum::{DbError, GlobalDb};

use super::operator::Operator;
use super::tables::{admin_grants, admin_roles, members, schemas};

/// What can be done with the rows of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// See them, and what was done with them.
    View,
    /// Make one.
    Add,
    /// Change one, which nobody can without seeing it: who may change may view.
    Change,
    /// Delete one.
    Delete,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 4] = [Self::View, Self::Add, Self::Change, Self::Delete];

    /// Returns the word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }
}

/// That a word is for no [`Action`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an action is one of `view`, `add`, `change` and `delete`")]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, UnknownAction> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.as_str() == word).ok_or(UnknownAction)
    }
}

/// The model that stands for all.
pub(crate) const EVERY_MODEL: &str = "*";

/// Where the rows of a model are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Where {
    /// In each schema: the roles of the user in the current one count.
    Tenant,
    /// In what all schemata share: the roles in `multischema.admin_roles` count.
    Global,
}

/// What a user may do in a request. What is not granted is denied.
#[derive(Debug, Clone)]
pub(crate) struct Permissions {
    is_superuser: bool,
    granted: HashSet<(Where, String, Action)>,
}

impl Permissions {
    /// Asks what the user may do in a schema, or where none is selected, and in what all share.
    ///
    /// # Errors
    ///
    /// As [`GlobalDb::run`].
    pub(crate) async fn load(
        db: &GlobalDb,
        operator: &Operator,
        schema: Option<&SchemaName>,
    ) -> Result<Self, DbError> {
        if operator.is_superuser {
            return Ok(Self {
                is_superuser: true,
                granted: HashSet::new(),
            });
        }
        let user = operator.name.clone();
        let schema = schema.map(ToString::to_string).unwrap_or_default();
        let rows = db.run(move |conn| {
            let of_role = members::role.eq(admin_grants::role);
            let of_schema = schemas::id.eq(members::schema_id);
            let here = admin_grants::table
                .inner_join(members::table.on(of_role))
                .inner_join(schemas::table.on(of_schema))
                .filter(members::user_id.eq(&user))
                .filter(schemas::name.eq(&schema))
                .select((
                    false.into_sql::<Bool>(),
                    admin_grants::model,
                    admin_grants::action,
                ));
            let of_role = admin_roles::role.eq(admin_grants::role);
            let shared = admin_grants::table
                .inner_join(admin_roles::table.on(of_role))
                .filter(admin_roles::user_name.eq(&user))
                .select((
                    true.into_sql::<Bool>(),
                    admin_grants::model,
                    admin_grants::action,
                ));
            here.union(shared).load::<(bool, String, String)>(conn)
        });
        let known = |(is_shared, model, action): (bool, String, String)| {
            let scope = match is_shared {
                true => Where::Global,
                false => Where::Tenant,
            };
            Some((scope, model, action.parse().ok()?))
        };
        Ok(Self {
            is_superuser: false,
            granted: rows.await?.into_iter().filter_map(known).collect(),
        })
    }

    /// Returns whether the user may do this with the rows of the model.
    pub(crate) fn may(&self, scope: Where, model: &str, action: Action) -> bool {
        let is_granted = |action| {
            let mut models = [model, EVERY_MODEL].into_iter();
            models.any(|it| self.granted.contains(&(scope, it.to_owned(), action)))
        };
        self.is_superuser
            || is_granted(action)
            || (action == Action::View && is_granted(Action::Change))
    }

    /// Returns whether the user may do anything with them.
    pub(crate) fn may_any(&self, scope: Where, model: &str) -> bool {
        Action::ALL.into_iter().any(|it| self.may(scope, model, it))
    }
}
