//! The rows of a list.

use std::borrow::Cow;

use diesel::QueryResult;
use multischema::ScopedConnection;
use multischema_axum::DbError;

use super::condition::{Condition, chosen};
use super::count::Count;
use super::key::{Key, written};
use super::paging::{Edge, LONGEST, Paging};
use super::reach::{Job, Reach};
use super::references::{Choice, Choices};
use super::sql::{Name, Relation, Sql, add, joined};
use super::texts::{TextRow, Texts};
use crate::model::Order;

/// Characters of a value that a list shows.
pub(super) const SHOWN: usize = 200;

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
    /// The columns by which an index has the rows that are chosen, in this order, whatever value they are chosen by.
    pub(crate) index: Option<Vec<String>>,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct ListPage {
    texts: Texts,
    /// The last row was read first.
    is_reversed: bool,
    places: Places,
    pub(crate) has_before: bool,
    pub(crate) has_after: bool,
    pub(crate) count: Count,
    pub(crate) choices: Vec<Vec<Choice>>,
}

impl ListPage {
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = ListRow<'_>> + DoubleEndedIterator {
        (0..self.texts.len()).map(|rank| ListRow {
            page: self,
            texts: self.texts.row(match self.is_reversed {
                true => self.texts.len() - 1 - rank,
                false => rank,
            }),
        })
    }
}

/// A row of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListRow<'a> {
    page: &'a ListPage,
    texts: TextRow<'a>,
}

impl<'a> ListRow<'a> {
    /// As its [`Key`] is written.
    pub(crate) fn key_text(self) -> Cow<'a, str> {
        let key = self.page.places.key.iter();
        written(key.map(|it| self.texts.get(*it).unwrap_or_default()))
    }

    /// From where another page goes on.
    pub(crate) fn edge(self) -> Edge {
        let key = Key(self.texts_of(&self.page.places.key));
        Edge::of(self.texts_of(&self.page.places.edge), key)
    }

    /// What is shown of it: at least of a text that is too long as much as tells that it is.
    pub(crate) fn cells(self) -> impl Iterator<Item = Option<&'a str>> {
        let cells = self.page.places.cells.iter();
        cells.map(move |it| match *it {
            Cell::Text(place) => self.texts.get(place),
            Cell::Choice { place, rank } => {
                let value = self.texts.get(place)?;
                let mut choices = self.page.choices[rank].iter();
                let found = choices.find(|it| it.value == value);
                Some(found.map_or(value, |it| &it.label))
            }
        })
    }

    fn texts_of(self, places: &[usize]) -> Vec<String> {
        let texts = places.iter().map(|it| self.texts.get(*it));
        texts.map(|it| it.unwrap_or_default().to_owned()).collect()
    }
}

impl Job for List {
    type Output = ListPage;

    fn run<C: Reach>(self, conn: &mut C) -> Result<ListPage, DbError> {
        let looks_for_nothing = self.conditions.is_empty() && self.paging.edge().is_none();
        // Then there is one way that is right for all values.
        match looks_for_nothing || self.index.is_some() {
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
    cells: Vec<Cell>,
}

/// What is shown of a row in a column.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Text(usize),
    /// What it refers to is called as in a list of choices, which are all that there are.
    Choice {
        place: usize,
        rank: usize,
    },
}

impl Places {
    /// What is among the choices that were found is not looked up again.
    fn of(list: &List, found: &[Vec<Choice>]) -> Self {
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
        let is_sorted = |column: &String| list.order.iter().any(|it| it.column == *column);
        for shown in &list.shown {
            let text = match shown {
                Shown::Whole(column) => whole(column),
                // What is read of it for the edge is enough.
                Shown::Column(column) if is_sorted(column) => beginning(&whole(column), LONGEST),
                Shown::Column(column) => beginning(&whole(column), SHOWN),
                Shown::Referred {
                    column,
                    to,
                    to_column,
                    display,
                } => {
                    let known = list.choices.iter().zip(found).position(|(it, found)| {
                        found.len() < it.limit
                            && (&it.of, &it.column, &it.display) == (to, to_column, display)
                    });
                    if let Some(rank) = known {
                        let place = places.put(whole(column));
                        places.cells.push(Cell::Choice { place, rank });
                        continue;
                    }
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
            places.cells.push(Cell::Text(place));
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
}

/// The first characters of a text, and one more if there are others.
pub(super) fn beginning(text: &str, characters: usize) -> String {
    format!("substring({text} FROM 1 FOR {})", characters + 1)
}

impl List {
    fn page<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<ListPage> {
        let choices: QueryResult<_> = self.choices.iter().map(|it| it.found(conn)).collect();
        let choices: Vec<Vec<Choice>> = choices?;
        let places = Places::of(self, &choices);
        let (texts, is_more, count) = self.rows(conn, &places)?;
        let count = count.map_or_else(|| self.count(conn), Ok)?;
        let is_backwards = self.paging.is_backwards();
        let is_inside = self.is_inside();
        let (has_before, has_after) = match is_backwards {
            true => (is_more, is_inside),
            false => (is_inside, is_more),
        };
        Ok(ListPage {
            texts,
            is_reversed: is_backwards,
            places,
            has_before,
            has_after,
            count,
            choices,
        })
    }

    /// The rows, whether there are more, and how many there are on all pages, if the rows tell.
    fn rows<C: ScopedConnection>(
        &self,
        conn: &mut C,
        places: &Places,
    ) -> QueryResult<(Texts, bool, Option<Count>)> {
        let mut sql = self.sql();
        let count = self.counting(&mut sql);
        // Only in the row after those of the page is it known that they are not all: what is looked for may have to be looked for in the
        // whole table. PostgreSQL does not evaluate a branch that is not taken.
        let count = match self.counts_soon() {
            true => count,
            false => format!(
                "CASE WHEN pg_catalog.row_number() OVER () > {} THEN {count} END",
                self.limit
            ),
        };
        let texts = joined(places.texts.iter().chain([&count]), ", ");
        let order = self.paging.order(&self.order);
        add!(sql, "SELECT {texts} FROM (SELECT * FROM {} t", self.of);
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
        let count = rows.rows().rev().find_map(|it| it.get(places.texts.len()));
        let count = match count.map(Count::parse).transpose()? {
            None if !self.is_inside() => Some(Count::Exactly(rows.len())),
            count => count,
        };
        rows.truncate(self.limit);
        Ok((rows, is_more, count))
    }

    /// Whether rows may have been passed over.
    fn is_inside(&self) -> bool {
        !matches!(self.paging, Paging::First | Paging::Last | Paging::Skip(0))
    }

    /// Whether no more rows have to be looked at than are counted.
    fn counts_soon(&self) -> bool {
        self.conditions.is_empty() || self.index.is_some()
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
        let count = self.counting(&mut sql);
        add!(sql, "SELECT {count}");
        let counts = sql.rows(conn)?;
        let count = counts.row(0).get(0).map(Count::parse).transpose()?;
        Ok(count.unwrap_or(Count::Exactly(0)))
    }

    /// Asks for the [`Count`].
    fn counting(&self, sql: &mut Sql) -> String {
        let Some(chosen) = chosen(sql, &self.conditions, &self.of, &self.key) else {
            return Count::of_all(sql, &self.of);
        };
        let rows = format!("FROM {} t WHERE {chosen}", self.of);
        match &self.index {
            Some(columns) => {
                let columns = joined(columns.iter().map(|it| format!("t.{}", Name(it))), ", ");
                // Without it the plan for all values may be to look through the table.
                let order = self.paging.order(&self.order);
                Count::of_indexed(&format!("{rows} ORDER BY {order}"), &columns)
            }
            None => Count::of_some(&rows),
        }
    }
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
