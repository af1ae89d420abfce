// A table is marked before it is used.

use multischema::{RunQueryDsl, SessionHandle, TenantConnection};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>) {
    let _ = documents::table.load::<(i32, String)>(conn);
}

fn main() {}
