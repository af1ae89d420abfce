//! What is sent beside the statement that reads schemata.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::result::Error;
use diesel::sql_types::{Array, Integer, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::member::Member;
use crate::lifecycle::SchemaStatus;
use crate::template::{BY_INDEX, Ids, LOCK_TIMEOUT, prelude};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    status: SchemaStatus,
    #[diesel(sql_type = Nullable<Text>)]
    ids: Option<String>,
}

/// The schemata of the registry that have one of these statuses, and whether their ids are unique. Those that are being
/// purged are no schemata any more.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the statuses are values"
)]
pub(super) fn members(
    pg: &mut PgConnection,
    statuses: &[SchemaStatus],
) -> QueryResult<(Vec<Member>, Ids)> {
    let statuses = statuses.iter().filter(|it| **it != SchemaStatus::Purging);
    let statuses: Vec<&str> = statuses.map(|it| it.as_str()).collect();
    let query = diesel::sql_query(
        "SELECT s.id, s.name, s.status, (SELECT t.value FROM multischema.settings t \
         WHERE t.key OPERATOR(pg_catalog.=) 'ids') AS ids \
         FROM multischema.schemas s WHERE s.status OPERATOR(pg_catalog.=) ANY ($1) ORDER BY s.id",
    );
    let rows: Vec<Row> = query.bind::<Array<Text>, _>(statuses).load(pg)?;
    let mut ids = Ids::default();
    let mut members = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(word) = &row.ids {
            let unknown = || format!("unknown word {word:?} for `ids` in `multischema.settings`");
            let found = Ids::from_word(word).ok_or_else(unknown);
            ids = found.map_err(|error| Error::DeserializationError(error.into()))?;
        }
        let name = row.name.parse();
        members.push(Member {
            number: row.id,
            name: name.map_err(|error| Error::DeserializationError(Box::new(error)))?,
            is_archived: row.status == SchemaStatus::Archived,
        });
    }
    Ok((members, ids))
}

/// Sets what has to be set for reading, for the rest of the transaction. What was found at one schema is not to be remembered
/// for the next, where PostgreSQL may write it otherwise.
#[expect(clippy::disallowed_methods, reason = "the text is constant")]
pub(super) fn prepare(pg: &mut PgConnection) -> QueryResult<()> {
    let prelude = prelude("pg_catalog", LOCK_TIMEOUT);
    pg.batch_execute(&format!(
        "{prelude}{BY_INDEX}SET LOCAL enable_memoize TO off;\n"
    ))
}

/// The SHA-256 of each text, in hexadecimal digits. PostgreSQL has it; and there are few, one for each way in which
/// schemata differ.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the texts are values"
)]
pub(super) fn fingerprints(pg: &mut PgConnection, texts: &[String]) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Fingerprint {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let query = diesel::sql_query(
        "SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(t.text, 'UTF8')), 'hex') AS text \
         FROM pg_catalog.unnest($1) WITH ORDINALITY AS t (text, position) ORDER BY t.position",
    );
    let found: Vec<Fingerprint> = query.bind::<Array<Text>, _>(texts).load(pg)?;
    Ok(found.into_iter().map(|it| it.text).collect())
}
