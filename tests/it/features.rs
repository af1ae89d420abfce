//! All of Diesel works unchanged on a tenant connection.
//!
//! Where a test says `use diesel::prelude::*` and no more, it is Diesel's own `RunQueryDsl` that runs.

use diesel::connection::{Connection, DefaultLoadingMode};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{Session, TenantConnection};
use multischema_tests::World;
use multischema_tests::tables::{Document, NewDocument, Note, documents, notes, plans};

/// Runs `test` in schema `a`, beside a schema `b` that it must not touch.
pub(crate) fn in_a(test: impl FnOnce(&mut TenantConnection<&mut Session>)) {
    let (world, [a, b]) = World::with(["a", "b"]);
    test(&mut world.session().tenant(&a).unwrap());
    let untouched: Vec<(String, Option<i32>)> = documents::table
        .select((documents::title, documents::plan_id))
        .load(&mut world.session().tenant(&b).unwrap())
        .unwrap();
    assert_eq!(untouched, [("b 1".to_owned(), Some(1))]);
}

pub(crate) fn titles(conn: &mut TenantConnection<&mut Session>) -> Vec<String> {
    documents::table
        .select(documents::title)
        .order(documents::id)
        .load(conn)
        .unwrap()
}

#[test]
fn insert_one_many_and_returning() {
    in_a(|conn| {
        let new = NewDocument {
            title: "a 2",
            plan_id: None,
        };
        assert_eq!(
            diesel::insert_into(documents::table)
                .values(&new)
                .execute(conn),
            Ok(1)
        );
        let many = [
            NewDocument {
                title: "a 3",
                plan_id: Some(2),
            },
            NewDocument {
                title: "a 4",
                plan_id: None,
            },
        ];
        let made: Vec<Document> = diesel::insert_into(documents::table)
            .values(many.to_vec())
            .returning(Document::as_returning())
            .get_results(conn)
            .unwrap();
        assert_eq!(
            made.iter().map(|document| document.id).collect::<Vec<_>>(),
            [3, 4]
        );
        diesel::insert_into(notes::table)
            .default_values()
            .execute(conn)
            .unwrap_err();
        assert_eq!(titles(conn), ["a 1", "a 2", "a 3", "a 4"]);
    });
}

#[test]
fn upserts() {
    use diesel::upsert::excluded;
    in_a(|conn| {
        let insert = || {
            diesel::insert_into(documents::table)
                .values((documents::title.eq("a 1"), documents::plan_id.eq(2)))
        };
        let plan: Option<i32> = insert()
            .on_conflict(documents::title)
            .do_update()
            .set(documents::plan_id.eq(excluded(documents::plan_id)))
            .returning(documents::plan_id)
            .get_result(conn)
            .unwrap();
        assert_eq!(plan, Some(2));
        assert_eq!(insert().on_conflict_do_nothing().execute(conn), Ok(0));
    });
}

#[test]
fn update_delete_and_save_changes() {
    in_a(|conn| {
        let mut document: Document = documents::table.first(conn).unwrap();
        document.title = "a saved".into();
        let saved: Document = document.save_changes(conn).unwrap();
        assert_eq!(saved, document);
        assert_eq!(
            diesel::update(&document)
                .set(documents::title.eq("a set"))
                .execute(conn),
            Ok(1)
        );
        assert_eq!(titles(conn), ["a set"]);
        assert_eq!(
            diesel::delete(notes::table.filter(notes::document_id.eq(document.id))).execute(conn),
            Ok(1)
        );
        assert_eq!(
            diesel::delete(documents::table.find(document.id)).execute(conn),
            Ok(1)
        );
        assert_eq!(
            documents::table.find(1).first::<Document>(conn),
            Err(Error::NotFound)
        );
    });
}

#[test]
fn joins_aliases_and_associations() {
    in_a(|conn| {
        let joined: Vec<(String, String)> = documents::table
            .inner_join(plans::table)
            .select((documents::title, plans::name))
            .load(conn)
            .unwrap();
        assert_eq!(joined, [("a 1".to_owned(), "free".to_owned())]);
        let left: Vec<(Document, Option<Note>)> = documents::table
            .left_join(notes::table)
            .select((Document::as_select(), Option::<Note>::as_select()))
            .load(conn)
            .unwrap();
        assert_eq!(left[0].1.as_ref().unwrap().body, "a note");

        let other = diesel::alias!(documents as other);
        let pairs: i64 = documents::table
            .inner_join(other.on(other.field(documents::id).eq(documents::id)))
            .count()
            .get_result(conn)
            .unwrap();
        assert_eq!(pairs, 1);

        let document: Document = documents::table.first(conn).unwrap();
        let notes = Note::belonging_to(&document)
            .select(Note::as_select())
            .load(conn)
            .unwrap();
        assert_eq!(
            notes.grouped_by(std::slice::from_ref(&document))[0].len(),
            1
        );
    });
}

#[test]
fn boxed_combined_and_locking_queries() {
    use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
    in_a(|conn| {
        let boxed = documents::table
            .into_boxed()
            .filter(documents::id.eq(1))
            .order(documents::title)
            .limit(1);
        assert_eq!(boxed.load::<Document>(conn).unwrap().len(), 1);
        let union: Vec<String> = documents::table
            .select(documents::title)
            .union(plans::table.select(plans::name))
            .positional_order_by(1)
            .load(conn)
            .unwrap();
        assert_eq!(union, ["a 1", "free", "paid"]);
        conn.transaction(|conn| {
            let locked = documents::table.for_update().skip_locked();
            assert_eq!(locked.load::<Document>(conn)?.len(), 1);
            QueryResult::Ok(())
        })
        .unwrap();
    });
}

#[test]
fn iterators_in_both_loading_modes() {
    in_a(|conn| {
        let insert = |n: i32| {
            (
                documents::title.eq(format!("a {n}")),
                documents::plan_id.eq(1),
            )
        };
        let rows: Vec<_> = (2..=500).map(insert).collect();
        diesel::insert_into(documents::table)
            .values(rows)
            .execute(conn)
            .unwrap();

        let query = || documents::table.select(documents::id).order(documents::id);
        let all = query().load_iter::<i32, DefaultLoadingMode>(conn).unwrap();
        assert_eq!(all.map(Result::unwrap).sum::<i32>(), 500 * 501 / 2);
        let one_by_one = query()
            .load_iter::<i32, PgRowByRowLoadingMode>(conn)
            .unwrap();
        assert_eq!(
            one_by_one.map(Result::unwrap).take(3).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        // An iterator that was dropped half-way leaves the connection usable.
        assert_eq!(query().first::<i32>(conn), Ok(1));
    });
}

#[test]
fn two_iterators_of_the_default_mode_at_once() {
    in_a(|conn| {
        let one = documents::table
            .select(documents::id)
            .load_iter::<i32, DefaultLoadingMode>(conn)
            .unwrap();
        let other = documents::table
            .select(documents::id)
            .load_iter::<i32, DefaultLoadingMode>(conn)
            .unwrap();
        assert_eq!(one.zip(other).count(), 1);
    });
}

#[test]
fn raw_queries_with_binds() {
    #[derive(QueryableByName)]
    #[diesel(table_name = documents)]
    struct Title {
        title: String,
    }
    in_a(|conn| {
        let query = diesel::sql_query(
            "WITH d AS (SELECT * FROM documents WHERE id = $1) SELECT title FROM d",
        )
        .bind::<diesel::sql_types::Integer, _>(1);
        assert_eq!(query.get_result::<Title>(conn).unwrap().title, "a 1");
    });
}

#[test]
fn copy_from_and_copy_to() {
    use std::io::Read;
    in_a(|conn| {
        let rows = vec![
            (
                documents::title.eq("a 2"),
                documents::plan_id.eq(None::<i32>),
            ),
            (documents::title.eq("a 3"), documents::plan_id.eq(Some(1))),
        ];
        let copied = diesel::copy_from(documents::table)
            .from_insertable(rows)
            .execute(conn);
        assert_eq!(copied, Ok(2));
        let raw = diesel::copy_from(documents::table).from_raw_data((documents::title,), |out| {
            writeln!(out, "a 4").map_err(|error| Error::DeserializationError(Box::new(error)))
        });
        assert_eq!(raw.execute(conn), Ok(1));

        let mut text = String::new();
        {
            let mut reader = diesel::copy_to(documents::table)
                .load_raw(conn.as_pg().unwrap())
                .unwrap();
            reader.read_to_string(&mut text).unwrap();
        }
        assert_eq!(text.lines().count(), 4);
        assert_eq!(titles(conn).len(), 4);
    });
}

#[test]
fn copy_from_is_refused_on_a_connection_that_was_moved() {
    use diesel::connection::SimpleConnection;
    in_a(|conn| {
        conn.batch_execute("SET search_path = b").unwrap();
        let copied = diesel::copy_from(documents::table)
            .from_insertable(vec![(documents::title.eq("not a's"),)])
            .execute(conn);
        assert_eq!(multischema_tests::moved(copied), "b");
    });
}

#[test]
fn save_changes_is_refused_on_a_connection_that_was_moved() {
    use diesel::connection::SimpleConnection;
    in_a(|conn| {
        let mut document: Document = documents::table.first(conn).unwrap();
        document.plan_id = None;
        conn.batch_execute("SET search_path = b").unwrap();
        let saved = document.save_changes::<Document>(conn);
        assert_eq!(multischema_tests::moved(saved), "b");
    });
}
