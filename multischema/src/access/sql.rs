//! What a listener sends. It needs no right but to connect.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::Text;
use diesel::{QueryResult, RunQueryDsl};

/// Where changes are told.
pub(super) const CHANNEL: &str = "multischema";

#[diesel::declare_sql_function]
extern "SQL" {
    #[sql_name = "pg_catalog.pg_notify"]
    fn notify(channel: Text, payload: Text) -> Text;
}

/// Has the connection hear of changes.
pub(super) fn listen(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "LISTEN multischema")
}

/// Asks for nothing but an answer. What was told before comes with it.
pub(super) fn round_trip(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "/* multischema listens */ SELECT 1")
}

/// Tells everybody who listens.
pub(super) fn tell(pg: &mut PgConnection, payload: &str) -> QueryResult<()> {
    // Its answer is `void`, which Diesel has no type for, and is not read.
    diesel::select(notify(CHANNEL, payload)).execute(pg)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the texts are constant")]
fn run(pg: &mut PgConnection, text: &str) -> QueryResult<()> {
    pg.batch_execute(text)
}
