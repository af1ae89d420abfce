// Keys, rows and changes fit the table.

use diesel::prelude::*;
use multischema::{MultiSchema, SessionHandle, TenantConnection};

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

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = plans)]
struct NewPlan {
    name: String,
}

struct NotARow;

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>, plan: NewPlan) {
    let _ = Document::find(conn, "one");
    let _ = Document::create(conn, &plan);
    let _ = Document::create(conn, NotARow);
    let _ = Document::update(conn, 1, &plan);
    let _ = Document::update(conn, 1, NotARow);
}

fn main() {}
