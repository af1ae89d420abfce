// The schema of a tenant table is not in its name.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    public.plans (id) {
        id -> Integer,
        name -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Plan {
    id: i32,
    name: String,
}

fn main() {}
