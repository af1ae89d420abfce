//! A wrapper can be left out, to have a function of its name.

use diesel::prelude::*;
use multischema::{MultiSchema, RunQueryDsl, SessionHandle, TenantConnection};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}
diesel::table! {
    notes (id) {
        id -> Integer,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant(skip(create, find))]
struct Document {
    id: i32,
    title: String,
}

impl Document {
    fn create<H: SessionHandle>(conn: &mut TenantConnection<H>, title: &str) -> QueryResult<usize> {
        diesel::insert_into(documents::table)
            .values(documents::title.eq(title))
            .execute(conn)
    }

    fn find<H: SessionHandle>(conn: &mut TenantConnection<H>, title: &str) -> QueryResult<Self> {
        documents::table
            .filter(documents::title.eq(title))
            .select(Self::as_select())
            .first(conn)
    }
}

/// Only written, so there is nothing to read it with.
#[derive(Insertable, MultiSchema)]
#[diesel(table_name = notes)]
#[tenant(skip(all, find, create, update))]
struct NewNote {
    id: i32,
}

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>) -> QueryResult<()> {
    Document::create(conn, "a")?;
    Document::find(conn, "a")?;
    Document::update(conn, 1, documents::title.eq("b"))?;
    NewNote::count(conn)?;
    NewNote::delete(conn, NewNote { id: 1 }.id)?;
    Ok(())
}

fn main() {
    let _ = work::<multischema::Session>;
}
