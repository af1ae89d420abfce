// The options go into one attribute.

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
#[tenant(skip(create))]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
