// A struct says where its rows are.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
