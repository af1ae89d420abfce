//! Which objects are still there.

use std::collections::HashSet;

use multischema_axum::DbError;

use super::key::Key;
use super::reach::{Job, Reach};
use super::sql::{Name, Relation, Sql, add, joined, parsed};

/// Looks for objects, of several tables.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) groups: Vec<Wanted>,
}

/// Objects of a table.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) of: Relation,
    /// The columns of the primary key.
    pub(crate) key: Vec<String>,
    pub(crate) keys: Vec<Key>,
}

impl Job for Existing {
    /// Those that are there, with the ranks of their groups.
    type Output = HashSet<(usize, Key)>;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Self::Output, DbError> {
        let mut found = HashSet::new();
        for (rank, group) in self.groups.iter().enumerate() {
            // A schema may be behind, or going: what cannot be looked for is not there.
            let lines = conn.briefly(|conn| {
                let mut sql = Sql::new();
                let key = group.key.iter().map(|it| format!("t.{}::pg_catalog.text", Name(it)));
                add!(
                    sql,
                    "SELECT pg_catalog.json_build_array({})::pg_catalog.text AS line FROM {} t WHERE ",
                    joined(key, ", "),
                    group.of
                );
                let condition = Key::conditions(&group.keys, &mut sql, &group.of, &group.key);
                add!(sql, "{condition}");
                sql.lines(conn)
            });
            match lines {
                Ok(lines) => {
                    for line in &lines {
                        found.insert((rank, Key(parsed(line)?)));
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, of = %group.of, "objects of the log were not looked for")
                }
            }
        }
        Ok(found)
    }
}
