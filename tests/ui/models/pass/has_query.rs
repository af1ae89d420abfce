//! Beside `HasQuery`, the wrappers that read start from its query.

use diesel::pg::Pg;
use diesel::prelude::*;
use multischema::{GlobalConnection, MultiSchema, RunQueryDsl, SessionHandle, TenantConnection};

diesel::table! {
    documents (id) {
        id -> Integer,
        plan -> Integer,
        title -> Text,
    }
}
diesel::table! {
    public.plans (id) {
        id -> Integer,
        name -> Text,
    }
}
diesel::table! {
    notes (id) {
        id -> Integer,
        text -> Text,
    }
}
diesel::joinable!(documents -> plans (plan));
diesel::allow_tables_to_appear_in_same_query!(documents, plans);

/// Without a base query of its own.
#[derive(HasQuery, MultiSchema)]
#[tenant]
struct Note {
    id: i32,
    text: String,
}

/// A tenant table and a global one. What is selected of the latter cannot be returned by a command on the former.
#[derive(HasQuery, MultiSchema)]
#[diesel(base_query = documents::table.inner_join(plans::table).filter(plans::name.ne("free")).order(documents::id))]
#[tenant(skip(create, update))]
struct Document {
    id: i32,
    title: String,
    #[diesel(select_expression = plans::name)]
    plan: String,
}

/// With the type of the query, which has commas in it, and another option behind.
#[derive(HasQuery, MultiSchema)]
#[diesel(
    base_query = plans::table.filter(plans::name.ne("free").and(plans::id.gt(1_i32))).limit(10_i64),
    base_query_type = diesel::dsl::Limit<diesel::dsl::Filter<plans::table, diesel::dsl::And<diesel::dsl::NotEq<plans::name, &'static str>, diesel::dsl::Gt<plans::id, i32>>>>,
    primary_key(name)
)]
#[global]
struct Plan<T> {
    id: i32,
    name: T,
}

fn work<H: SessionHandle>(
    tenant: &mut TenantConnection<H>,
    global: &mut GlobalConnection<H>,
) -> QueryResult<()> {
    Note::find(tenant, 1)?;
    Note::query().load(tenant)?;
    Document::all(tenant)?;
    Document::count(tenant)?;
    Document::find(tenant, 1)?;
    Document::query().first(tenant)?;
    Document::delete(tenant, 1)?;
    Plan::<String>::all(tenant)?;
    Plan::<String>::all(global)?;
    Plan::<String>::count(global)?;
    Plan::<String>::find(global, "team")?;
    Plan::<String>::create(global, plans::name.eq("team"))?;
    <Plan<String> as HasQuery<Pg>>::query()
        .filter(plans::id.eq(1))
        .load(global)?;
    Ok(())
}

fn main() {
    let _ = work::<multischema::Session>;
}
