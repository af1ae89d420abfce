//! How many rows have an id that is not one of their schema's, counted in many tables at once.

use std::collections::{HashMap, HashSet};

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;
use diesel::result::Error;

use super::column::{Column, Place, without_parts};
use super::counting;
use crate::template::{Ground, LOCK_TIMEOUT};
use crate::transaction::{depth, roll_back_to};

/// How many schemata, and how many columns of them, one statement asks about at most. With more columns PostgreSQL needs longer
/// for each.
const SCHEMATA: usize = 100;
const COLUMNS: usize = 500;

/// How long a table is waited for, in milliseconds, by those that look for the one that others have locked: there may be many.
const IMPATIENCE: u32 = LOCK_TIMEOUT / 10;

/// What was counted so far.
pub(super) struct Count {
    template: TemplateIds,
    /// Columns with rows outside of the schema's block: how many, and how many of those came with the template.
    pub(super) found: Vec<(Column, [i64; 2])>,
    pub(super) denied: Vec<Column>,
    pub(super) failed: Vec<(Column, Error)>,
    /// For how many locks there is room.
    room: i64,
}

/// The ids that rows of the template have, which copies of them have as well.
#[derive(Default)]
struct TemplateIds {
    /// As a range of ranges, for each column.
    ranges: Vec<Option<String>>,
    /// Where those of a column are, by its table and name.
    positions: HashMap<(String, String), usize>,
    /// Columns of which nothing is known, as they could not be read: of an id in another schema it could not be said where it
    /// comes from.
    unknown: HashSet<(String, String)>,
}

impl Count {
    /// Begins with the template. What of it could not be read is among the rest of that kind.
    pub(super) fn begin(pg: &mut PgConnection) -> QueryResult<Self> {
        let ground = Ground::find(pg)?;
        let mut count = Self {
            template: TemplateIds::default(),
            found: Vec::new(),
            denied: Vec::new(),
            failed: Vec::new(),
            // The other half is for others.
            room: ground.free() / 2,
        };
        let columns = count.readable(columns(pg, &[Place::template()])?);
        let mut ranges = Vec::new();
        let Self { failed, room, .. } = &mut count;
        by_room(&columns, *room, |some| {
            by_halves(
                pg,
                some,
                LOCK_TIMEOUT,
                &counting::ranges,
                &mut |some, read| match read {
                    Ok(found) => ranges.extend(some.iter().cloned().zip(found)),
                    Err(error) => failed.push((some[0].clone(), error)),
                },
            )
        })?;
        for (column, range) in ranges {
            let position = count.template.ranges.len();
            count.template.ranges.push(range);
            let key = (column.table, column.name);
            count.template.positions.insert(key, position);
        }
        let failed = count.failed.iter().map(|(column, _)| column);
        let unknown = count.denied.iter().chain(failed);
        count.template.unknown = unknown
            .map(|it| (it.table.clone(), it.name.clone()))
            .collect();
        Ok(count)
    }

    /// Counts in schemata. `is_wanted` says in which columns.
    pub(super) fn add(
        &mut self,
        pg: &mut PgConnection,
        places: &[Place],
        is_wanted: impl Fn(&Column) -> bool,
    ) -> QueryResult<()> {
        for some in places.chunks(SCHEMATA) {
            let mut columns = columns(pg, some)?;
            columns.retain(|it| is_wanted(it) && !self.template.is_unknown(it));
            let columns = self.readable(columns);
            let Self {
                template,
                found,
                failed,
                room,
                ..
            } = self;
            let count = |pg: &mut PgConnection, some: &[Column]| {
                let position = |it: &Column| template.position(it);
                counting::count(pg, some, position, &template.ranges)
            };
            by_room(&columns, *room, |some| {
                by_halves(
                    pg,
                    some,
                    LOCK_TIMEOUT,
                    &count,
                    &mut |some, counted| match counted {
                        Ok(counts) => {
                            let counted = some.iter().zip(counts);
                            let outside = counted.filter(|(_, [rows, _])| *rows > 0);
                            found.extend(outside.map(|(it, counts)| (it.clone(), counts)));
                        }
                        Err(error) => failed.push((some[0].clone(), error)),
                    },
                )
            })?;
        }
        Ok(())
    }

    /// Puts those aside that the role may not read.
    fn readable(&mut self, columns: Vec<Column>) -> Vec<Column> {
        let (readable, denied) = columns.into_iter().partition(|it| it.is_readable);
        self.denied.extend::<Vec<_>>(denied);
        readable
    }
}

impl TemplateIds {
    fn position(&self, column: &Column) -> Option<usize> {
        self.positions.get(&owned(column)).copied()
    }

    fn is_unknown(&self, column: &Column) -> bool {
        self.unknown.contains(&owned(column))
    }
}

fn owned(column: &Column) -> (String, String) {
    let (table, name) = column.key();
    (table.to_owned(), name.to_owned())
}

/// The columns that draw ids. Only PostgreSQL's catalogs are read, so that nobody is waited for.
fn columns(pg: &mut PgConnection, places: &[Place]) -> QueryResult<Vec<Column>> {
    let floor = depth(pg);
    AnsiTransactionManager::begin_transaction(pg)?;
    let found = counting::prepare(pg, LOCK_TIMEOUT).and_then(|()| counting::columns(pg, places));
    roll_back_to(pg, floor);
    Ok(without_parts(found?))
}

/// Has as many columns read at once as there is room for: each table that is read, and each of its indexes, is locked until the
/// statement is over.
fn by_room(
    columns: &[Column],
    room: i64,
    mut read: impl FnMut(&[Column]) -> QueryResult<()>,
) -> QueryResult<()> {
    let mut rest = columns;
    while !rest.is_empty() {
        let mut locks = 0;
        let fits = |it: &&Column| {
            locks += it.locks;
            locks <= room
        };
        let fitting = rest.iter().take(COLUMNS).take_while(fits).count();
        let (some, others) = rest.split_at(fitting.max(1));
        read(some)?;
        rest = others;
    }
    Ok(())
}

/// Reads columns by one statement. If it fails, by halves, until it is found which cannot be read; `take` gets each of those alone.
fn by_halves<T>(
    pg: &mut PgConnection,
    columns: &[Column],
    patience: u32,
    read: &impl Fn(&mut PgConnection, &[Column]) -> QueryResult<T>,
    take: &mut impl FnMut(&[Column], QueryResult<T>),
) -> QueryResult<()> {
    let floor = depth(pg);
    AnsiTransactionManager::begin_transaction(pg)?;
    let found = counting::prepare(pg, patience).and_then(|()| read(pg, columns));
    // This gives back the locks, and the settings are as they were.
    roll_back_to(pg, floor);
    if found.is_err() && columns.len() > 1 {
        let (first, second) = columns.split_at(columns.len() / 2);
        by_halves(pg, first, IMPATIENCE, read, take)?;
        return by_halves(pg, second, IMPATIENCE, read, take);
    }
    take(columns, found);
    Ok(())
}
