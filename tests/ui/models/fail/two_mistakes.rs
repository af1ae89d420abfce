// All mistakes are reported at once.

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
#[tenant(skip(insert), partially)]
#[global]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
