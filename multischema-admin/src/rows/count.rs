//! How many rows a list has on all of its pages.

use diesel::QueryResult;

use super::sql::{Relation, Sql, parsed};

/// How many rows are counted before it is said that there are more.
pub(crate) const COUNTED: usize = 10_000;
/// Rows are short if more than so many are in a page of a table: those that are counted are in 2 MB then.
const SHORT: usize = 40;

/// How many rows there are on all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Exactly(usize),
    MoreThan(usize),
    /// By the last statistics.
    About(usize),
}

impl Count {
    /// Reads what the other functions ask for: how many were counted, and how many there were by the last statistics.
    pub(super) fn parse(text: &str) -> QueryResult<Self> {
        let (counted, estimated): (usize, usize) = parsed(text)?;
        Ok(if counted <= COUNTED {
            Self::Exactly(counted)
        } else if estimated > COUNTED {
            Self::About(estimated)
        } else {
            Self::MoreThan(COUNTED)
        })
    }

    /// Counts what has to be looked for: once.
    pub(super) fn of_some(rows: &str) -> String {
        text(&counted(rows), "0", "")
    }

    /// Counts rows along an index that has these columns: if it has no others, what is passed over is passed on as it is in there, which takes
    /// less time than to make an empty row of it.
    pub(super) fn of_indexed(rows: &str, columns: &str) -> String {
        text(&counted_soon(&passes(columns, rows), rows), "0", "")
    }

    /// Counts all rows of a table. Where they are short they are passed on as they are, which takes less time than to make empty rows of them.
    pub(super) fn of_all(sql: &mut Sql, of: &Relation) -> String {
        let rows = format!("FROM {of} t");
        let (whole, empty) = (passes("*", &rows), passes("", &rows));
        let passes = match of.is_unaltered() {
            true => {
                format!(
                    "CASE WHEN c.reltuples > c.relpages * {SHORT} THEN {whole} ELSE {empty} END"
                )
            }
            // Each would be taken apart.
            false => empty,
        };
        let of = sql.bind(of.to_string());
        text(
            &counted_soon(&passes, &rows),
            "greatest(c.reltuples, 0)::pg_catalog.int8",
            &format!(" FROM pg_catalog.pg_class c WHERE c.oid = {of}::pg_catalog.regclass"),
        )
    }
}

fn counted(rows: &str) -> String {
    let most = COUNTED + 1;
    format!("(SELECT pg_catalog.count(*) FROM (SELECT {rows} LIMIT {most}) c)")
}

/// To pass over rows is cheaper than to count them.
fn counted_soon(passes: &str, rows: &str) -> String {
    let (most, counted) = (COUNTED + 1, counted(rows));
    format!("CASE WHEN {passes} THEN {most} ELSE {counted} END")
}

fn passes(columns: &str, rows: &str) -> String {
    format!("EXISTS (SELECT {columns} {rows} OFFSET {COUNTED})")
}

/// In a statement of its own, which does not depend on a row: it is evaluated once. Of the functions that could write a list, this one is known to
/// leave nothing on the connection.
fn text(counted: &str, estimated: &str, from: &str) -> String {
    format!("(SELECT pg_catalog.concat('[', {counted}, ',', {estimated}, ']'){from})")
}
