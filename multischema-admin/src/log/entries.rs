//! What is read from the log.

use std::collections::BTreeMap;

use multischema_axum::DbError;
use serde::Deserialize;

use crate::rows::{Job, Key, Reach, Sql, add, parsed};

/// Characters of a value that are shown.
const SHOWN: usize = 1_000;

/// Reads entries of the log, the newest first.
#[derive(Debug, Clone)]
pub(crate) struct Entries {
    pub(crate) of: Whose,
    /// Only such as were made before this one.
    pub(crate) before: Option<i64>,
    pub(crate) limit: usize,
}

/// Which entries are read.
#[derive(Debug, Clone)]
pub(crate) enum Whose {
    /// Those about an object.
    Object {
        model: String,
        schema: Option<i32>,
        key: Key,
    },
    /// Those about these models in a schema, and about these that all share.
    Place {
        schema: Option<(i32, Vec<String>)>,
        global: Vec<String>,
    },
    /// Those that a user may see anywhere.
    User {
        name: String,
        /// The numbers of the schemata that the user may select, and the models that are in each.
        schemata: (Vec<i32>, Vec<String>),
        global: Vec<String>,
    },
    /// All.
    All,
}

/// An entry.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Logged {
    pub(crate) id: i64,
    /// In coordinated universal time.
    pub(crate) at: String,
    pub(crate) user: String,
    pub(crate) schema_id: Option<i32>,
    pub(crate) schema_name: Option<String>,
    pub(crate) model: String,
    pub(crate) key: String,
    pub(crate) label: String,
    pub(crate) action: String,
    /// Of each field the value before and after, if it is the history of an object.
    pub(crate) changes: BTreeMap<String, (Option<String>, Option<String>)>,
}

impl Job for Entries {
    type Output = Vec<Logged>;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Vec<Logged>, DbError> {
        let sql = self.sql();
        let lines = conn.briefly(|conn| sql.lines(conn));
        let logged: Result<_, _> = lines?.iter().map(|it| parsed(it)).collect();
        Ok(logged?)
    }
}

impl Entries {
    fn sql(&self) -> Sql {
        let mut sql = Sql::new();
        let changes = match &self.of {
            // A value may be of any length.
            Whose::Object { .. } => format!(
                "coalesce((SELECT pg_catalog.json_object_agg(c.key, pg_catalog.json_build_array(\
                 pg_catalog.left(c.value ->> 0, {0}), pg_catalog.left(c.value ->> 1, {0}))) FROM pg_catalog.jsonb_each(l.changes) c), '{{}}')",
                SHOWN + 1
            ),
            _ => "'{}'::pg_catalog.json".to_owned(),
        };
        add!(
            sql,
            "SELECT pg_catalog.json_build_object('id', l.id, \
             'at', pg_catalog.to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), 'user', l.user_name, \
             'schema_id', l.schema_id, 'schema_name', l.schema_name, 'model', l.model, 'key', l.object_pk, \
             'label', pg_catalog.left(l.object_label, {SHOWN}), 'action', l.action, 'changes', {changes})::pg_catalog.text AS line FROM "
        );
        let parts = crate::rows::joined(self.parts(&mut sql), " UNION ALL ");
        add!(sql, "({parts}) l ORDER BY l.id DESC LIMIT {}", self.limit);
        sql
    }

    /// What is read: each part goes backwards through an index, and no further than a page.
    fn parts(&self, sql: &mut Sql) -> Vec<String> {
        let before = self
            .before
            .map_or_else(String::new, |id| format!(" AND l.id < {id}"));
        let newest = format!("{before} ORDER BY l.id DESC LIMIT {}", self.limit);
        let part = |condition: &String| {
            format!("(SELECT * FROM multischema.log_entries l WHERE {condition}{newest})")
        };
        let Whose::User {
            name,
            schemata: (ids, models),
            global,
        } = &self.of
        else {
            return self.conditions(sql).iter().map(part).collect();
        };
        let (name, models, global) = (sql.bind(name), list(sql, models), list(sql, global));
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let ids = list(sql, &ids);
        let in_each = format!(
            "(SELECT l.* FROM (SELECT DISTINCT m.schema_id FROM multischema.members m JOIN multischema.schemas s ON s.id = m.schema_id \
             WHERE m.user_id = {name} AND s.status = 'active' AND m.schema_id::pg_catalog.text IN {ids}) v \
             CROSS JOIN LATERAL (SELECT * FROM multischema.log_entries l \
             WHERE l.schema_id = v.schema_id AND l.model IN {models} AND EXISTS (\
             SELECT FROM multischema.members m JOIN multischema.admin_grants g ON g.role = m.role \
             WHERE m.user_id = {name} AND m.schema_id = v.schema_id \
             AND g.model IN (l.model, '*') AND g.action IN ('view', 'change')){newest}) l)"
        );
        let shared = format!("l.schema_id IS NULL AND l.model IN {global}");
        vec![in_each, part(&shared)]
    }

    fn conditions(&self, sql: &mut Sql) -> Vec<String> {
        match &self.of {
            Whose::Object { model, schema, key } => {
                let (model, key) = (sql.bind(model), sql.bind(key.to_string()));
                let schema = schema.map_or_else(|| "IS NULL".to_owned(), |id| format!("= {id}"));
                vec![format!(
                    "l.model = {model} AND l.schema_id {schema} AND pg_catalog.md5(l.object_pk) = pg_catalog.md5({key}) AND l.object_pk = {key}"
                )]
            }
            Whose::Place { schema, global } => {
                let here = schema.as_ref().map(|(id, models)| {
                    format!("l.schema_id = {id} AND l.model IN {}", list(sql, models))
                });
                let shared = format!("l.schema_id IS NULL AND l.model IN {}", list(sql, global));
                here.into_iter().chain([shared]).collect()
            }
            // See `parts`.
            Whose::User { .. } => Vec::new(),
            Whose::All => vec!["true".to_owned()],
        }
    }
}

/// Texts that are bound together.
fn list(sql: &mut Sql, texts: &[String]) -> String {
    let bound = sql.bind(serde_json::Value::from(texts).to_string());
    format!("(SELECT pg_catalog.json_array_elements_text({bound}::pg_catalog.json))")
}
