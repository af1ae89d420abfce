//! What an error of PostgreSQL means for a form.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};

use crate::model::FieldErrors;
use crate::structure::Table;

/// What an error means.
#[derive(Debug)]
pub(crate) enum Explained {
    /// Fields have what cannot be there.
    Fields(FieldErrors),
    /// Some value is refused; these are PostgreSQL's words.
    Value(String),
    /// It has nothing to do with what was put in.
    Not,
}

/// Explains an error that a row of the table was refused with.
pub(crate) fn of(error: &Error, table: &Table) -> Explained {
    let Error::DatabaseError(kind, info) = error else {
        return Explained::Not;
    };
    let words = match kind {
        DatabaseErrorKind::NotNullViolation => "This is required.",
        DatabaseErrorKind::UniqueViolation => "There is one with this already.",
        DatabaseErrorKind::ForeignKeyViolation => "There is nothing that this could refer to.",
        DatabaseErrorKind::CheckViolation => {
            let words = format!("This is refused by the rule {}.", rule(&**info));
            // Of a domain, it is said which type a value cannot have, and not which column.
            return match info.table_name() {
                None => Explained::Value(words),
                Some(_) => fields(table, &**info, &words),
            };
        }
        DatabaseErrorKind::ExclusionViolation => "This collides with another one.",
        DatabaseErrorKind::Unknown => return unknown(&**info),
        _ => return Explained::Not,
    };
    fields(table, &**info, words)
}

/// Whether a statement was ended as it took too long. Diesel passes no code on, here and below: what an error is about is known by its words,
/// which may be in another language; then it is told as if it was about a value.
pub(crate) fn is_too_long(message: &str) -> bool {
    message.starts_with("canceling statement due to")
}

/// Whether something is missing that the template has.
pub(crate) fn is_behind(message: &str) -> bool {
    message.ends_with("does not exist")
}

fn unknown(info: &dyn DatabaseErrorInformation) -> Explained {
    let message = info.message();
    let begins = [
        "permission denied",
        "must be owner",
        "terminating connection",
        "could not ",
        "out of ",
        "current transaction is aborted",
        "cache lookup failed",
        "deadlock detected",
        "too many ",
        "no space left",
        "disk full",
    ];
    let is_other = is_too_long(message)
        || is_behind(message)
        || begins.iter().any(|it| message.starts_with(it));
    match is_other {
        true => Explained::Not,
        false => Explained::Value(format!("{}.", message.trim_end_matches('.'))),
    }
}

fn fields(table: &Table, info: &dyn DatabaseErrorInformation, words: &str) -> Explained {
    let mut errors = FieldErrors::new();
    let is_here = info.table_name().is_none_or(|it| it == table.name);
    let rule = table
        .rules
        .iter()
        .find(|it| Some(it.name.as_str()) == info.constraint_name());
    let columns: Vec<&str> = match (info.column_name(), rule) {
        _ if !is_here => Vec::new(),
        (Some(column), _) => vec![column],
        (None, Some(rule)) => rule.columns.iter().map(String::as_str).collect(),
        (None, None) => Vec::new(),
    };
    match columns.as_slice() {
        [] => errors.add_whole(words),
        columns => columns.iter().for_each(|it| errors.add(*it, words)),
    }
    Explained::Fields(errors)
}

fn rule(info: &dyn DatabaseErrorInformation) -> &str {
    info.constraint_name().unwrap_or("of the table")
}

/// Whether a value is refused, and the statement is not at fault.
pub(crate) fn is_about_value(error: &Error, table: &Table) -> bool {
    matches!(of(error, table), Explained::Value(_))
}
