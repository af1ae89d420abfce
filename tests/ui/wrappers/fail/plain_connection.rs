// A connection without a scope could be anywhere.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn work(conn: &mut PgConnection) {
    let _ = Document::all(conn);
}

fn main() {}
