//! The tables, as the migrations make them.
//!
//! What all share is declared with its schema; what each customer has, without one.

use std::fmt;
use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use serde::Deserialize;

/// Types that Diesel does not know.
pub mod sql_types {
    /// The enum `level`, named without a schema: each customer has a type of their own.
    #[derive(Debug, Clone, Copy, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "level"))]
    pub struct Level;
}

diesel::table! {
    public.countries (alpha2) {
        alpha2 -> Text,
        alpha3 -> Text,
        numeric -> Text,
        name -> Text,
    }
}

diesel::table! {
    schools (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Level;

    pupils (id) {
        id -> BigInt,
        school_id -> BigInt,
        given_name -> Text,
        family_name -> Text,
        born -> Date,
        country -> Text,
        level -> Level,
        joined -> Date,
    }
}

// A view; PostgreSQL knows no key of it, but each pupil is in it once.
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

diesel::joinable!(pupils -> schools (school_id));
diesel::joinable!(pupils -> countries (country));
diesel::allow_tables_to_appear_in_same_query!(countries, pupil_directory, pupils, schools);

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
