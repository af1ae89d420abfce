//! What may be done with a schema at a time of its life.

use std::fmt;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;

/// What may be done with a schema now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[non_exhaustive]
pub enum SchemaStatus {
    /// It is being made by a back end that needs several steps, and cannot be used yet.
    Provisioning,
    /// It is in use.
    Active,
    /// It cannot be checked out for now. Its rows are kept and its migrations run.
    Suspended,
    /// It is put away; restore it first.
    Archived,
    /// It was to be made and is not complete.
    Failed,
    /// It is being removed for good, or was and is not gone yet: [purge](crate::Registry::purge) it again.
    Purging,
}

impl SchemaStatus {
    /// All that there are.
    pub const ALL: &'static [Self] = &[
        Self::Provisioning,
        Self::Active,
        Self::Suspended,
        Self::Archived,
        Self::Failed,
        Self::Purging,
    ];

    /// Returns the word for it, as it is in the registry's table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Archived => "archived",
            Self::Failed => "failed",
            Self::Purging => "purging",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|status| status.as_str() == word)
    }
}

impl fmt::Display for SchemaStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromSql<Text, Pg> for SchemaStatus {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let word = <String as FromSql<Text, Pg>>::from_sql(value)?;
        Self::from_word(&word).ok_or_else(|| format!("unknown status {word:?} of a schema").into())
    }
}

impl ToSql<Text, Pg> for SchemaStatus {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.as_str().as_bytes())?;
        Ok(IsNull::No)
    }
}
