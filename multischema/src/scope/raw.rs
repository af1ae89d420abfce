//! What a scope may have left on a connection, as far as the texts that it sent give it away.
//!
//! No list of words is complete: a function can do anything. What the text gives away is checked before
//! the next statement; much of the rest is undone when the scope is left.

use std::any::{TypeId, type_name};
use std::collections::HashMap;

use diesel::QueryResult;
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{QueryBuilder, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error};

use super::calls::calls_unknown;

/// What may be left, in the order of how much.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Left {
    /// What the DSL leaves.
    #[default]
    Nothing,
    /// What a function leaves that the text called.
    Function,
    /// Whatever text can, an open transaction among it.
    Anything,
}

/// What is noted of the texts of one scope.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Raw {
    pub(super) left: Left,
    /// The connection may have been moved: ask where it is before the next statement.
    pub(super) suspect: bool,
    /// `BEGIN` was sent and its end was not; Diesel does not know if a user sent it.
    pub(super) begun: bool,
    /// Statements were prepared by hand, or by Diesel for all schemata alike.
    pub(super) prepared: bool,
    /// Statements that Diesel believes to be prepared may be gone.
    pub(super) deallocated: bool,
}

impl Raw {
    /// Notes one statement of text that is not, or not only, the DSL's.
    pub(super) fn note_statement(&mut self, text: &str) {
        if is_plain(text) {
            self.left = self.left.max(Left::Function);
        } else {
            self.note_batch(text);
        }
    }

    /// Notes text of any number of statements.
    pub(super) fn note_batch(&mut self, text: &str) {
        self.left = Left::Anything;
        self.suspect = true;
        self.prepared |= contains(text, "prepare");
        self.deallocated |= contains(text, "deallocate") || contains(text, "discard");
    }

    /// Notes that the connection itself was handed out.
    pub(super) fn note_handed_out(&mut self) {
        self.left = Left::Anything;
        self.suspect = true;
        self.prepared = true;
        self.deallocated = true;
    }

    /// Notes that a statement failed. Where PostgreSQL did not say why in a way that Diesel understands, there may
    /// be no more connection: when the scope is left, one message finds out. Diesel does not notice by itself if
    /// it was about to prepare the statement.
    pub(super) fn note_error(&mut self, error: &Error) {
        use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand, Unknown};

        if let Error::DatabaseError(Unknown | ClosedConnection | UnableToSendCommand, _) = error {
            self.left = self.left.max(Left::Function);
        }
    }

    /// Notes that a transaction was opened or ended.
    pub(super) fn note_control(&mut self, control: Control) {
        match control {
            Control::Begin => self.begun = true,
            Control::End => self.begun = false,
            Control::Savepoint | Control::Release | Control::RollBackTo => {}
        }
        // A search path that was put right again inside is undone, too.
        self.suspect |= control.undoes() && self.left > Left::Nothing;
    }
}

/// One statement that opens or ends a transaction or savepoint, and does nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Begin,
    Savepoint,
    Release,
    RollBackTo,
    End,
}

impl Control {
    pub(super) fn of(text: &str) -> Option<Self> {
        if is_several(text) {
            return None;
        }
        let text = text.trim().trim_end_matches(';').to_ascii_uppercase();
        let mut words = text.split_ascii_whitespace();
        let (first, rest) = (words.next()?, words.collect::<Vec<_>>());
        match (first, &*rest) {
            ("BEGIN", _) | ("START", ["TRANSACTION", ..]) => Some(Self::Begin),
            ("SAVEPOINT", _) => Some(Self::Savepoint),
            ("RELEASE", _) => Some(Self::Release),
            ("ROLLBACK" | "ABORT", ["TO", ..] | ["WORK" | "TRANSACTION", "TO", ..]) => {
                Some(Self::RollBackTo)
            }
            // Not `AND CHAIN`, which begins the next one, or `PREPARED`, which is another's.
            ("COMMIT" | "END" | "ROLLBACK" | "ABORT", [] | ["WORK" | "TRANSACTION"]) => {
                Some(Self::End)
            }
            _ => None,
        }
    }

    /// Whether it undoes what was set before.
    pub(super) fn undoes(self) -> bool {
        matches!(self, Self::End | Self::RollBackTo)
    }

    /// Whether it must come through in whatever state the connection is.
    pub(super) fn is_way_out(self) -> bool {
        !matches!(self, Self::Begin | Self::Savepoint)
    }
}

/// Where the text of a query comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From the DSL, and it does not look as if it moved anything.
    Dsl {
        /// It calls a function that may leave something.
        calls: bool,
    },
    /// From elsewhere, or it may move the connection.
    Raw(String),
}

impl Origin {
    /// Looks at the text of `query`; at that of a query of a known type once.
    pub(super) fn of<Q>(query: &Q, known: &mut HashMap<TypeId, bool>) -> QueryResult<Self>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        let id = Q::query_id();
        if let Some(&calls) = id.and_then(|id| known.get(&id)) {
            return Ok(Self::Dsl { calls });
        }
        let mut builder = PgQueryBuilder::default();
        query.to_sql(&mut builder, &Pg)?;
        let text = builder.finish();
        if !(is_plain(&text) && written_by_dsl(query)?) {
            return Ok(Self::Raw(text));
        }
        let calls = calls_unknown(&text);
        known.extend(id.map(|id| (id, calls)));
        Ok(Self::Dsl { calls })
    }
}

/// Returns whether all of the query's text comes from Diesel's DSL.
///
/// Diesel says so of whatever it caches. It caches no `UPDATE`, no upsert and no batch of rows, either,
/// because their text varies; these are told from raw text by the name of their type, unless it hides
/// the types inside. If a new Diesel names them otherwise, they count as raw: slower, not unsafe.
fn written_by_dsl<Q: QueryFragment<Pg>>(query: &Q) -> QueryResult<bool> {
    const STATEMENTS: [&str; 2] = [
        "diesel::query_builder::insert_statement::InsertStatement<",
        "diesel::query_builder::update_statement::UpdateStatement<",
    ];
    const HIDING: [&str; 3] = ["SqlLiteral", "Boxed", "dyn "];

    if query.is_safe_to_cache_prepared(&Pg)? {
        return Ok(true);
    }
    let name = type_name::<Q>();
    let is_statement = STATEMENTS.iter().any(|prefix| name.starts_with(prefix));
    Ok(is_statement && !HIDING.iter().any(|part| name.contains(part)))
}

/// Returns whether one statement looks as if it read or wrote rows and did nothing else.
fn is_plain(text: &str) -> bool {
    const PLAIN: [&str; 7] = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "COPY",
    ];
    // `UPDATE pg_settings` is `set_config` in disguise.
    const MOVERS: [&str; 2] = ["set_config", "pg_settings"];

    // Diesel puts combined queries into parentheses.
    let start = text.trim_start_matches(|char: char| char.is_whitespace() || char == '(');
    let end = start
        .find(|char: char| !char.is_ascii_alphabetic())
        .unwrap_or(start.len());
    let first = &start[..end];
    PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(first))
        && !MOVERS.iter().any(|mover| contains(text, mover))
}

/// Returns whether the text may be several statements; one may end in a semicolon.
pub(super) fn is_several(text: &str) -> bool {
    text.trim_end().trim_end_matches(';').contains(';')
}

fn contains(text: &str, word: &str) -> bool {
    let mut windows = text.as_bytes().windows(word.len());
    windows.any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_statements_may_leave_what_a_function_leaves_and_are_not_suspect() {
        for text in [
            "SELECT 1",
            "  select now()",
            "WITH a AS (SELECT 1) TABLE a",
            "(SELECT 1) UNION (SELECT 2)",
        ] {
            let mut raw = Raw::default();
            raw.note_statement(text);
            assert!(raw.left == Left::Function && !raw.suspect, "for {text:?}");
        }
    }

    #[test]
    fn whatever_else_it_is_it_is_suspect() {
        let texts = [
            "SET search_path = b",
            "SET SCHEMA 'b'",
            "RESET ALL",
            "DO $$ BEGIN END $$",
            "CALL move()",
            "/* SELECT */ SET ROLE b",
            "",
            "SELECT pg_catalog.SET_CONFIG('search_path', 'b', false)",
            "UPDATE pg_settings SET setting = 'b' WHERE name = 'search_path'",
        ];
        for text in texts {
            let mut raw = Raw::default();
            raw.note_statement(text);
            assert!(raw.left == Left::Anything && raw.suspect, "for {text:?}");
        }
    }

    #[test]
    fn only_bare_transaction_control_is_control() {
        let cases = [
            ("BEGIN", Some(Control::Begin)),
            ("begin transaction read only;", Some(Control::Begin)),
            ("START TRANSACTION", Some(Control::Begin)),
            ("COMMIT", Some(Control::End)),
            (" end ; ", Some(Control::End)),
            ("ROLLBACK;", Some(Control::End)),
            ("ABORT", Some(Control::End)),
            ("SAVEPOINT diesel_savepoint_1", Some(Control::Savepoint)),
            (
                "RELEASE SAVEPOINT diesel_savepoint_1",
                Some(Control::Release),
            ),
            (
                "ROLLBACK TO SAVEPOINT diesel_savepoint_1",
                Some(Control::RollBackTo),
            ),
            ("rollback to mine", Some(Control::RollBackTo)),
            ("ROLLBACK; SET search_path = b", None),
            ("BEGIN; SET search_path = b", None),
            ("COMMIT AND CHAIN", None),
            ("COMMIT AND CHAIN/* go on */", None),
            ("ROLLBACK WORK TO mine", Some(Control::RollBackTo)),
            ("ROLLBACK PREPARED 'x'", None),
            ("SET search_path = b", None),
            ("", None),
        ];
        for (text, control) in cases {
            assert_eq!(Control::of(text), control, "for {text:?}");
        }
    }

    #[test]
    fn what_undoes_makes_a_raw_scope_suspect_again() {
        for (control, suspect) in [
            (Control::End, true),
            (Control::RollBackTo, true),
            (Control::Begin, false),
            (Control::Release, false),
        ] {
            let mut raw = Raw::default();
            raw.note_statement("SELECT 1");
            raw.note_control(control);
            assert_eq!(raw.suspect, suspect, "after {control:?}");

            let mut dsl_only = Raw::default();
            dsl_only.note_control(control);
            assert!(!dsl_only.suspect, "after {control:?}");
        }
    }
}
