// What goes by the primary key needs one.

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
struct Title {
    title: String,
}

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>) {
    let _ = Title::find(conn, 1);
}

fn main() {}
