//! Types that differ between two schemata, on one connection that goes back and forth (BEHAVIOURS C 45).

use std::io::Write;

use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql, WriteTuple};
use diesel::sql_types::{Integer, Record, SqlType, Text};
use multischema::{RunQueryDsl, SchemaName, Session, SessionHandle, TenantConnection};
use multischema_tests::World;

/// A text type of PostgreSQL's that each schema has its own of.
macro_rules! text_type {
    ($rust:ident, $sql:ident, $name:literal) => {
        #[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
        #[diesel(postgres_type(name = $name))]
        pub struct $sql;

        #[derive(Debug, Clone, PartialEq, FromSqlRow, AsExpression)]
        #[diesel(sql_type = $sql)]
        struct $rust(String);

        impl ToSql<$sql, Pg> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(self.0.as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl FromSql<$sql, Pg> for $rust {
            fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(std::str::from_utf8(bytes.as_bytes())?.to_owned()))
            }
        }
    };
}

text_type!(Status, StatusType, "status");
text_type!(Email, EmailType, "email");

#[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "place"))]
pub struct PlaceType;

#[derive(Debug, Clone, PartialEq, FromSqlRow, AsExpression)]
#[diesel(sql_type = PlaceType)]
struct Place(String, i32);

impl ToSql<PlaceType, Pg> for Place {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        WriteTuple::<(Text, Integer)>::write_tuple(&(&self.0, self.1), out)
    }
}

impl FromSql<PlaceType, Pg> for Place {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let (street, number) = FromSql::<Record<(Text, Integer)>, Pg>::from_sql(bytes)?;
        Ok(Self(street, number))
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{EmailType, PlaceType, StatusType};

    orders (id) {
        id -> Integer,
        status -> StatusType,
        history -> Array<StatusType>,
        email -> EmailType,
        place -> PlaceType,
        note -> Text,
    }
}

multischema::tables! { tenant: [orders]; global: [] }

/// In `b` each type is another one of the same name, with other labels, and one column is wider.
const ORDERS: &str = "
    CREATE TYPE status AS ENUM ('open', $labels);
    CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
    CREATE TYPE place AS (street text, number integer);
    CREATE TABLE orders (
        id integer PRIMARY KEY, status status NOT NULL, history status[] NOT NULL, email email NOT NULL,
        place place NOT NULL, note varchar($width) COLLATE \"$collation\" NOT NULL
    );";

fn orders() -> (World, [SchemaName; 2]) {
    let (world, names) = World::with(["a", "b"]);
    let of = |labels: &str, width: &str, collation: &str| {
        let sql = ORDERS.replace("$labels", labels);
        sql.replace("$width", width)
            .replace("$collation", collation)
    };
    world.run_in("a", &of("'paid'", "50", "C"));
    world.run_in("b", &of("'sent', 'lost'", "60", "POSIX"));
    (world, names)
}

type Row = (i32, Status, Vec<Status>, Email, Place, String);

fn status(label: &str) -> Status {
    Status(label.to_owned())
}

fn order(schema: &SchemaName, last: &str) -> Row {
    (
        1,
        status("open"),
        vec![status("open"), status(last)],
        Email(format!("owner@{schema}")),
        Place(schema.to_string(), 7),
        format!("{schema} note"),
    )
}

/// Uses every type as a value, as an element of an array, in a comparison and as a result.
fn use_types(conn: &mut TenantConnection<impl SessionHandle>, last: &str) {
    let row = order(conn.schema(), last);
    let (_, _, history, email, place, note) = row.clone();
    diesel::delete(orders::table).execute(conn).unwrap();
    diesel::insert_into(orders::table)
        .values((
            orders::id.eq(1),
            orders::status.eq(status("open")),
            orders::history.eq(history),
            orders::email.eq(email.clone()),
            orders::place.eq(place.clone()),
            orders::note.eq(note),
        ))
        .execute(conn)
        .unwrap();
    assert_eq!(
        orders::table.load::<Row>(conn).unwrap(),
        std::slice::from_ref(&row)
    );
    let found = orders::table
        .filter(orders::status.eq(status("open")))
        .filter(orders::status.eq_any(vec![status("open"), status(last)]))
        .filter(orders::history.contains(vec![status(last)]))
        .filter(orders::email.eq(email))
        .filter(orders::place.eq(place));
    assert_eq!(found.clone().into_boxed().first::<Row>(conn).unwrap(), row);
    assert_eq!(found.first::<Row>(conn).unwrap(), row);
    let set = diesel::update(orders::table).set(orders::status.eq(status(last)));
    assert_eq!(
        set.returning(orders::status)
            .get_result::<Status>(conn)
            .unwrap(),
        status(last)
    );
}

#[test]
fn enum_array_domain_composite_and_width_differ_on_one_connection() {
    let (world, [a, b]) = orders();
    let mut session = world.session();
    for _ in 0..3 {
        use_types(&mut session.tenant(&a).unwrap(), "paid");
        use_types(&mut session.tenant(&b).unwrap(), "lost");
    }
}

#[test]
fn a_label_of_another_schema_is_refused_and_not_stored() {
    let (world, [a, b]) = orders();
    let mut session = world.session();
    use_types(&mut session.tenant(&a).unwrap(), "paid");
    let set = diesel::update(orders::table).set(orders::status.eq(status("paid")));
    let error = set.execute(&mut session.tenant(&b).unwrap()).unwrap_err();
    assert!(
        error.to_string().contains("invalid input value for enum"),
        "{error}"
    );
}

#[test]
fn a_value_that_meets_no_type_check_has_the_type_of_its_own_schema() {
    diesel::define_sql_function!(
        /// The name of a value's type.
        #[sql_name = "public.type_of"]
        fn type_of(value: StatusType) -> Text
    );

    let (world, [a, b]) = orders();
    world.run(
        "CREATE FUNCTION public.type_of(value anyenum) RETURNS text LANGUAGE sql AS
         $$ SELECT nspname || '.' || typname FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
            WHERE t.oid = pg_typeof(value) $$",
    );
    let mut session = world.session();
    for schema in [&a, &b, &a] {
        let mut conn = session.tenant(schema).unwrap();
        let name: String = diesel::select(type_of(status("open")))
            .get_result(&mut conn)
            .unwrap();
        assert_eq!(name, format!("{schema}.status"));
    }
}

#[test]
fn integer_and_bigint_under_one_name_are_an_error_and_no_wrong_number() {
    diesel::table! { counters (id) { id -> Integer, value -> BigInt } }
    multischema::tables! { tenant: [counters]; global: [] }

    let (world, [a, b]) = World::with(["a", "b"]);
    world.run_in("a", "CREATE TABLE counters (id integer PRIMARY KEY, value bigint); INSERT INTO counters VALUES (1, 5000000000)");
    world.run_in("b", "CREATE TABLE counters (id integer PRIMARY KEY, value integer); INSERT INTO counters VALUES (1, 5)");
    let mut session = world.session();
    for _ in 0..2 {
        let value: i64 = counters::table
            .select(counters::value)
            .first(&mut session.tenant(&a).unwrap())
            .unwrap();
        assert_eq!(value, 5_000_000_000);
        // The table of `b` is not what `table!` says: Diesel finds four bytes where it needs eight.
        let value = counters::table
            .select(counters::value)
            .first::<i64>(&mut session.tenant(&b).unwrap());
        assert!(
            matches!(value, Err(diesel::result::Error::DeserializationError(_))),
            "{value:?}"
        );
        let by_value = counters::table.filter(counters::value.eq(5)).count();
        assert_eq!(
            by_value.get_result::<i64>(&mut session.tenant(&b).unwrap()),
            Ok(1)
        );
    }
}

#[test]
fn a_schema_one_migration_ahead_reads_what_it_has() {
    let (world, [a, b]) = orders();
    world.run_in(
        "b",
        "ALTER TABLE orders ADD extra text DEFAULT 'x'; ALTER TABLE orders ALTER note TYPE text",
    );
    let mut session = world.session();
    for _ in 0..2 {
        use_types(&mut session.tenant(&a).unwrap(), "paid");
        use_types(&mut session.tenant(&b).unwrap(), "sent");
    }
}

#[test]
fn the_types_of_a_schema_are_looked_up_once_per_connection() {
    let (world, [a, b]) = orders();
    let (mut session, statements) = world.noted_session();
    let lookups = || {
        statements
            .take()
            .iter()
            .filter(|text| text.contains("pg_type"))
            .count()
    };
    use_types(&mut session.tenant(&a).unwrap(), "paid");
    use_types(&mut session.tenant(&b).unwrap(), "sent");
    assert_eq!(lookups(), 3 + 3);
    use_types(&mut session.tenant(&a).unwrap(), "paid");
    use_types(&mut session.tenant(&b).unwrap(), "sent");
    assert_eq!(lookups(), 0);
}

#[test]
fn what_a_connection_learned_before_its_first_scope_is_not_believed() {
    let (world, [a, b]) = orders();
    let mut pg = world.pg();
    pg.batch_execute("SET search_path = b, public").unwrap();
    let open = orders::table
        .filter(orders::status.eq(status("open")))
        .count();
    diesel::RunQueryDsl::get_result::<i64>(open, &mut pg).unwrap();

    let mut session = Session::new(&mut pg);
    use_types(&mut session.tenant(&a).unwrap(), "paid");
    use_types(&mut session.tenant(&b).unwrap(), "sent");
}

#[test]
fn the_types_of_a_schema_do_not_stay_on_a_connection_given_back() {
    let (world, [a, _]) = orders();
    let mut pg = world.pg();
    use_types(&mut Session::new(&mut pg).tenant(&a).unwrap(), "paid");
    pg.batch_execute("SET search_path = b, public").unwrap();
    let open = orders::table
        .filter(orders::status.eq(status("open")))
        .count();
    assert_eq!(diesel::RunQueryDsl::get_result::<i64>(open, &mut pg), Ok(0));
}
