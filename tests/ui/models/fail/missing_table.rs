// The table is named as in Diesel, so Diesel says that it is missing.

use diesel::prelude::*;
use multischema::MultiSchema;

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
