//! What a statement returns.

use std::ops::Range;

use diesel::QueryResult;
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::row::{Field, Row};
use diesel::sql_types::Untyped;
use multischema::ScopedConnection;

/// Bytes that a text usually has.
const USUAL: usize = 16;

/// Rows whose columns are texts: however many there are, they are kept in one.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    all: String,
    /// Where each row's columns are; NULL is nowhere.
    places: Vec<Option<Range<usize>>>,
    columns: usize,
}

impl Texts {
    /// Runs a query.
    pub(super) fn load<C: ScopedConnection>(
        query: impl Query<SqlType = Untyped> + QueryFragment<Pg> + QueryId,
        conn: &mut C,
    ) -> QueryResult<Self> {
        let mut texts = Self::default();
        // Each statement of `inner` is checked like one of `conn`, whose `load` would make a value of each row.
        let mut rows = LoadConnection::<DefaultLoadingMode>::load(conn.inner(), query)?;
        while let Some(row) = rows.next().transpose()? {
            if texts.columns == 0 {
                texts.columns = row.field_count();
                let places = texts.columns * (rows.size_hint().0 + 1);
                texts.places.reserve(places);
                texts.all.reserve(places * USUAL);
            }
            for column in 0..texts.columns {
                let field = row.get(column);
                let value = field.as_ref().and_then(|it| it.value());
                let text = value.as_ref().map(|it| std::str::from_utf8(it.as_bytes()));
                let text = text.transpose();
                texts.push(text.map_err(|error| Error::DeserializationError(error.into()))?);
            }
        }
        Ok(texts)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.places.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Forgets the rows from this one on.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.places.truncate(rows * self.columns);
    }

    /// A row, of which nothing is there if there is no such row.
    pub(super) fn row(&self, rank: usize) -> TextRow<'_> {
        let begin = rank * self.columns;
        let places = self.places.get(begin..begin + self.columns);
        TextRow {
            all: &self.all,
            places: places.unwrap_or_default(),
        }
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = TextRow<'_>> {
        (0..self.len()).map(|it| self.row(it))
    }

    fn push(&mut self, text: Option<&str>) {
        let place = text.map(|text| {
            let begin = self.all.len();
            self.all.push_str(text);
            begin..self.all.len()
        });
        self.places.push(place);
    }
}

/// A row of texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextRow<'a> {
    all: &'a str,
    places: &'a [Option<Range<usize>>],
}

impl<'a> TextRow<'a> {
    /// The text of a column, unless that is NULL or there is none.
    pub(super) fn get(self, column: usize) -> Option<&'a str> {
        let place = self.places.get(column)?.clone()?;
        self.all.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_is_not_null() {
        let mut texts = Texts {
            columns: 2,
            ..Texts::default()
        };
        for text in [Some("é"), None, Some(""), Some("b"), None, Some("c")] {
            texts.push(text);
        }
        texts.truncate(2);
        assert_eq!(texts.len(), 2);
        let rows = texts
            .rows()
            .map(|row| (0..3).map(|it| row.get(it)).collect());
        let rows: Vec<Vec<_>> = rows.collect();
        assert_eq!(rows, [[Some("é"), None, None], [Some(""), Some("b"), None]]);
    }
}
