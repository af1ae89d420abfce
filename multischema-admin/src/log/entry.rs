//! What is written into the log.

use diesel::QueryResult;
use multischema::ScopedConnection;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::rows::{Key, Sql, add};

/// What was done with an object, but for which one.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) user: String,
    /// The number and the name of the schema; none for what all share.
    pub(crate) schema: Option<(i32, String)>,
    pub(crate) model: String,
    /// `add`, `change`, `delete`, or the name of an action.
    pub(crate) action: String,
}

/// What became of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) field: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

impl Entry {
    /// Writes it, in the transaction of what was done.
    pub(crate) fn write<C: ScopedConnection>(
        &self,
        conn: &mut C,
        key: &Key,
        label: &str,
        changes: &[Change],
    ) -> QueryResult<()> {
        let changes: Map<String, Value> = changes
            .iter()
            .map(|it| (it.field.clone(), serde_json::json!([it.old, it.new])))
            .collect();
        let mut row = self.row();
        row.insert("object_pk".to_owned(), key.to_string().into());
        row.insert("object_label".to_owned(), label.into());
        row.insert("changes".to_owned(), changes.into());
        let mut sql = Sql::new();
        let row = sql.bind(Value::Object(row).to_string());
        add!(
            sql,
            "INSERT INTO multischema.log_entries (user_name, schema_id, schema_name, model, object_pk, object_label, action, changes) \
             SELECT user_name, schema_id, schema_name, model, object_pk, object_label, action, changes \
             FROM pg_catalog.json_populate_record(NULL::multischema.log_entries, {row}::pg_catalog.json) RETURNING '' AS line"
        );
        sql.lines(conn).map(drop)
    }

    /// As [`write`](Self::write), for objects of which it is not known what became of them.
    pub(crate) fn write_each<C: ScopedConnection>(
        &self,
        conn: &mut C,
        keys: &[Key],
    ) -> QueryResult<()> {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let mut sql = Sql::new();
        let row = sql.bind(self.json());
        let keys = sql.bind(Value::from(keys).to_string());
        add!(
            sql,
            "INSERT INTO multischema.log_entries (user_name, schema_id, schema_name, model, object_pk, object_label, action) \
             SELECT e.user_name, e.schema_id, e.schema_name, e.model, k.key, k.key, e.action \
             FROM pg_catalog.json_populate_record(NULL::multischema.log_entries, {row}::pg_catalog.json) e, \
             pg_catalog.json_array_elements_text({keys}::pg_catalog.json) k (key) RETURNING '' AS line"
        );
        sql.lines(conn).map(drop)
    }

    /// The row of the log, as JSON, but for which object it is.
    pub(crate) fn json(&self) -> String {
        Value::Object(self.row()).to_string()
    }

    fn row(&self) -> Map<String, Value> {
        let row = [
            ("user_name", Value::from(self.user.clone())),
            ("schema_id", self.schema.as_ref().map(|it| it.0).into()),
            (
                "schema_name",
                self.schema.as_ref().map(|it| it.1.clone()).into(),
            ),
            ("model", self.model.clone().into()),
            ("action", self.action.clone().into()),
        ];
        row.into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
