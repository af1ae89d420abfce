//! The rows that say what roles may do, and who has which.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use multischema::{GlobalConnection, Lease, RunQueryDsl};

use super::permission::Action;
use super::tables::{admin_grants, admin_roles};

type Conn = GlobalConnection<Lease>;

/// What those of a role may do with the rows of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleGrant {
    /// The role: one in a schema, for the models that each schema has; or one of
    /// [`Operators::give_role`](crate::Operators::give_role), for those that all schemata share.
    pub role: String,
    /// The model; `*` is each.
    pub model: String,
    /// The actions, in their order.
    pub actions: BTreeSet<Action>,
}

/// Grants actions, and returns how many of them are new.
pub(crate) fn add(
    conn: &mut Conn,
    role: &str,
    model: &str,
    actions: &[Action],
) -> QueryResult<usize> {
    let row = |it: &Action| {
        (
            admin_grants::role.eq(role),
            admin_grants::model.eq(model),
            admin_grants::action.eq(it.as_str()),
        )
    };
    let rows: Vec<_> = actions.iter().map(row).collect();
    let insert = diesel::insert_into(admin_grants::table).values(rows);
    insert.on_conflict_do_nothing().execute(conn)
}

/// Revokes actions, and returns how many of them were granted.
pub(crate) fn remove(
    conn: &mut Conn,
    role: &str,
    model: &str,
    actions: &[Action],
) -> QueryResult<usize> {
    let words: Vec<&str> = actions.iter().map(|it| it.as_str()).collect();
    let rows = admin_grants::table
        .filter(admin_grants::role.eq(role))
        .filter(admin_grants::model.eq(model))
        .filter(admin_grants::action.eq_any(words));
    diesel::delete(rows).execute(conn)
}

/// All grants, by role and model.
pub(crate) fn all(conn: &mut Conn) -> QueryResult<Vec<RoleGrant>> {
    let rows: Vec<(String, String, String)> = admin_grants::table
        .order((admin_grants::role, admin_grants::model))
        .load(conn)?;
    let mut all: Vec<RoleGrant> = Vec::new();
    for (role, model, action) in rows {
        let action = action.parse::<Action>().ok();
        match all.last_mut() {
            Some(last) if last.role == role && last.model == model => last.actions.extend(action),
            _ => all.push(RoleGrant {
                role,
                model,
                actions: action.into_iter().collect(),
            }),
        }
    }
    Ok(all)
}

/// Gives a user a role for what all schemata share, and returns whether that is new.
pub(crate) fn give_role(conn: &mut Conn, user: &str, role: &str) -> QueryResult<bool> {
    let row = (admin_roles::user_name.eq(user), admin_roles::role.eq(role));
    let insert = diesel::insert_into(admin_roles::table).values(row);
    Ok(insert.on_conflict_do_nothing().execute(conn)? > 0)
}

/// Takes it, and returns whether the user had it.
pub(crate) fn take_role(conn: &mut Conn, user: &str, role: &str) -> QueryResult<bool> {
    Ok(diesel::delete(admin_roles::table.find((user, role))).execute(conn)? > 0)
}

/// The roles of all users.
pub(crate) fn roles(conn: &mut Conn) -> QueryResult<BTreeMap<String, Vec<String>>> {
    let rows: Vec<(String, String)> = admin_roles::table
        .order((admin_roles::user_name, admin_roles::role))
        .load(conn)?;
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (user, role) in rows {
        all.entry(user).or_default().push(role);
    }
    Ok(all)
}
