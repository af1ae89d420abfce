// The options are `partial` and `skip(…)`.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant(partially)]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
