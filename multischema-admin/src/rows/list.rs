//! The rows of a list.

use diesel::QueryResult;
use multischema::ScopedConnection;
use multischema_axum::DbError;

use super::condition::{Condition, chosen};
use super::key::Key;
use super::paging::{Edge, LONGEST, Paging};
use super::reach::{Job, Reach};
use super::references::{Choice, Choices};
use super::sql::{Name, Relation, Sql, add, joined, parsed};
use crate::model::Order;

/// How many rows are counted before it is said that there are more.
pub(crate) const COUNTED: usize = 10_000;
/// Characters of a value that a list shows.
const SHOWN: usize = 200;

/// What a list shows of a column.
#[derive(Debug, Clone)]
pub(crate) enum Shown {
    Column(String),
    /// The whole value, as something is made of it.
    Whole(String),
    /// What the row is called that a foreign key refers to.
    Referred {
        column: String,
        to: Relation,
        to_column: String,
        display: Vec<String>,
    },
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) of: Relation,
    pub(crate) key: Vec<String>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) conditions: Vec<Condition>,
    /// To the key, so that no two rows are equal.
    pub(crate) order: Vec<Order>,
    pub(crate) paging: Paging,
    pub(crate) limit: usize,
    /// What is looked for in the same transaction.
    pub(crate) choices: Vec<Choices>,
    /// Many ask for the same, but for the values in it: its statements are kept prepared.
    pub(crate) is_usual: bool,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct ListPage {
    pub(crate) rows: Vec<ListRow>,
    pub(crate) has_before: bool,
    pub(crate) has_after: bool,
    pub(crate) count: Count,
    pub(crate) choices: Vec<Vec<Choice>>,
}

/// How many rows there are on all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Exactly(usize),
    MoreThan(usize),
    /// By the last statistics.
    About(usize),
}

#[derive(Debug)]
pub(crate) struct ListRow {
    pub(crate) key: Key,
    pub(crate) edge: Edge,
    pub(crate) cells: Vec<Option<String>>,
}

impl Job for List {
    type Output = ListPage;

    fn run<C: Reach>(self, conn: &mut C) -> Result<ListPage, DbError> {
        let looks_for_nothing = self.conditions.is_empty() && self.paging.edge().is_none();
        match looks_for_nothing {
            true => conn.briefly(|conn| Ok(self.page(conn)?)),
            false => conn.briefly_anew(|conn| Ok(self.page(conn)?)),
        }
    }
}

/// What a statement reads of each row. What is read for two reasons is read once.
#[derive(Debug, Default)]
struct Places {
    texts: Vec<String>,
    /// Where what is referred to is looked up.
    joins: String,
    key: Vec<usize>,
    edge: Vec<usize>,
    cells: Vec<usize>,
}

impl Places {
    fn of(list: &List) -> Self {
        let mut places = Self::default();
        let whole = |column: &str| format!("t.{}::pg_catalog.text", Name(column));
        places.key = list.key.iter().map(|it| places.put(whole(it))).collect();
        // Of a text of any length no more is read than it takes to see that it is too long.
        let edge = list
            .order
            .iter()
            .map(|it| match list.key.contains(&it.column) {
                true => whole(&it.column),
                false => beginning(&whole(&it.column), LONGEST),
            });
        places.edge = edge.map(|it| places.put(it)).collect();
        for shown in &list.shown {
            let text = match shown {
                Shown::Whole(column) => whole(column),
                Shown::Column(column) => beginning(&whole(column), SHOWN),
                Shown::Referred {
                    column,
                    to,
                    to_column,
                    display,
                } => {
                    let name = format!("r{}", places.cells.len());
                    let display = displayed("r", display);
                    // Not for more rows than are shown, and once for each that is referred to.
                    add!(
                        places.joins,
                        " LEFT JOIN LATERAL (SELECT {display} AS label FROM {to} r WHERE r.{} = t.{} LIMIT 1) {name} ON true",
                        Name(to_column),
                        Name(column)
                    );
                    beginning(&format!("coalesce({name}.label, {})", whole(column)), SHOWN)
                }
            };
            let place = places.put(text);
            places.cells.push(place);
        }
        places
    }

    fn put(&mut self, text: String) -> usize {
        let found = self.texts.iter().position(|it| *it == text);
        found.unwrap_or_else(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }

    fn row(&self, texts: &[Option<String>]) -> ListRow {
        let at = |place: &usize| texts.get(*place).cloned().flatten();
        let known = |places: &[usize]| places.iter().map(|it| at(it).unwrap_or_default()).collect();
        let key = Key(known(&self.key));
        ListRow {
            edge: Edge::of(known(&self.edge), &key),
            key,
            cells: self.cells.iter().map(at).collect(),
        }
    }
}

/// The first characters of a text, and one more if there are others.
fn beginning(text: &str, characters: usize) -> String {
    format!("substring({text} FROM 1 FOR {})", characters + 1)
}

impl List {
    fn page<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<ListPage> {
        let (mut rows, is_more, count) = self.rows(conn)?;
        let count = count.map_or_else(|| self.count(conn), Ok)?;
        let is_backwards = self.paging.is_backwards();
        if is_backwards {
            rows.reverse();
        }
        let is_inside = self.is_inside();
        let (has_before, has_after) = match is_backwards {
            true => (is_more, is_inside),
            false => (is_inside, is_more),
        };
        let choices: QueryResult<_> = self.choices.iter().map(|it| it.found(conn)).collect();
        Ok(ListPage {
            rows,
            has_before,
            has_after,
            count,
            choices: choices?,
        })
    }

    /// The rows, whether there are more, and how many there are on all pages, if the rows tell.
    fn rows<C: ScopedConnection>(
        &self,
        conn: &mut C,
    ) -> QueryResult<(Vec<ListRow>, bool, Option<Count>)> {
        let places = Places::of(self);
        let mut sql = self.sql();
        let mut texts = places.texts.clone();
        // Only in the row after those of the page is it known that they are not all: what is looked for may have to be looked for in the
        // whole table. PostgreSQL does not evaluate a branch that is not taken.
        let counts = self.counts(&mut sql).into_iter();
        texts.extend(counts.map(|it| {
            format!(
                "CASE WHEN pg_catalog.row_number() OVER () > {} THEN {it} END",
                self.limit
            )
        }));
        let order = self.paging.order(&self.order);
        add!(
            sql,
            "SELECT ARRAY[{}] AS line FROM (SELECT * FROM {} t",
            joined(texts, ", "),
            self.of
        );
        let paged = self
            .paging
            .condition(&mut sql, &self.of, &self.key, &self.order);
        self.choose(&mut sql, paged);
        add!(sql, " ORDER BY {order} LIMIT {}", self.limit + 1);
        if let Paging::Skip(rows) = self.paging {
            add!(sql, " OFFSET {rows}");
        }
        add!(sql, ") t{} ORDER BY {order}", places.joins);
        let mut rows = sql.rows(conn)?;
        let is_more = rows.len() > self.limit;
        let counts = |it: &&[Option<String>]| it.first().is_some_and(Option::is_some);
        let mut counts = rows
            .iter()
            .filter_map(|it| it.get(places.texts.len()..))
            .filter(counts);
        let count = match counts.next() {
            Some(counts) => Some(counted(counts)?),
            None if self.is_inside() => None,
            None => Some(Count::Exactly(rows.len())),
        };
        rows.truncate(self.limit);
        let rows = rows.iter().map(|it| places.row(it)).collect();
        Ok((rows, is_more, count))
    }

    /// Whether rows may have been passed over.
    fn is_inside(&self) -> bool {
        !matches!(self.paging, Paging::First | Paging::Last | Paging::Skip(0))
    }

    fn sql(&self) -> Sql {
        match self.is_usual {
            true => Sql::kept(),
            false => Sql::new(),
        }
    }

    /// Adds `WHERE`.
    fn choose(&self, sql: &mut Sql, paged: Option<String>) {
        let chosen = chosen(sql, &self.conditions, &self.of, &self.key);
        let all = joined(chosen.into_iter().chain(paged), " AND ");
        if !all.is_empty() {
            add!(*sql, " WHERE {all}");
        }
    }

    fn count<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<Count> {
        let mut sql = self.sql();
        let counts = self.counts(&mut sql);
        add!(sql, "SELECT ARRAY[{}] AS line", joined(counts, ", "));
        let counts = sql.rows(conn)?;
        counted(counts.first().map_or(&[], Vec::as_slice))
    }

    /// How many rows there are, up to as many as are counted; and how many there were by the last statistics, where those are of any use.
    fn counts(&self, sql: &mut Sql) -> Vec<String> {
        let chosen = chosen(sql, &self.conditions, &self.of, &self.key);
        let chosen = chosen.map_or_else(String::new, |it| format!(" WHERE {it}"));
        let counted = format!(
            "(SELECT pg_catalog.count(*) FROM (SELECT FROM {} t{chosen} LIMIT {}) counted)",
            self.of,
            COUNTED + 1
        );
        let counted = match self.conditions.is_empty() {
            // To pass over rows is cheaper than to count them. What has to be looked for is looked for once.
            true => format!(
                "CASE WHEN EXISTS (SELECT FROM {} t OFFSET {COUNTED}) THEN {} ELSE {counted} END",
                self.of,
                COUNTED + 1
            ),
            false => counted,
        };
        let counted = format!("{counted}::pg_catalog.text");
        let estimated = self.conditions.is_empty().then(|| {
            let of = sql.bind(self.of.to_string());
            format!(
                "(SELECT greatest(c.reltuples, 0)::pg_catalog.int8::pg_catalog.text FROM pg_catalog.pg_class c \
                 WHERE c.oid = {of}::pg_catalog.regclass)"
            )
        });
        std::iter::once(counted).chain(estimated).collect()
    }
}

/// Reads what [`List::counts`] asks for.
fn counted(counts: &[Option<String>]) -> QueryResult<Count> {
    let mut counts = counts.iter().flatten();
    let mut next = || counts.next().map_or(Ok(0), |it| parsed::<usize>(it));
    let (counted, estimated) = (next()?, next()?);
    Ok(if counted <= COUNTED {
        Count::Exactly(counted)
    } else if estimated > COUNTED {
        Count::About(estimated)
    } else {
        Count::MoreThan(COUNTED)
    })
}

/// What a row of `table` is called.
pub(crate) fn displayed(table: &str, columns: &[String]) -> String {
    let columns = columns
        .iter()
        .map(|it| format!("{table}.{}::pg_catalog.text", Name(it)));
    format!(
        "nullif(pg_catalog.concat_ws(' ', {}), '')",
        joined(columns, ", ")
    )
}
