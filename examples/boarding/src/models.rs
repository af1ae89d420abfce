//! The rows, and where each is kept.

use chrono::NaiveDate;
use diesel::prelude::*;
use multischema::{MultiSchema, User};
use serde::Serialize;

use crate::schema::{houses, pupils, users};

/// Whoever can log in: all schools share these.
#[derive(Debug, Clone, PartialEq, Eq, HasQuery, MultiSchema)]
#[diesel(table_name = users)]
#[global(skip(all, count, create, update, delete))]
pub struct Account {
    /// Which one it is.
    pub id: i64,
    /// By which they log in.
    pub name: String,
    /// Whether they look after all schools.
    pub is_superuser: bool,
}

impl Account {
    /// Returns what the library calls the user.
    #[must_use]
    pub fn user(&self) -> User {
        User::new(self.id.to_string()).superuser(self.is_superuser)
    }
}

/// An account that is to be made.
#[derive(Debug, Insertable, MultiSchema)]
#[diesel(table_name = users)]
#[global(partial)]
pub struct NewAccount<'a> {
    pub name: &'a str,
    pub password_hash: String,
    pub is_superuser: bool,
}

/// Each school has houses of its own.
#[derive(Debug, Clone, HasQuery, MultiSchema)]
#[tenant(skip(all, count, find, update, delete))]
pub struct House {
    pub id: i64,
    pub name: String,
}

/// A pupil, with the name of the house.
#[derive(Debug, Clone, Serialize, HasQuery, MultiSchema)]
#[diesel(table_name = pupils, base_query = pupils::table.inner_join(houses::table))]
#[tenant(skip(all, count, create, update))]
pub struct Pupil {
    pub id: i64,
    pub given_name: String,
    pub family_name: String,
    pub born: NaiveDate,
    pub joined: NaiveDate,
    #[diesel(select_expression = houses::name)]
    pub house: String,
}

/// All that is said of a pupil, as it is written.
#[derive(Debug, Insertable, AsChangeset, MultiSchema)]
#[diesel(table_name = pupils)]
#[tenant(partial)]
pub struct PupilValues {
    pub given_name: String,
    pub family_name: String,
    pub born: NaiveDate,
    pub joined: NaiveDate,
    pub house_id: i64,
}
