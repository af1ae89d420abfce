//! Whether a session goes on, for an answer that takes longer than a request.

use diesel::QueryResult;
use multischema::{GlobalConnection, Lease};
use tower_sessions::session::Id;

use super::operator::Operator;
use super::{sessions, users};

/// Returns whether the session is still one, and its user may log in and has the same rights.
pub(crate) fn is_still(
    conn: &mut GlobalConnection<Lease>,
    session: Option<Id>,
    operator: &Operator,
) -> QueryResult<bool> {
    let Some(session) = session else {
        return Ok(false);
    };
    if !sessions::is_there(conn, session)? {
        return Ok(false);
    }
    let user = users::of_session(conn, operator.id, operator.epoch)?;
    Ok(user.is_some_and(|(_, is_superuser)| is_superuser == operator.is_superuser))
}
