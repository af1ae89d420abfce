//! What a statement returns.

use std::ops::Range;

use diesel::deserialize::{QueryableByName, Result};
use diesel::pg::Pg;
use diesel::row::{Field, NamedRow, Row};

/// A row whose columns are texts: however many there are, they are kept in one.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    all: String,
    /// Where each column's is; NULL is nowhere.
    places: Vec<Option<Range<usize>>>,
}

impl Texts {
    /// The text of a column, unless that is NULL or there is none.
    pub(crate) fn get(&self, column: usize) -> Option<&str> {
        let place = self.places.get(column)?.clone()?;
        self.all.get(place)
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

impl QueryableByName<Pg> for Texts {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self> {
        let columns = row.field_count();
        let mut texts = Self {
            all: String::with_capacity(columns * 16),
            places: Vec::with_capacity(columns),
        };
        for column in 0..columns {
            let field = Row::get(row, column);
            let value = field.as_ref().and_then(|it| it.value());
            let text = value.as_ref().map(|it| std::str::from_utf8(it.as_bytes()));
            texts.push(text.transpose()?);
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_is_not_null() {
        let mut texts = Texts::default();
        for text in [Some("é"), None, Some(""), Some("b")] {
            texts.push(text);
        }
        let found: Vec<_> = (0..5).map(|it| texts.get(it)).collect();
        assert_eq!(found, [Some("é"), None, Some(""), Some("b"), None]);
    }
}
