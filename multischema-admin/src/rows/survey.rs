//! What goes with objects that are deleted: found row by row, along the foreign keys that refer to them.

use std::collections::{HashSet, VecDeque};

use blake2::{Blake2s256, Digest};
use diesel::QueryResult;
use multischema::ScopedConnection;
use multischema_axum::DbError;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::condition::{Condition, chosen};
use super::count::COUNTED;
use super::key::{Key, among};
use super::list::displayed;
use super::object::literal;
use super::part::{OnDelete, Part};
use super::reach::{Job, Reach};
use super::sql::{Name, Sql, add, joined, parsed};

/// Rows of a kind that are shown by what they are called.
const SHOWN: usize = 10;
/// Steps from table to table after which no more is looked for.
const STEPS: usize = 1_000;

/// Looks for what goes with objects.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    /// The first is that of the objects.
    pub(crate) parts: Vec<Part>,
    /// The objects.
    pub(crate) chosen: Vec<Condition>,
}

/// What goes with objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surveyed {
    /// Stands for the objects and their versions.
    pub(crate) seen: String,
    /// How many objects there are.
    pub(crate) objects: usize,
    /// By part; the objects themselves are first.
    pub(crate) deleted: Vec<Found>,
    /// By part, and the columns that become empty.
    pub(crate) emptied: Vec<Found>,
    /// What refers to something that would go, and does not let it.
    pub(crate) protecting: Vec<Found>,
    /// There is more than was looked for.
    pub(crate) is_cut: bool,
}

/// Rows of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) part: usize,
    pub(crate) columns: Vec<String>,
    pub(crate) count: usize,
    /// The keys of some, where there is one, and what they are called.
    pub(crate) shown: Vec<(Option<Key>, String)>,
}

/// A row.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    /// Where it is stored, as a table may have no key.
    at: String,
    version: String,
    key: Vec<String>,
    label: Option<String>,
    /// Of the columns that foreign keys refer to.
    values: Box<RawValue>,
}

impl Job for Survey {
    type Output = Surveyed;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Surveyed, DbError> {
        conn.briefly(|conn| Ok(self.walk(conn, "")?.0))
    }
}

impl Survey {
    /// Follows the foreign keys, and returns the keys of the objects as well. `lock` is how the rows that go are locked, in SQL: nobody
    /// can refer to such a row any more then.
    pub(super) fn walk<C: ScopedConnection>(
        &self,
        conn: &mut C,
        lock: &str,
    ) -> QueryResult<(Surveyed, Vec<Key>)> {
        let roots = self.roots(conn, lock)?;
        let keys: Vec<Key> = roots.iter().map(|it| Key(it.key.clone())).collect();
        let root_places: HashSet<String> = roots.iter().map(|it| it.at.clone()).collect();
        let mut places = root_places.clone();
        let mut is_cut = roots.len() > COUNTED;
        let mut steps = 0;
        let mut gone: Vec<Vec<Row>> = self.parts.iter().map(|_| Vec::new()).collect();
        let mut next = VecDeque::from([(0, roots)]);
        while let Some((to, rows)) = next.pop_front() {
            for edge in self.parts[to]
                .referring
                .iter()
                .filter(|it| it.on_delete == OnDelete::Cascade)
            {
                is_cut |= steps >= STEPS || places.len() > COUNTED;
                if is_cut || rows.is_empty() {
                    break;
                }
                steps += 1;
                let mut found = self.referring(
                    conn,
                    to,
                    &rows,
                    edge.from,
                    (&edge.columns, &edge.to_columns),
                    lock,
                )?;
                is_cut |= found.len() > COUNTED;
                found.retain(|it| places.insert(it.at.clone()));
                if !found.is_empty() {
                    next.push_back((edge.from, found));
                }
            }
            gone[to].extend(rows);
        }
        let mut touched: Vec<Version> = gone.iter().flatten().map(Row::version).collect();
        let mut surveyed = Surveyed {
            seen: String::new(),
            objects: keys.len(),
            deleted: Vec::new(),
            emptied: Vec::new(),
            protecting: Vec::new(),
            is_cut,
        };
        for (to, rows) in gone.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
            surveyed.deleted.push(Found::of(to, &[], rows.iter()));
            for edge in &self.parts[to].referring {
                let (kind, stay) = match edge.on_delete {
                    OnDelete::Cascade => continue,
                    OnDelete::Empty => (&mut surveyed.emptied, &places),
                    // It is looked at when all is gone that goes.
                    OnDelete::NoAction => (&mut surveyed.protecting, &places),
                    OnDelete::Restrict => (&mut surveyed.protecting, &root_places),
                };
                let mut found = self.referring(
                    conn,
                    to,
                    rows,
                    edge.from,
                    (&edge.columns, &edge.to_columns),
                    "",
                )?;
                surveyed.is_cut |= found.len() > COUNTED;
                found.retain(|it| !stay.contains(&it.at));
                touched.extend(found.iter().map(Row::version));
                if !found.is_empty() {
                    kind.push(Found::of(edge.from, &edge.columns, found.iter()));
                }
            }
        }
        // Which rows of more than are counted are looked at is not told: then it is the objects themselves.
        if surveyed.is_cut {
            touched = gone[0]
                .iter()
                .filter(|it| root_places.contains(&it.at))
                .map(Row::version)
                .collect();
        }
        surveyed.seen = digest(touched);
        Ok((surveyed, keys))
    }

    fn roots<C: ScopedConnection>(&self, conn: &mut C, lock: &str) -> QueryResult<Vec<Row>> {
        let mut sql = self.rows(0);
        let part = &self.parts[0];
        if let Some(chosen) = chosen(&mut sql, &self.chosen, &part.of, &part.table.key) {
            add!(sql, " WHERE {chosen}");
        }
        read(sql, lock, conn)
    }

    /// The rows of `from` of which columns have what columns of these rows of `to` have.
    fn referring<C: ScopedConnection>(
        &self,
        conn: &mut C,
        to: usize,
        rows: &[Row],
        from: usize,
        (columns, to_columns): (&[String], &[String]),
        lock: &str,
    ) -> QueryResult<Vec<Row>> {
        let mut sql = self.rows(from);
        let values = format!("[{}]", joined(rows.iter().map(|it| it.values.get()), ","));
        let condition = among(&mut sql, &self.parts[to].of, &values, columns, to_columns);
        add!(sql, " WHERE {condition}");
        read(sql, lock, conn)
    }

    fn rows(&self, part: usize) -> Sql {
        let Part {
            of,
            table,
            display,
            referring,
        } = &self.parts[part];
        let key = joined(
            table
                .key
                .iter()
                .map(|it| format!("t.{}::pg_catalog.text", Name(it))),
            ", ",
        );
        let mut wanted: Vec<&String> = referring.iter().flat_map(|it| &it.to_columns).collect();
        wanted.sort();
        wanted.dedup();
        let values = wanted
            .iter()
            .map(|it| format!("{}, t.{}", literal(it), Name(it)));
        let values = joined(values, ", ");
        let display = displayed("t", display);
        let mut sql = Sql::new();
        add!(
            sql,
            "SELECT pg_catalog.json_build_object('at', pg_catalog.concat(t.tableoid, t.ctid), 'version', t.xmin::pg_catalog.text, \
             'key', ARRAY[{key}]::pg_catalog.text[], 'label', pg_catalog.left({display}, 200), \
             'values', pg_catalog.json_build_object({values}))::pg_catalog.text AS line FROM {of} t"
        );
        sql
    }
}

fn read<C: ScopedConnection>(mut sql: Sql, lock: &str, conn: &mut C) -> QueryResult<Vec<Row>> {
    add!(sql, " LIMIT {}{lock}", COUNTED + 1);
    let lines = sql.lines(conn)?;
    lines.iter().map(|it| parsed(it)).collect()
}

/// Where a row is, and who wrote it last: another if it was changed.
type Version = (String, String);

impl Row {
    fn version(&self) -> Version {
        (self.at.clone(), self.version.clone())
    }
}

/// Another one if other rows go or are emptied by now, or one was changed.
fn digest(mut touched: Vec<Version>) -> String {
    touched.sort();
    touched.dedup();
    crate::auth::hex(&Blake2s256::digest(format!("{touched:?}")))
}

impl Found {
    fn of<'a>(
        part: usize,
        columns: &[String],
        rows: impl ExactSizeIterator<Item = &'a Row>,
    ) -> Self {
        let count = rows.len();
        let shown = rows.take(SHOWN).map(|it| {
            let key = Key(it.key.clone());
            let label = it.label.clone().unwrap_or_else(|| key.to_string());
            ((!key.0.is_empty()).then_some(key), label)
        });
        Self {
            part,
            columns: columns.to_vec(),
            count,
            shown: shown.collect(),
        }
    }
}
