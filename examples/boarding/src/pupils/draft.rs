//! A pupil as typed in, or as a program sends one.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Utc};
use diesel::prelude::*;
use multischema::{Lease, RunQueryDsl, TenantConnection};
use serde::Deserialize;

use crate::models::{House, Pupil, PupilValues};
use crate::schema::{houses, pupils};

/// Characters that a name may have.
pub const MAX_NAME: usize = 100;

/// A pupil as typed in: anything at all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub given_name: String,
    pub family_name: String,
    pub born: String,
    pub joined: String,
    pub house: String,
}

/// What is wrong, by field.
pub type Errors = BTreeMap<&'static str, &'static str>;

/// What has become of a draft.
#[derive(Debug)]
pub enum Saved {
    Done(Pupil),
    Refused(Errors, Vec<House>),
}

impl From<Pupil> for Draft {
    fn from(pupil: Pupil) -> Self {
        Self {
            given_name: pupil.given_name,
            family_name: pupil.family_name,
            born: pupil.born.to_string(),
            joined: pupil.joined.to_string(),
            house: pupil.house,
        }
    }
}

impl Draft {
    /// Writes a new pupil, or one that is there.
    pub fn save(&self, conn: &mut TenantConnection<Lease>, id: Option<i64>) -> QueryResult<Saved> {
        let houses = houses(conn)?;
        let values = match self.check(&houses, Utc::now().date_naive()) {
            Ok(values) => values,
            Err(errors) => return Ok(Saved::Refused(errors, houses)),
        };
        let id: i64 = match id {
            Some(id) => diesel::update(pupils::table.find(id))
                .set(values)
                .returning(pupils::id)
                .get_result(conn)?,
            None => diesel::insert_into(pupils::table)
                .values(values)
                .returning(pupils::id)
                .get_result(conn)?,
        };
        Ok(Saved::Done(Pupil::find(conn, id)?))
    }

    fn check(&self, houses: &[House], today: NaiveDate) -> Result<PupilValues, Errors> {
        let mut errors = Errors::new();
        let given_name = name(&self.given_name);
        let family_name = name(&self.family_name);
        let born = day(&self.born, today);
        let joined = day(&self.joined, today);
        let house = houses.iter().find(|it| it.name == self.house.trim());
        let joined = match (joined, &born) {
            (Ok(joined), Ok(born)) if joined <= *born => Err("This is before the pupil was born."),
            (joined, _) => joined,
        };
        let house = house.ok_or("Choose one of the houses.");
        for (field, error) in [
            ("given_name", given_name.as_ref().err()),
            ("family_name", family_name.as_ref().err()),
            ("born", born.as_ref().err()),
            ("joined", joined.as_ref().err()),
            ("house", house.as_ref().err()),
        ] {
            errors.extend(error.map(|error| (field, *error)));
        }
        match (given_name, family_name, born, joined, house) {
            (Ok(given_name), Ok(family_name), Ok(born), Ok(joined), Ok(house)) => Ok(PupilValues {
                given_name,
                family_name,
                born,
                joined,
                house_id: house.id,
            }),
            _ => Err(errors),
        }
    }
}

/// Returns the houses of the school.
pub fn houses(conn: &mut TenantConnection<Lease>) -> QueryResult<Vec<House>> {
    House::query().order(houses::name).load(conn)
}

fn name(typed: &str) -> Result<String, &'static str> {
    match typed.trim() {
        "" => Err("Enter a name."),
        name if name.chars().count() > MAX_NAME => Err("Enter at most 100 characters."),
        name if name.contains(char::is_control) => Err("This has characters that no name has."),
        name => Ok(name.to_owned()),
    }
}

fn day(typed: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let Ok(day) = NaiveDate::parse_from_str(typed.trim(), "%Y-%m-%d") else {
        return Err("Enter a day, as 2014-05-31.");
    };
    match day {
        day if day > today => Err("This day is yet to come."),
        day if today.years_since(day).is_none_or(|it| it > 120) => Err("This was too long ago."),
        day => Ok(day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Draft)) -> Result<PupilValues, Errors> {
        let mut draft = Draft {
            given_name: " Zoë ".to_owned(),
            family_name: "O'Neill".to_owned(),
            born: "2014-02-28".to_owned(),
            joined: "2025-09-01".to_owned(),
            house: "Birch".to_owned(),
        };
        change(&mut draft);
        let birch = House {
            id: 7,
            name: "Birch".to_owned(),
        };
        let today = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        draft.check(&[birch], today)
    }

    #[test]
    fn a_pupil_is_taken_as_typed_in() {
        let values = check(|_| {}).unwrap();
        assert_eq!((&*values.given_name, values.house_id), ("Zoë", 7));
    }

    #[test]
    fn each_mistake_is_told_at_its_field() {
        type Change = fn(&mut Draft);
        let cases: [(&str, Change); 13] = [
            ("given_name", |it| it.given_name = "  ".to_owned()),
            ("given_name", |it| it.given_name = "a\0b".to_owned()),
            ("family_name", |it| it.family_name = "ü".repeat(101)),
            ("born", |it| it.born.clear()),
            ("born", |it| it.born = "2014-02-30".to_owned()),
            ("born", |it| it.born = "2026-02-01".to_owned()),
            ("born", |it| it.born = "1800-02-01".to_owned()),
            ("born", |it| it.born = "31.5.2014".to_owned()),
            ("born", |it| it.born = "+20140-01-01".to_owned()),
            ("joined", |it| it.joined = "2014-02-28".to_owned()),
            ("joined", |it| it.joined = "later".to_owned()),
            ("house", |it| it.house.clear()),
            ("house", |it| it.house = "Heron".to_owned()),
        ];
        for (field, change) in cases {
            let errors = check(change).unwrap_err();
            assert_eq!(errors.keys().collect::<Vec<_>>(), [&field]);
        }
        assert_eq!(check(|it| *it = Draft::default()).unwrap_err().len(), 5);
    }
}
