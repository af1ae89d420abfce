//! Looking for pupils.

use diesel::dsl::count_star;
use diesel::prelude::*;
use multischema::{Lease, RunQueryDsl, TenantConnection};
use serde::{Deserialize, Serialize};

use super::draft;
use super::paging::{PER_PAGE, Paging};
use crate::models::{House, Pupil};
use crate::schema::{houses, pupils};

/// More words are not looked for.
const MAX_WORDS: usize = 8;

/// What is looked for, as the address says: anything at all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// Words, of which all are to be in a name.
    pub q: String,
    /// The name of a house.
    pub house: String,
    /// The number of the page.
    pub page: String,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    pub pupils: Vec<Pupil>,
    pub paging: Paging,
    pub houses: Vec<House>,
}

impl Search {
    /// Returns the pupils in whose names all words are, in the house if one is named.
    ///
    /// # Errors
    ///
    /// What the database fails with.
    pub fn run(self, conn: &mut TenantConnection<Lease>) -> QueryResult<(Self, Found)> {
        let houses = draft::houses(conn)?;
        let joined = || {
            let mut query = pupils::table.inner_join(houses::table).into_boxed();
            for word in self.words() {
                let given = pupils::given_name.ilike(word.clone());
                query = query.filter(given.or(pupils::family_name.ilike(word)));
            }
            match houses.iter().find(|it| it.name == self.house) {
                Some(house) => query.filter(pupils::house_id.eq(house.id)),
                None => query,
            }
        };
        let total = joined().select(count_star()).get_result(conn)?;
        let paging = Paging::of(&self.page, total);
        let pupils = joined()
            .order((pupils::family_name, pupils::given_name, pupils::id))
            .limit(PER_PAGE)
            .offset(paging.offset())
            .select(Pupil::as_select())
            .load(conn)?;
        let found = Found {
            pupils,
            paging,
            houses,
        };
        Ok((self, found))
    }

    /// Patterns for the words.
    fn words(&self) -> impl Iterator<Item = String> {
        let words = self
            .q
            .split(|it: char| it.is_whitespace() || it.is_control());
        let words = words.filter(|it| !it.is_empty()).take(MAX_WORDS);
        words.map(|word| {
            let literal = word
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_");
            format!("%{literal}%")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_looked_for_as_it_is() {
        let search = Search {
            q: " o'n \0 100% a_b \\ ".to_owned(),
            ..Search::default()
        };
        let words: Vec<String> = search.words().collect();
        assert_eq!(words, ["%o'n%", "%100\\%%", "%a\\_b%", "%\\\\%"]);
    }
}
