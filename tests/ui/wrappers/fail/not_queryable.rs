// The wrappers read the struct.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Selectable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
