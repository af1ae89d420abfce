// The schema of a global table is in its name.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[global]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
