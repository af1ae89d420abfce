// One struct carries the scope of the table, the others are partial.

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
#[tenant]
struct Title {
    title: String,
}

fn main() {}
