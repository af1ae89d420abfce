//! Types that others made anew under statements that were prepared for the old ones.

use super::*;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::SqlType;
use std::io::Write;

#[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "mood"))]
pub struct MoodType;

#[derive(Debug, Clone, PartialEq, FromSqlRow, AsExpression)]
#[diesel(sql_type = MoodType)]
struct Mood(String);

impl ToSql<MoodType, Pg> for Mood {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<MoodType, Pg> for Mood {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(std::str::from_utf8(bytes.as_bytes())?.to_owned()))
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MoodType;

    people (id) { id -> Integer, mood -> MoodType }
}
multischema::tables! { tenant: [people]; global: [] }

const PEOPLE: &str = "
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TABLE people (id integer PRIMARY KEY, mood mood NOT NULL);
    INSERT INTO people VALUES (1, 'good')";

const AGAIN: &str = "DROP TABLE people; DROP TYPE mood;";

fn by_mood(mood: &str) -> people::BoxedQuery<'static, Pg> {
    people::table
        .filter(people::mood.eq(Mood(mood.to_owned())))
        .into_boxed()
}

#[test]
fn a_type_made_anew_under_the_same_name_is_looked_up_anew() {
    let (world, [a]) = World::with(["a"]);
    world.run_in("a", PEOPLE);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    for _ in 0..3 {
        let moods: Vec<Mood> = people::table.select(people::mood).load(&mut conn).unwrap();
        assert_eq!(moods, [Mood("good".into())], "as a result");
        assert_eq!(
            by_mood("good").count().get_result::<i64>(&mut conn),
            Ok(1),
            "as a parameter"
        );
        world.run_in("a", &format!("{AGAIN} {PEOPLE}"));
    }
}

#[test]
fn a_statement_that_is_prepared_for_the_first_time_finds_the_new_type() {
    let (world, [a]) = World::with(["a"]);
    world.run_in("a", PEOPLE);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(by_mood("good").count().get_result::<i64>(&mut conn), Ok(1));
    world.run_in("a", &format!("{AGAIN} {PEOPLE}"));
    let set = diesel::update(people::table).set(people::mood.eq(Mood("bad".into())));
    assert_eq!(set.execute(&mut conn), Ok(1));
    let insert = diesel::insert_into(people::table)
        .values((people::id.eq(2), people::mood.eq(Mood("bad".into()))));
    assert_eq!(insert.execute(&mut conn), Ok(1));
}

#[test]
fn in_a_transaction_it_is_an_error_that_names_the_schema() {
    let (world, [a]) = World::with(["a"]);
    world.run_in("a", PEOPLE);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(by_mood("good").count().get_result::<i64>(&mut conn), Ok(1));
    world.run_in("a", &format!("{AGAIN} {PEOPLE}"));
    let mut attempt = || conn.transaction(|conn| by_mood("good").count().get_result::<i64>(conn));
    let error = scope_error(attempt());
    assert!(is_stale(&error, &a), "{error:?}");
    assert_eq!(attempt(), Ok(1));
}

#[test]
fn a_label_added_to_a_type_is_known_at_once() {
    let (world, [a]) = World::with(["a"]);
    world.run_in("a", PEOPLE);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    by_mood("good")
        .count()
        .get_result::<i64>(&mut conn)
        .unwrap();
    world.run("ALTER TYPE a.mood ADD VALUE 'calm'");
    let set = diesel::update(people::table).set(people::mood.eq(Mood("calm".into())));
    assert_eq!(set.execute(&mut conn), Ok(1));
}

#[test]
fn a_type_made_anew_while_the_old_one_stays_is_looked_up_anew() {
    let (world, [a]) = World::with(["a"]);
    world.run_in("a", PEOPLE);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(by_mood("good").count().get_result::<i64>(&mut conn), Ok(1));
    world.run_in(
        "a",
        "ALTER TYPE mood RENAME TO old_mood;
         CREATE TYPE mood AS ENUM ('good', 'bad', 'calm');
         ALTER TABLE people ALTER mood TYPE mood USING mood::text::mood",
    );
    // The statement of the first is prepared anew.
    assert_eq!(by_mood("good").count().get_result::<i64>(&mut conn), Ok(1));
    let set = diesel::update(people::table).set(people::mood.eq(Mood("calm".into())));
    assert_eq!(set.execute(&mut conn), Ok(1));
}

#[test]
fn a_value_of_the_old_type_for_a_column_of_the_new_one_is_sent_again() {
    let (world, [a]) = World::with(["a"]);
    world.run_in("a", PEOPLE);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(by_mood("good").count().get_result::<i64>(&mut conn), Ok(1));
    world.run_in(
        "a",
        "ALTER TYPE mood RENAME TO old_mood;
         CREATE TYPE mood AS ENUM ('good', 'calm');
         ALTER TABLE people ALTER mood TYPE mood USING mood::text::mood",
    );
    let set = diesel::update(people::table).set(people::mood.eq(Mood("calm".into())));
    assert_eq!(set.execute(&mut conn), Ok(1));
}

#[test]
fn a_schema_put_in_anothers_place_by_renaming_is_looked_up_anew() {
    let (world, [a]) = World::with(["a"]);
    world.run_in("a", PEOPLE);
    let mut session = world.session();
    let mut count = || {
        let mut conn = session.tenant(&a).unwrap();
        by_mood("good").count().get_result::<i64>(&mut conn)
    };
    assert_eq!(count(), Ok(1));
    world.run("ALTER SCHEMA a RENAME TO old_a; CREATE SCHEMA a");
    world.run_in("a", PEOPLE);
    world.run("INSERT INTO a.people VALUES (2, 'good')");
    assert_eq!(count(), Ok(2));
}

#[test]
fn a_type_that_was_never_right_is_an_error_that_is_returned_as_it_is() {
    let (world, [a]) = World::with(["a"]);
    // A column that is not of the type that `table!` says.
    world.run_in(
        "a",
        &format!("{PEOPLE}; ALTER TABLE people ALTER mood TYPE text"),
    );
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let in_transaction = conn.transaction(|conn| by_mood("good").count().get_result::<i64>(conn));
    for result in [
        in_transaction,
        by_mood("good").count().get_result(&mut conn),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::DatabaseError(_, _)), "{error:?}");
        let message = error.to_string();
        assert!(message.contains("operator does not exist"), "{message}");
    }
}
