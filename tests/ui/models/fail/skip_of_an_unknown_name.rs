// What is skipped is a wrapper, each once.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant(skip(insert, create, create))]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
