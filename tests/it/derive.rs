//! The query wrappers of `#[derive(MultiSchema)]`, run.

use std::borrow::Cow;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{MultiSchema, SchemaName, Session, UnscopedExt};
use multischema_tests::{World, moved};

use self::schema::{authors, documents, plans};

/// The tables of the world, declared where the models are.
mod schema {
    diesel::table! {
        documents (id) {
            id -> Integer,
            title -> Text,
            plan_id -> Nullable<Integer>,
        }
    }
    diesel::table! {
        authors (document_id, position) {
            document_id -> Integer,
            position -> Integer,
            name -> Text,
        }
    }
    diesel::table! {
        public.plans (id) {
            id -> Integer,
            name -> Text,
        }
    }
    diesel::joinable!(documents -> plans (plan_id));
    diesel::allow_tables_to_appear_in_same_query!(documents, plans);
}

#[derive(Debug, PartialEq, Queryable, Selectable, AsChangeset, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
    plan_id: Option<i32>,
}

#[derive(Insertable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant(partial)]
struct NewDocument<'a> {
    title: &'a str,
}

#[derive(Debug, PartialEq, Queryable, Selectable, MultiSchema)]
#[diesel(primary_key(document_id, position))]
#[tenant]
struct Author<T> {
    document_id: i32,
    #[diesel(column_name = position)]
    rank: i32,
    name: T,
}

/// The two last plans.
#[derive(Debug, PartialEq, HasQuery, MultiSchema)]
#[diesel(base_query = plans::table.filter(plans::name.ne("free")).order(plans::id.desc()).limit(2_i64))]
#[global]
struct Plan {
    id: i32,
    name: String,
}

/// Tables that the world does not have.
const AUTHORS: &str = "CREATE TABLE authors (
    document_id integer REFERENCES documents, position integer, name text NOT NULL, PRIMARY KEY (document_id, position)
)";

fn world() -> (World, [SchemaName; 2], Session) {
    let (world, names) = World::with(["a", "b"]);
    let session = world.session();
    (world, names, session)
}

#[test]
fn each_wrapper_stays_in_its_schema() {
    let (_world, [a, b], mut session) = world();

    let mut conn = session.tenant(&a).unwrap();
    let created = Document::create(&mut conn, NewDocument { title: "a 2" }).unwrap();
    assert_eq!(
        created,
        Document {
            id: 2,
            title: "a 2".to_owned(),
            plan_id: None
        }
    );
    assert_eq!(Document::count(&mut conn), Ok(2));
    assert_eq!(Document::find(&mut conn, created.id).unwrap(), created);
    let changed = Document::update(&mut conn, &created.id, documents::plan_id.eq(1)).unwrap();
    assert_eq!(
        changed,
        Document {
            plan_id: Some(1),
            ..created
        }
    );
    drop(conn);

    let mut conn = session.tenant(&b).unwrap();
    let titles: Vec<String> = Document::all(&mut conn)
        .unwrap()
        .into_iter()
        .map(|document| document.title)
        .collect();
    assert_eq!(titles, ["b 1"]);
    assert_eq!(Document::find(&mut conn, 2), Err(Error::NotFound));
    assert_eq!(
        Document::update(&mut conn, 2, documents::title.eq("mine")),
        Err(Error::NotFound)
    );
    assert_eq!(Document::delete(&mut conn, 2), Ok(0));
    drop(conn);

    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(Document::delete(&mut conn, 2), Ok(1));
    assert_eq!(Document::count(&mut conn), Ok(1));
}

#[test]
fn each_wrapper_is_one_statement() {
    let (world, [a]) = World::with(["a"]);
    let (mut session, statements) = world.noted_session();
    let mut conn = session.tenant(&a).unwrap();
    let _ = statements.take();

    let document = Document::create(&mut conn, NewDocument { title: "a 2" }).unwrap();
    Document::update(&mut conn, document.id, &document).unwrap();
    Document::find(&mut conn, document.id).unwrap();
    Document::all(&mut conn).unwrap();
    Document::count(&mut conn).unwrap();
    Document::delete(&mut conn, document.id).unwrap();

    let texts = statements.take();
    let verbs: Vec<&str> = texts
        .iter()
        .filter_map(|text| text.split(' ').next())
        .collect();
    assert_eq!(
        verbs,
        ["INSERT", "UPDATE", "SELECT", "SELECT", "SELECT", "DELETE"]
    );
}

#[test]
fn a_connection_that_was_moved_is_refused() {
    let (_world, [a, _], mut session) = world();
    let mut conn = session.tenant(&a).unwrap();
    conn.batch_execute("SET search_path TO b").unwrap();

    assert_eq!(moved(Document::all(&mut conn)), "b");
    assert_eq!(moved(Document::count(&mut conn)), "b");
    assert_eq!(moved(Document::find(&mut conn, 1)), "b");
    assert_eq!(
        moved(Document::create(&mut conn, NewDocument { title: "lost" })),
        "b"
    );
    assert_eq!(
        moved(Document::update(&mut conn, 1, documents::title.eq("lost"))),
        "b"
    );
    assert_eq!(moved(Document::delete(&mut conn, 1)), "b");
}

#[test]
fn a_transaction_takes_back_what_they_did() {
    let (_world, [a, _], mut session) = world();
    let mut conn = session.tenant(&a).unwrap();

    let undone: QueryResult<()> = conn.transaction(|conn| {
        Document::create(conn, NewDocument { title: "a 2" })?;
        Document::update(conn, 1, documents::title.eq("changed"))?;
        Err(Error::RollbackTransaction)
    });

    assert_eq!(undone, Err(Error::RollbackTransaction));
    let documents = Document::all(&mut conn).unwrap();
    assert_eq!(
        documents,
        [Document {
            id: 1,
            title: "a 1".to_owned(),
            plan_id: Some(1)
        }]
    );
}

#[test]
fn create_takes_one_row() {
    let (_world, [a, _], mut session) = world();
    let mut conn = session.tenant(&a).unwrap();
    let refusal = |result: QueryResult<Document>| {
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains("`create` takes one row")
        );
    };

    refusal(Document::create(
        &mut conn,
        vec![documents::title.eq("2"), documents::title.eq("3")],
    ));
    refusal(Document::create(&mut conn, &Vec::<NewDocument<'_>>::new()));
    let copy = documents::table.select((
        documents::id + 1,
        documents::title.concat("!"),
        documents::plan_id,
    ));
    refusal(Document::create(&mut conn, copy));
    assert_eq!(Document::count(&mut conn), Ok(1));

    Document::create(&mut conn, [documents::title.eq("one of a list")]).unwrap();
    assert_eq!(Document::count(&mut conn), Ok(2));
}

#[test]
fn a_key_of_two_columns() {
    let (world, [a, _], mut session) = world();
    world.run_in("a", AUTHORS);
    let mut conn = session.tenant(&a).unwrap();
    let new = |position, name: &'static str| {
        (
            authors::document_id.eq(1),
            authors::position.eq(position),
            authors::name.eq(name),
        )
    };

    let first: Author<String> = Author::create(&mut conn, new(1, "Ada")).unwrap();
    let second: Author<Cow<'static, str>> = Author::create(&mut conn, new(2, "Bob")).unwrap();

    assert_eq!(Author::find(&mut conn, (1, 1)).unwrap(), first);
    assert_eq!(Author::find(&mut conn, (&1, second.rank)).unwrap(), second);
    let renamed = Author::<String>::update(&mut conn, (1, 2), authors::name.eq("Eve")).unwrap();
    assert_eq!(renamed.name, "Eve");
    assert_eq!(
        Author::<String>::delete(&mut conn, (first.document_id, first.rank)),
        Ok(1)
    );
    assert_eq!(Author::<String>::all(&mut conn).unwrap(), [renamed]);
}

#[test]
fn a_base_query_is_where_reading_starts() {
    let (world, [a, _], mut session) = world();
    world.run("INSERT INTO public.plans (name) VALUES ('team'), ('big')");
    let names = |plans: Vec<Plan>| plans.into_iter().map(|plan| plan.name).collect::<Vec<_>>();

    let mut conn = session.global().unwrap();
    assert_eq!(names(Plan::all(&mut conn).unwrap()), ["big", "team"]);
    assert_eq!(
        Plan::count(&mut conn),
        Ok(2),
        "and neither of all plans nor before the limit"
    );
    assert_eq!(
        Plan::find(&mut conn, 2).unwrap().name,
        "paid",
        "the limit comes after the key"
    );
    assert_eq!(Plan::find(&mut conn, 1), Err(Error::NotFound));
    assert_eq!(
        Plan::update(&mut conn, 1, plans::name.eq("gratis"))
            .unwrap()
            .name,
        "gratis"
    );
    drop(conn);

    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(Plan::count(&mut conn), Ok(2));
    assert_eq!(Plan::find(&mut conn, 1).unwrap().name, "gratis");
}

/// A view of its own, whose documents are marked there.
mod joined {
    use diesel::prelude::*;
    use multischema::MultiSchema;

    use super::plans;

    diesel::table! {
        documents (id) {
            id -> Integer,
            plan_id -> Nullable<Integer>,
        }
    }
    diesel::joinable!(documents -> plans (plan_id));
    diesel::allow_tables_to_appear_in_same_query!(documents, plans);

    #[derive(Debug, PartialEq, HasQuery, MultiSchema)]
    #[diesel(table_name = documents, base_query = documents::table.inner_join(plans::table))]
    #[tenant(skip(create, update))]
    pub(super) struct PlannedDocument {
        pub(super) id: i32,
        #[diesel(select_expression = plans::name)]
        pub(super) plan: String,
    }
}

#[test]
fn a_base_query_joins_what_all_share() {
    use joined::PlannedDocument;

    let (_world, [a, _], mut session) = world();
    let mut conn = session.tenant(&a).unwrap();
    Document::create(
        &mut conn,
        NewDocument {
            title: "without a plan",
        },
    )
    .unwrap();

    let planned = PlannedDocument {
        id: 1,
        plan: "free".to_owned(),
    };
    assert_eq!(PlannedDocument::find(&mut conn, 1).unwrap(), planned);
    assert_eq!(PlannedDocument::find(&mut conn, 2), Err(Error::NotFound));
    assert_eq!(PlannedDocument::count(&mut conn), Ok(1));
    assert_eq!(PlannedDocument::all(&mut conn).unwrap(), [planned]);
    assert_eq!(
        PlannedDocument::delete(&mut conn, 2),
        Ok(1),
        "writing goes by the key alone"
    );
    let left: i64 =
        multischema::RunQueryDsl::get_result(documents::table.count().unscoped(), &mut conn)
            .unwrap();
    assert_eq!(left, 1);
}
