// With parameters, what is missing is also said where a wrapper is used.

use std::borrow::Cow;

use diesel::prelude::*;
use multischema::{MultiSchema, SessionHandle, TenantConnection};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant]
struct Page<'a> {
    id: i32,
    title: Cow<'a, str>,
}

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>) {
    let _ = Page::all(conn);
}

fn main() {}
