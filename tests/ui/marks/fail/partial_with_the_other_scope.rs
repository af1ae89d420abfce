// A partial struct says what its table is marked with.

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

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = documents)]
#[global(partial)]
struct Title {
    title: String,
}

fn main() {}
