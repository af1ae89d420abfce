//! Deleting objects, with what goes with them.

use diesel::QueryResult;
use multischema::ScopedConnection;
use multischema_axum::DbError;

use super::count::COUNTED;
use super::explain::{self, Explained};
use super::key::Key;
use super::list::displayed;
use super::object::values;
use super::reach::{Job, Reach};
use super::sql::{Sql, add};
use super::survey::{Survey, Surveyed};
use crate::log::Entry;

/// Deletes objects, if they are what the user was shown.
#[derive(Debug, Clone)]
pub(crate) struct Erase {
    pub(crate) survey: Survey,
    /// Of each part, whether the user may delete its rows.
    pub(crate) may: Vec<bool>,
    /// What [`Surveyed::seen`] was.
    pub(crate) seen: String,
    /// The columns of which the log keeps the last values.
    pub(crate) visible: Vec<String>,
    pub(crate) entry: Entry,
}

/// What came of it. But for the first, nothing was deleted.
#[derive(Debug)]
pub(crate) enum Erased {
    /// That many.
    Done(usize),
    /// They are gone already.
    Gone,
    /// It is not what the user was shown, or may not be.
    Not(Box<Surveyed>),
    /// PostgreSQL, or a trigger, refuses.
    Refused(String),
}

impl Surveyed {
    /// Whether it can be deleted by somebody who may delete the rows of these parts.
    pub(crate) fn may(&self, may: &[bool]) -> bool {
        self.is_allowed(may) && self.protecting.is_empty() && self.objects <= COUNTED
    }

    /// Whether the rows of these parts are all that goes. If not all was looked at, it may be of any part.
    pub(crate) fn is_allowed(&self, may: &[bool]) -> bool {
        match self.is_cut {
            true => may.iter().all(|it| *it),
            false => self
                .deleted
                .iter()
                .all(|it| may.get(it.part) == Some(&true)),
        }
    }
}

impl Job for Erase {
    type Output = Erased;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Erased, DbError> {
        let erased = conn.briefly(|conn| {
            let (found, keys) = self.survey.walk(conn, " FOR UPDATE OF t")?;
            if keys.is_empty() {
                return Ok(Erased::Gone);
            }
            if found.seen != self.seen || !found.may(&self.may) {
                return Ok(Erased::Not(Box::new(found)));
            }
            self.delete(conn, &keys).map(Erased::Done)
        });
        match erased {
            Ok(erased) => Ok(erased),
            Err(error) => match explain::of(&error, &self.survey.parts[0].table) {
                Explained::Fields(_) => Ok(Erased::Refused(
                    "Something refers to it that cannot be without it.".to_owned(),
                )),
                Explained::Value(words) => Ok(Erased::Refused(words)),
                Explained::Not => Err(DbError::Query(error)),
            },
        }
    }
}

impl Erase {
    /// Deletes, and has the log keep the last values, in one statement, so that they need not come here.
    fn delete<C: ScopedConnection>(&self, conn: &mut C, keys: &[Key]) -> QueryResult<usize> {
        let part = &self.survey.parts[0];
        let mut sql = Sql::new();
        let entry = sql.bind(self.entry.json());
        let condition = Key::conditions(keys, &mut sql, &part.of, &part.table.key);
        let (key, label) = (Key::text(&part.table.key), displayed("t", &part.display));
        let kept = part
            .table
            .columns
            .iter()
            .filter(|it| self.visible.contains(&it.name));
        let values = values(kept);
        add!(
            sql,
            "WITH gone AS (DELETE FROM {} AS t WHERE {condition} RETURNING {key} AS pk, {label} AS label, {values} AS last) \
             INSERT INTO multischema.log_entries (user_name, schema_id, schema_name, model, object_pk, object_label, action, changes) \
             SELECT e.user_name, e.schema_id, e.schema_name, e.model, gone.pk, coalesce(gone.label, gone.pk), e.action, coalesce(\
             (SELECT pg_catalog.jsonb_object_agg(v.key, pg_catalog.jsonb_build_array(v.value, NULL)) \
             FROM pg_catalog.jsonb_each(gone.last) v WHERE v.value <> 'null'), '{{}}') \
             FROM gone, pg_catalog.json_populate_record(NULL::multischema.log_entries, {entry}::pg_catalog.json) e RETURNING '' AS line",
            part.of
        );
        Ok(sql.lines(conn)?.len())
    }
}
