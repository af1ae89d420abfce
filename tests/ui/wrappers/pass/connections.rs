//! A tenant connection reaches everything, a global one what is global.

use diesel::prelude::*;
use multischema::{
    GlobalConnection, MultiSchema, Reaches, ScopedConnection, Session, SessionHandle, Tenant,
    TenantConnection,
};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}
diesel::table! {
    public.plans (id) {
        id -> Integer,
        name -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

#[derive(Queryable, Selectable, MultiSchema)]
#[global]
struct Plan {
    id: i32,
    name: String,
}

fn on_a_tenant<H: SessionHandle>(conn: &mut TenantConnection<H>) -> QueryResult<()> {
    Document::all(conn)?;
    Plan::all(conn)?;
    conn.transaction(|conn| Document::find(conn, 1))?;
    conn.build_transaction().serializable().run(Plan::count)?;
    Ok(())
}

fn on_the_shared_part<H: SessionHandle>(conn: &mut GlobalConnection<H>) -> QueryResult<()> {
    Plan::find(conn, 1)?;
    conn.transaction(|conn| Plan::update(conn, 1, plans::name.eq("team")))?;
    Ok(())
}

fn on_any_that_reaches<C>(conn: &mut C) -> QueryResult<()>
where
    C: ScopedConnection<Scope: Reaches<Tenant>>,
{
    Document::all(conn)?;
    Ok(())
}

fn main() {
    let _ = on_a_tenant::<Session>;
    let _ = on_the_shared_part::<&mut Session>;
    let _ = on_any_that_reaches::<TenantConnection<Session>>;
}
