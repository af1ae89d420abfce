// Diesel says which field does not fit.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[tenant]
struct Document {
    id: i32,
    title: i32,
}

fn main() {}
