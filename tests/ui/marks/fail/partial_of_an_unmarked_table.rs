// A partial struct marks nothing.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant(partial)]
struct Title {
    title: String,
}

fn main() {}
