//! What Diesel can say, on marked tables.

use diesel::prelude::*;
use diesel::upsert::excluded;
use multischema::{
    CombineDsl, GlobalConnection, MultiSchema, RunQueryDsl, Session, SessionHandle,
    TenantConnection, UnscopedExt,
};

diesel::table! {
    documents (id) {
        id -> Integer,
        plan_id -> Integer,
        title -> Text,
    }
}
diesel::table! {
    notes (id) {
        id -> Integer,
        document_id -> Integer,
    }
}
diesel::table! {
    public.plans (id) {
        id -> Integer,
        name -> Text,
    }
}
diesel::table! {
    pg_catalog.pg_namespace (oid) {
        oid -> Oid,
        nspname -> Text,
    }
}
diesel::joinable!(documents -> plans (plan_id));
diesel::joinable!(notes -> documents (document_id));
diesel::allow_tables_to_appear_in_same_query!(documents, notes, plans);

#[derive(
    Queryable, Selectable, Identifiable, Associations, Insertable, AsChangeset, MultiSchema,
)]
#[diesel(belongs_to(Plan))]
#[tenant]
struct Document {
    id: i32,
    plan_id: i32,
    title: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, MultiSchema)]
#[diesel(belongs_to(Document))]
#[tenant]
struct Note {
    id: i32,
    document_id: i32,
}

#[derive(Queryable, Selectable, Identifiable, MultiSchema)]
#[global]
struct Plan {
    id: i32,
    name: String,
}

fn on_a_tenant<H: SessionHandle>(
    conn: &mut TenantConnection<H>,
    document: &Document,
    plan: &Plan,
) -> QueryResult<()> {
    // associations
    let notes: Vec<Note> = Note::belonging_to(document)
        .select(Note::as_select())
        .load(conn)?;
    let documents = Document::belonging_to(plan)
        .select(Document::as_select())
        .load(conn)?;
    let _: Vec<Vec<Note>> = notes.grouped_by(&documents);

    // joins: tenant with global, tenant with tenant
    documents::table
        .inner_join(plans::table)
        .select((Document::as_select(), plans::name))
        .load::<(Document, String)>(conn)?;
    plans::table
        .left_join(documents::table)
        .select(plans::name)
        .load::<String>(conn)?;
    let all = notes::table.inner_join(documents::table.inner_join(plans::table));
    all.select(Note::as_select()).first(conn)?;

    // alias
    let others = diesel::alias!(documents as others);
    let pairs =
        documents::table.inner_join(others.on(others.field(documents::title).eq(documents::title)));
    pairs
        .select((documents::id, others.field(documents::id)))
        .load::<(i32, i32)>(conn)?;

    // boxed
    let mut boxed = documents::table.select(Document::as_select()).into_boxed();
    boxed = boxed.filter(documents::title.like("a%"));
    boxed.load(conn)?;

    // upsert
    let upsert = diesel::insert_into(documents::table)
        .values(document)
        .on_conflict(documents::id);
    upsert
        .do_update()
        .set(documents::title.eq(excluded(documents::title)))
        .execute(conn)?;

    // union
    let titles = documents::table.select(documents::title);
    titles
        .union(plans::table.select(plans::name))
        .load::<String>(conn)?;

    // without a table, and with one that is not marked
    diesel::select(diesel::dsl::now).get_result::<std::time::SystemTime>(conn)?;
    pg_namespace::table
        .select(pg_namespace::nspname)
        .unscoped()
        .load::<String>(conn)?;
    diesel::sql_query("SELECT 1").unscoped().execute(conn)?;
    Ok(())
}

fn on_the_shared_part<H: SessionHandle>(conn: &mut GlobalConnection<H>) -> QueryResult<()> {
    plans::table.select(Plan::as_select()).load(conn)?;
    diesel::update(plans::table.find(1))
        .set(plans::name.eq("team"))
        .execute(conn)?;
    diesel::delete(plans::table.filter(plans::id.eq(1))).execute(conn)?;
    let names = plans::table.select(plans::name);
    names.union_all(names).limit(3).load::<String>(conn)?;
    Ok(())
}

fn main() {
    let _ = on_a_tenant::<Session>;
    let _ = on_the_shared_part::<Session>;
}
