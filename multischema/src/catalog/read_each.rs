//! One statement that reads several schemata, one after the other.

use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::result::Error;
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::catalog::Catalog;
use super::read::{part, statement};
use super::relation;
use super::rows::Rows;
use super::schema;

/// Goes to each schema that is asked for, in their order, and reads it there.
///
/// What PostgreSQL writes depends on the search path, so that is set within the statement, by a function. The name that
/// the rest looks for comes from the answer of that function, and so nothing of a schema can be read before. That nobody
/// went on to the next too soon is asked with each row, when all of it was read.
const EACH: [&str; 2] = [
    "SELECT asked.position, r.kind, r.record, \
     pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.=) asked.path AS is_there \
     FROM (SELECT s.position, s.path, \
     CASE WHEN pg_catalog.set_config('search_path', s.path, true) IS NOT NULL THEN s.name END AS name \
     FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY AS s (name, path, position) OFFSET 0) AS asked \
     CROSS JOIN LATERAL (",
    ") AS r",
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    record: String,
    #[diesel(sql_type = Bool)]
    is_there: bool,
}

/// A schema to read.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) name: String,
    /// The search path that begins with it, as PostgreSQL writes it.
    pub(crate) path: String,
}

impl Catalog {
    /// Reads schemata, and hands each to `found` with its position among those asked for, before the next is read. One that
    /// is not there is left out.
    ///
    /// All is read that tells two schemata apart. The search path is changed for the rest of the transaction.
    #[expect(
        clippy::disallowed_methods,
        reason = "the text is constant, the names are values"
    )]
    pub(crate) fn read_each(
        pg: &mut PgConnection,
        asked: &[Asked],
        version: u32,
        mut found: impl FnMut(usize, Self),
    ) -> QueryResult<()> {
        let (names, paths): (Vec<&str>, Vec<&str>) =
            asked.iter().map(|it| (&*it.name, &*it.path)).unzip();
        let query = diesel::sql_query(text(version)).bind::<Array<Text>, _>(names);
        let query = query.bind::<Array<Text>, _>(paths);
        let mut read: Option<(i64, Self)> = None;
        let mut hand_on = |read: Option<(i64, Self)>| {
            let Some((position, mut catalog)) = read else {
                return;
            };
            catalog.sort();
            let position = usize::try_from(position - 1).unwrap_or(usize::MAX);
            if catalog.namespace.oid != 0 {
                found(position, catalog);
            }
        };
        for row in query.load_iter::<Row, PgRowByRowLoadingMode>(pg)? {
            let row = row?;
            if !row.is_there {
                return Err(Error::DeserializationError(
                    "the search path moved while a schema was read".into(),
                ));
            }
            match &mut read {
                Some((position, catalog)) if *position == row.position => {
                    catalog.take(&row.kind, &row.record)?;
                }
                _ => {
                    hand_on(read.take());
                    let mut catalog = Self::default();
                    catalog.take(&row.kind, &row.record)?;
                    read = Some((row.position, catalog));
                }
            }
        }
        hand_on(read);
        Ok(())
    }
}

fn text(version: u32) -> String {
    let compared = |rows: &Rows| rows.compared;
    let queries = Catalog::queries(version).into_iter();
    // What a copy could not have is no fact of anything.
    let asked = queries.filter(|it| it.kind != "other");
    let asked: Vec<&str> = asked.map(|it| part(it, compared)).collect();
    let [before, after] = EACH;
    let schema = schema::ROWS_OF_EACH.compared;
    let each = statement(schema, relation::ROWS.compared, &asked);
    format!("{before}{each}{after}")
}
