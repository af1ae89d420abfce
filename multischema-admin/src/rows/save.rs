//! Saving what a form has.

use std::collections::BTreeMap;

use diesel::result::Error as DieselError;
use multischema::ScopedConnection;
use multischema_axum::DbError;

use super::explain::{self, Explained};
use super::key::Key;
use super::object::{Object, ReadObject, values};
use super::reach::{Job, Reach};
use super::sql::{Name, Relation, Sql, add, joined, parsed};
use super::write::Written;
use crate::log::{Change, Entry};
use crate::model::FieldErrors;
use crate::structure::Table;

/// Makes a row, or changes one.
#[derive(Debug, Clone)]
pub(crate) struct Save {
    pub(crate) of: Relation,
    pub(crate) table: Table,
    pub(crate) display: Vec<String>,
    /// Of the fields that were in the form.
    pub(crate) values: BTreeMap<String, Option<String>>,
    /// The object and the version that the form was made of; none makes a new one.
    pub(crate) existing: Option<(Key, String)>,
    /// The columns that the log may tell of.
    pub(crate) visible: Vec<String>,
    /// What the log says but for what was changed.
    pub(crate) entry: Entry,
}

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) key: Key,
    pub(crate) label: String,
    pub(crate) is_changed: bool,
}

/// Why nothing was saved.
#[derive(Debug)]
pub(crate) enum SaveError {
    /// Somebody deleted it.
    Gone,
    /// Somebody changed it; this is how it is now.
    Changed(Box<Object>),
    Fields(FieldErrors),
}

/// Ends the transaction.
enum Halt {
    Save(SaveError),
    Database(DieselError),
}

impl From<DieselError> for Halt {
    fn from(error: DieselError) -> Self {
        Self::Database(error)
    }
}

impl Job for Save {
    type Output = Result<Saved, SaveError>;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Self::Output, DbError> {
        let saved = conn.briefly(|conn| match &self.existing {
            None => self.insert(conn),
            Some((key, version)) => self.update(conn, key, version),
        });
        match saved {
            Ok(saved) => Ok(Ok(saved)),
            Err(Halt::Save(error)) => Ok(Err(error)),
            Err(Halt::Database(error)) => match explain::of(&error, &self.table) {
                Explained::Fields(errors) => Ok(Err(SaveError::Fields(errors))),
                Explained::Value(words) => self
                    .find_fault(conn, words)
                    .map(|it| Err(SaveError::Fields(it))),
                Explained::Not => Err(DbError::Query(error)),
            },
        }
    }
}

impl Save {
    fn insert<C: ScopedConnection>(&self, conn: &mut C) -> Result<Saved, Halt> {
        // What is left empty is made by PostgreSQL, if it makes it.
        let given = self.values.iter().filter(|(name, value)| {
            value.is_some() || self.table.column(name).is_some_and(|it| !it.has_default)
        });
        let written = self.written(given.map(|(name, value)| (name.as_str(), value.as_deref())))?;
        let mut sql = Sql::new();
        add!(sql, "INSERT INTO {} AS t ", self.of);
        if written.is_empty() {
            add!(sql, "DEFAULT VALUES");
        } else {
            let columns = joined(written.columns().map(Name), ", ");
            let record = self.record(&mut sql, &written);
            add!(sql, "({columns}) SELECT {columns} FROM {record}");
        }
        self.returning(&mut sql);
        let lines = sql.lines(conn)?;
        let (key, object) = self.returned(lines.first())?;
        let changes = object
            .values
            .into_iter()
            .filter(|(name, value)| value.is_some() && self.values.contains_key(name));
        let changes = changes.map(|(field, new)| Change {
            field,
            old: None,
            new,
        });
        self.noted(conn, key, object.label, &changes.collect::<Vec<_>>())
    }

    fn update<C: ScopedConnection>(
        &self,
        conn: &mut C,
        key: &Key,
        version: &str,
    ) -> Result<Saved, Halt> {
        let read = ReadObject {
            of: self.of.clone(),
            table: self.table.clone(),
            key: key.clone(),
            display: self.display.clone(),
        };
        let before = read.read(conn, " FOR NO KEY UPDATE OF t")?;
        let before = before.ok_or(Halt::Save(SaveError::Gone))?;
        if before.version != version {
            return Err(Halt::Save(SaveError::Changed(Box::new(before))));
        }
        let is_other = |name: &str, value: &Option<String>| {
            let old = before.values.get(name);
            old.is_some_and(|old| as_sent(old) != as_sent(value))
        };
        let changed = self
            .values
            .iter()
            .filter(|(name, value)| is_other(name, value));
        let written =
            self.written(changed.map(|(name, value)| (name.as_str(), value.as_deref())))?;
        if written.is_empty() {
            return Ok(Saved {
                label: before.label.unwrap_or_else(|| key.to_string()),
                key: key.clone(),
                is_changed: false,
            });
        }
        let mut sql = Sql::new();
        let columns: Vec<Name<'_>> = written.columns().map(Name).collect();
        let columns = joined(columns, ", ");
        let record = self.record(&mut sql, &written);
        add!(
            sql,
            "UPDATE {} AS t SET ({columns}) = (SELECT {columns} FROM {record}) WHERE ",
            self.of
        );
        let condition = key.condition(&mut sql, &self.of, &self.table.key);
        add!(sql, "{condition}");
        self.returning(&mut sql);
        let lines = sql.lines(conn)?;
        // A trigger or a rule may have kept it as it was.
        let (key, after) = self.returned(lines.first())?;
        let changes = after.values.into_iter().filter_map(|(field, new)| {
            let old = before.values.get(&field).cloned().flatten();
            let is_told = old != new && self.visible.contains(&field);
            is_told.then_some(Change { field, old, new })
        });
        self.noted(conn, key, after.label, &changes.collect::<Vec<_>>())
    }

    fn noted<C: ScopedConnection>(
        &self,
        conn: &mut C,
        key: Key,
        label: Option<String>,
        changes: &[Change],
    ) -> Result<Saved, Halt> {
        let label = label.unwrap_or_else(|| key.to_string());
        self.entry.write(conn, &key, &label, changes)?;
        Ok(Saved {
            key,
            label,
            is_changed: true,
        })
    }

    fn written<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<Written, Halt> {
        Written::of(&self.table, values).map_err(|errors| Halt::Save(SaveError::Fields(errors)))
    }

    fn record(&self, sql: &mut Sql, written: &Written) -> String {
        let row = format!("[{}]", written.json());
        self.of.records(sql, row, written.columns(), "r")
    }

    fn returning(&self, sql: &mut Sql) {
        let key = joined(
            self.table
                .key
                .iter()
                .map(|it| format!("t.{}::pg_catalog.text", Name(it))),
            ", ",
        );
        let display = super::list::displayed("t", &self.display);
        let values = values(&self.table.columns);
        add!(
            *sql,
            " RETURNING pg_catalog.json_build_array(pg_catalog.json_build_array({key}), pg_catalog.json_build_object(\
             'version', '', 'label', {display}, 'values', {values}))::pg_catalog.text AS line"
        );
    }

    fn returned(&self, line: Option<&String>) -> Result<(Key, Object), Halt> {
        let line = line.ok_or(Halt::Save(SaveError::Gone))?;
        let (key, object): (Vec<String>, Object) = parsed(line)?;
        Ok((Key(key), object))
    }

    /// Finds which value PostgreSQL refuses, by giving it each alone. It says of a row only that there is one.
    fn find_fault<C: Reach>(&self, conn: &mut C, words: String) -> Result<FieldErrors, DbError> {
        let given = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_deref()));
        let written = match Written::of(&self.table, given) {
            Ok(written) => written,
            Err(errors) => return Ok(errors),
        };
        let mut errors = FieldErrors::new();
        for (name, alone) in written.each() {
            let mut sql = Sql::new();
            let record = self.record(&mut sql, &alone);
            add!(
                sql,
                "SELECT pg_catalog.left(r.{0}::pg_catalog.text, 0) AS line FROM {record} WHERE r.{0} IS NOT NULL",
                Name(name)
            );
            let tried = conn.whole(|conn| sql.lines(conn).map(drop));
            if let Err(error) = tried {
                match explain::of(&error, &self.table) {
                    Explained::Value(words) => errors.add(name, words),
                    Explained::Fields(_) => errors.add(name, "This value is refused."),
                    Explained::Not => return Err(DbError::Query(error)),
                }
            }
        }
        if errors.is_empty() {
            errors.add_whole(words);
        }
        Ok(errors)
    }
}

/// A value as a form brings it back if nobody changes it: a browser has one kind of line break, and nothing for NULL and for empty text.
fn as_sent(value: &Option<String>) -> Option<String> {
    let value = value.as_ref()?.replace("\r\n", "\n").replace('\r', "\n");
    (!value.is_empty()).then_some(value)
}
