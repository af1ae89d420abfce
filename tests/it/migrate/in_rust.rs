//! A migration that is written in Rust.

use std::io::Write as _;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::SqlType;

use diesel::connection::SimpleConnection as _;
use multischema::{Registry, SchemaName, TenantPool};

use super::{fleet, migrator, run, rust, step, value_in};

#[derive(Debug, SqlType, QueryId)]
#[diesel(postgres_type(name = "mood"))]
pub struct MoodType;

#[derive(Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = MoodType)]
struct Happy;

impl FromSql<MoodType, Pg> for Happy {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        assert_eq!(value.as_bytes(), b"happy");
        Ok(Self)
    }
}

impl ToSql<MoodType, Pg> for Happy {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(b"happy")?;
        Ok(IsNull::No)
    }
}

diesel::table! {
    use diesel::sql_types::Integer;
    use super::MoodType;
    days (id) { id -> Integer, mood -> MoodType }
}

#[test]
fn it_finds_the_types_of_each_schema() {
    let world = fleet(["a", "b"]);
    let types = "CREATE TYPE mood AS ENUM ('happy'); CREATE TABLE days (id integer, mood mood)";
    let day = rust("2_day", |pg| {
        let day = (days::id.eq(1), days::mood.eq(Happy));
        diesel::insert_into(days::table).values(day).execute(pg)?;
        Ok(())
    });
    let report = run(&world, [], [step("1_types", types), day]);
    assert!(report.is_ok(), "{report}");
    assert_eq!(value_in(&world, "b", "SELECT mood FROM days"), "happy");
}

#[test]
fn it_has_the_rows_it_wrote_to_the_template_in_each_schema_that_is_made() {
    let world = fleet([]);
    let types = "CREATE TYPE mood AS ENUM ('happy'); CREATE TABLE days (id integer, mood mood)";
    let day = rust("2_day", |pg| {
        let day = (days::id.eq(1), days::mood.eq(Happy));
        diesel::insert_into(days::table).values(day).execute(pg)?;
        let moods: Vec<Happy> = days::table.select(days::mood).load(pg)?;
        assert_eq!(moods.len(), 1);
        Ok(())
    });
    let migrator = migrator([], [step("1_types", types), day]);
    assert!(migrator.run(world.url()).unwrap().is_ok());
    let pool = TenantPool::builder(world.url())
        .max_size(1)
        .build()
        .unwrap();
    let registry = Registry::new(pool);
    for name in ["a", "b"] {
        let name: SchemaName = name.parse().unwrap();
        registry.create(name).unwrap();
    }
    // The types that Diesel knows on the caller's connection are not those of the last schema.
    let mut pg = world.pg();
    registry
        .create_in(&mut pg, "c".parse::<SchemaName>().unwrap())
        .unwrap();
    let happy_days = pg.transaction(|pg| {
        pg.batch_execute("SET LOCAL search_path TO a")?;
        days::table
            .filter(days::mood.eq(Happy))
            .count()
            .get_result::<i64>(pg)
    });
    assert_eq!(happy_days, Ok(1));
}
