// A partial struct has nothing to skip.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant(partial, skip(create))]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
