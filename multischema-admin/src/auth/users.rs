//! The rows of users.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use multischema::{GlobalConnection, Lease, RunQueryDsl};

use super::tables::{admin_sessions, admin_users};
use super::throttle::{self, TooOften};

type Conn = GlobalConnection<Lease>;

/// What has to be known of who logs in. It has no `Debug`, as it has a hash.
#[derive(Queryable)]
pub(crate) struct Known {
    pub(crate) id: i64,
    pub(crate) hash: String,
    pub(crate) epoch: i32,
    pub(crate) is_active: bool,
}

/// What is known of the user of a session when that is read.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Owner {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) is_superuser: bool,
    is_active: bool,
    epoch: i32,
}

type OwnerColumns = (
    admin_users::id,
    admin_users::name,
    admin_users::is_superuser,
    admin_users::is_active,
    admin_users::session_epoch,
);

impl Owner {
    pub(crate) fn columns() -> OwnerColumns {
        Default::default()
    }

    /// Whether a session of this epoch still is one.
    pub(crate) fn has(&self, epoch: i32) -> bool {
        self.is_active && self.epoch == epoch
    }
}

/// What may be known of a user: name, whether it is a superuser's, whether it is in use, when it was made and last used.
pub(crate) type Row = (String, bool, bool, DateTime<Utc>, Option<DateTime<Utc>>);

/// All users, by name.
pub(crate) fn all(conn: &mut Conn) -> QueryResult<Vec<Row>> {
    let rows = admin_users::table.select((
        admin_users::name,
        admin_users::is_superuser,
        admin_users::is_active,
        admin_users::created_at,
        admin_users::last_login,
    ));
    rows.order(admin_users::name).load(conn)
}

/// Makes a user, unless there is one of the name, and returns whether that was so.
pub(crate) fn create(
    conn: &mut Conn,
    name: &str,
    hash: &str,
    is_superuser: bool,
) -> QueryResult<bool> {
    let row = (
        admin_users::name.eq(name),
        admin_users::password_hash.eq(hash),
        admin_users::is_superuser.eq(is_superuser),
    );
    let insert = diesel::insert_into(admin_users::table).values(row);
    Ok(insert.on_conflict_do_nothing().execute(conn)? > 0)
}

/// Returns the user of this name.
pub(crate) fn find(conn: &mut Conn, name: &str) -> QueryResult<Option<Known>> {
    // PostgreSQL has no text with a zero in it.
    if name.contains('\0') {
        return Ok(None);
    }
    let user = admin_users::table.filter(admin_users::name.eq(name));
    let user = user.select((
        admin_users::id,
        admin_users::password_hash,
        admin_users::session_epoch,
        admin_users::is_active,
    ));
    user.first(conn).optional()
}

/// The same for whoever tries a password, if there were not too many of those.
pub(crate) fn find_to_try(
    conn: &mut Conn,
    name: &str,
    address: Option<IpAddr>,
) -> QueryResult<Result<Option<Known>, TooOften>> {
    Ok(match throttle::count(conn, name, address)? {
        Ok(()) => Ok(find(conn, name)?),
        Err(too_often) => Err(too_often),
    })
}

/// Returns the name of the user whose session of this epoch still is one, and whether it is a superuser's.
pub(crate) fn of_session(
    conn: &mut Conn,
    id: i64,
    epoch: i32,
) -> QueryResult<Option<(String, bool)>> {
    let user = admin_users::table.find(id);
    let user = user.filter(admin_users::is_active.and(admin_users::session_epoch.eq(epoch)));
    let user = user.select((admin_users::name, admin_users::is_superuser));
    user.first(conn).optional()
}

/// Notes that somebody has logged in.
pub(crate) fn note_login(conn: &mut Conn, id: i64) -> QueryResult<()> {
    let user = diesel::update(admin_users::table.find(id));
    user.set(admin_users::last_login.eq(now.into_sql::<Nullable<Timestamptz>>()))
        .execute(conn)?;
    Ok(())
}

/// Ends all sessions of a user, and those that are just being begun.
pub(crate) fn log_out(conn: &mut Conn, id: i64) -> QueryResult<()> {
    conn.transaction(|conn| {
        let user = diesel::update(admin_users::table.find(id));
        user.set(admin_users::session_epoch.eq(admin_users::session_epoch + 1))
            .execute(conn)?;
        end_sessions(conn, id)
    })
}

/// Sets the password of a user whose sessions have this epoch, and ends them. Returns the epoch of new ones, or nothing if somebody else was
/// first.
pub(crate) fn set_password(
    conn: &mut Conn,
    id: i64,
    epoch: i32,
    hash: &str,
) -> QueryResult<Option<i32>> {
    conn.transaction(|conn| {
        let user = admin_users::table.find(id);
        let user = user.filter(admin_users::session_epoch.eq(epoch));
        let changes = (
            admin_users::password_hash.eq(hash),
            admin_users::session_epoch.eq(admin_users::session_epoch + 1),
        );
        let changed = diesel::update(user).set(changes);
        let changed = changed.returning((admin_users::name, admin_users::session_epoch));
        let changed: Option<(String, i32)> = changed.get_result(conn).optional()?;
        if let Some((name, _)) = &changed {
            end_sessions(conn, id)?;
            // Whoever was locked out by others may come in again.
            throttle::forget(conn, name)?;
        }
        Ok(changed.map(|(_, epoch)| epoch))
    })
}

fn end_sessions(conn: &mut Conn, id: i64) -> QueryResult<()> {
    let of_user = admin_sessions::user_id.eq(id);
    diesel::delete(admin_sessions::table.filter(of_user)).execute(conn)?;
    Ok(())
}

/// The same for whoever can say that a user is not to be let in any more, or is again.
pub(crate) fn set_active(conn: &mut Conn, id: i64, is_active: bool) -> QueryResult<()> {
    conn.transaction(|conn| {
        let user = diesel::update(admin_users::table.find(id));
        user.set(admin_users::is_active.eq(is_active))
            .execute(conn)?;
        log_out(conn, id)
    })
}
