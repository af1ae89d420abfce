//! What has to be known before a schema is made, asked in one statement.

use diesel::deserialize;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::row::NamedRow;
use diesel::sql_types::{Array, Bool, Nullable, Text};

use super::lock::Lock;
use super::table::settings;
use crate::kept::{Kept, Value};
use crate::template::{Ground, Ids};

/// What is found.
pub(super) struct Preflight {
    /// Whether the lock of what it is a copy of is shared now: nobody migrates that.
    pub(super) is_shared: bool,
    /// The schemata that have the name or the label already.
    pub(super) taken: Vec<String>,
    /// Whether PostgreSQL has a schema of the name.
    pub(super) is_stray: bool,
    /// Whether functions of others run whenever something is made.
    pub(super) is_watched: bool,
    pub(super) ids: Ids,
    pub(super) ground: Ground,
}

impl Preflight {
    /// `source` is what the schema is a copy of. `restores` if the settings of the connection are to be put back.
    pub(super) fn of(
        pg: &mut PgConnection,
        source: Lock,
        name: &str,
        label: &str,
        restores: bool,
    ) -> QueryResult<Self> {
        let text = format!(
            "SELECT {} AS is_shared, \
             ARRAY(SELECT s.name FROM multischema.schemas s WHERE s.name OPERATOR(pg_catalog.=) $2 \
             OR s.label OPERATOR(pg_catalog.=) $3) AS taken, \
             EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) $4::pg_catalog.name) AS is_stray, \
             EXISTS (SELECT FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled OPERATOR(pg_catalog.<>) 'D') AS is_watched, \
             (SELECT s.value FROM multischema.settings s WHERE s.key OPERATOR(pg_catalog.=) '{}') AS ids, {}",
            Lock::share_in_transaction("$1"),
            Ids::SETTING,
            Ground::columns(restores),
        );
        let values = [
            Value::Integer(source.id()),
            Value::Text(name),
            Value::Text(label),
            Value::Text(name),
        ];
        Kept::new(text, values).get_result(pg)
    }
}

impl QueryableByName<Pg> for Preflight {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        let ids: Option<String> = NamedRow::get::<Nullable<Text>, _>(row, "ids")?;
        Ok(Self {
            is_shared: NamedRow::get::<Bool, _>(row, "is_shared")?,
            taken: NamedRow::get::<Array<Text>, _>(row, "taken")?,
            is_stray: NamedRow::get::<Bool, _>(row, "is_stray")?,
            is_watched: NamedRow::get::<Bool, _>(row, "is_watched")?,
            ids: ids_of(ids)?,
            ground: Ground::build(row)?,
        })
    }
}

/// Whether ids are unique across schemata.
pub(crate) fn found_ids(pg: &mut PgConnection) -> QueryResult<Ids> {
    let word = settings::table.find(Ids::SETTING).select(settings::value);
    let word: Option<String> = word.first(pg).optional()?;
    ids_of(word).map_err(|error| Error::DeserializationError(error.into()))
}

/// The same, by the word for it that is set.
pub(super) fn ids_of(word: Option<String>) -> Result<Ids, String> {
    match word {
        None => Ok(Ids::default()),
        Some(word) => Ids::from_word(&word)
            .ok_or_else(|| format!("unknown word {word:?} for `ids` in `multischema.settings`")),
    }
}
