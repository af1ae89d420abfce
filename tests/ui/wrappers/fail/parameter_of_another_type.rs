// A parameter fits its column where a wrapper is used.

use diesel::prelude::*;
use multischema::{MultiSchema, SessionHandle, TenantConnection};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant]
struct Entry<T> {
    id: i32,
    title: T,
}

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>) {
    let _ = Entry::<i32>::all(conn);
}

fn main() {}
