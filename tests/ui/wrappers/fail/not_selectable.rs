// The wrappers select the columns of the struct.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
