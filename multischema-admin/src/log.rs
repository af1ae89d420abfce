//! The log: who did what, where.

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
        let row = serde_json::json!({
            "user_name": self.user,
            "schema_id": self.schema.as_ref().map(|it| it.0),
            "schema_name": self.schema.as_ref().map(|it| &it.1),
            "model": self.model,
            "object_pk": key.to_string(),
            "object_label": label,
            "action": self.action,
            "changes": changes,
        });
        let mut sql = Sql::new();
        let row = sql.bind(row.to_string());
        add!(
            sql,
            "INSERT INTO multischema.log_entries (user_name, schema_id, schema_name, model, object_pk, object_label, action, changes) \
             SELECT user_name, schema_id, schema_name, model, object_pk, object_label, action, changes \
             FROM pg_catalog.json_populate_record(NULL::multischema.log_entries, {row}::pg_catalog.json) RETURNING '' AS line"
        );
        sql.lines(conn).map(drop)
    }
}
