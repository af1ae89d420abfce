// `base_query` is an option of `HasQuery`.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(base_query = documents::table.order(documents::id))]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
