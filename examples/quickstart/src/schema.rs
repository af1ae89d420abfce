//! The tables, as `multischema print-schema --out src/schema` writes them, and what it cannot know.
//!
//! What all share is declared with its schema; what each customer has, without one.

use std::fmt;
use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use serde::Deserialize;

mod global;
mod tenant;

pub use global::countries;
pub use tenant::{pupils, schools, sql_types};

// A view; PostgreSQL knows no key of it, but each pupil is in it once, and none of its columns is ever NULL.
diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Level;

    pupil_directory (id) {
        id -> BigInt,
        name -> Text,
        level -> Level,
        school -> Text,
        country -> Text,
    }
}

/// How far a pupil has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Level)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Primary,
    LowerSecondary,
    UpperSecondary,
}

impl Level {
    const ALL: [Self; 3] = [Self::Primary, Self::LowerSecondary, Self::UpperSecondary];

    /// Returns what PostgreSQL calls it.
    fn label(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::LowerSecondary => "lower_secondary",
            Self::UpperSecondary => "upper_secondary",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.label().replace('_', " "))
    }
}

impl ToSql<sql_types::Level, Pg> for Level {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.label().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Level, Pg> for Level {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let found = value.as_bytes();
        Self::ALL
            .into_iter()
            .find(|level| level.label().as_bytes() == found)
            .ok_or_else(|| format!("unknown level `{}`", String::from_utf8_lossy(found)).into())
    }
}
