// A table is in each schema or shared by all.

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
#[global]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
