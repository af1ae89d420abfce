// A primary key that is named is among the fields.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(primary_key(idd))]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
