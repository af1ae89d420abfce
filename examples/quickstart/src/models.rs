//! The rows, and where each is kept.

use chrono::NaiveDate;
use diesel::prelude::*;
use multischema::MultiSchema;
use serde::Deserialize;

use crate::schema::{Level, countries, pupil_directory, pupils, schools};

/// All customers share these.
#[derive(Debug, Deserialize, HasQuery, Insertable, MultiSchema)]
#[diesel(table_name = countries, primary_key(alpha2))]
#[global]
pub struct Country {
    pub alpha2: String,
    pub alpha3: String,
    pub numeric: String,
    pub name: String,
}

/// Each customer has a table of these.
#[derive(Debug, HasQuery, MultiSchema)]
#[tenant]
pub struct School {
    pub id: i64,
    pub name: String,
}

/// And one of these.
#[derive(Debug, HasQuery, MultiSchema)]
#[tenant]
pub struct Pupil {
    pub id: i64,
    pub given_name: String,
    pub family_name: String,
    pub born: NaiveDate,
    pub level: Level,
    pub joined: NaiveDate,
}

/// A pupil as the CSV files have one: with the name of the school, which stands for its id.
#[derive(Debug, Deserialize, Insertable, MultiSchema)]
#[diesel(table_name = pupils)]
#[tenant(partial)]
pub struct NewPupil {
    #[diesel(skip_insertion)]
    pub school: String,
    pub given_name: String,
    pub family_name: String,
    pub born: NaiveDate,
    pub country: String,
    pub level: Level,
    pub joined: NaiveDate,
}

/// A row of the view that joins pupils, their schools and the countries that all share.
#[derive(Debug, HasQuery, MultiSchema)]
#[diesel(table_name = pupil_directory)]
#[tenant(skip(create, update, delete))]
pub struct DirectoryEntry {
    pub id: i64,
    pub name: String,
    pub level: Level,
    pub school: String,
    pub country: String,
}
