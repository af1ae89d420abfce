//! The keys of the rows that are chosen.

use diesel::QueryResult;
use multischema::ScopedConnection;

use super::condition::{Condition, chosen};
use super::key::Key;
use super::sql::{Name, Relation, Sql, add, joined, parsed};

/// Rows, of which the keys are wanted.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) of: Relation,
    /// The columns of the primary key.
    pub(crate) key: Vec<String>,
    pub(crate) chosen: Vec<Condition>,
    pub(crate) limit: usize,
}

impl Keys {
    pub(crate) fn read<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<Vec<Key>> {
        let mut sql = Sql::new();
        let columns = || self.key.iter().map(|it| format!("t.{}", Name(it)));
        let texts = joined(columns().map(|it| format!("{it}::pg_catalog.text")), ", ");
        add!(
            sql,
            "SELECT pg_catalog.json_build_array({texts})::pg_catalog.text AS line FROM {} t",
            self.of
        );
        if let Some(chosen) = chosen(&mut sql, &self.chosen, &self.of, &self.key) {
            add!(sql, " WHERE {chosen}");
        }
        add!(
            sql,
            " ORDER BY {} LIMIT {}",
            joined(columns(), ", "),
            self.limit
        );
        let lines = sql.lines(conn)?;
        lines.iter().map(|it| Ok(Key(parsed(it)?))).collect()
    }
}
