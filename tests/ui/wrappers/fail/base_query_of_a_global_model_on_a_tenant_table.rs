// A global model does not need a tenant.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}
diesel::table! {
    public.plans (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::joinable!(documents -> plans (id));
diesel::allow_tables_to_appear_in_same_query!(documents, plans);
multischema::tables! { tenant: [documents] }

#[derive(HasQuery, MultiSchema)]
#[diesel(base_query = plans::table.inner_join(documents::table))]
#[global]
struct Plan {
    id: i32,
    name: String,
}

fn main() {}
