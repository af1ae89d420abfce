// The options stand in parentheses.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant = "partial"]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
