// A base query goes where its tables are.

use diesel::prelude::*;
use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}
diesel::table! {
    notes (id) {
        id -> Integer,
        document -> Integer,
    }
}
diesel::joinable!(notes -> documents (document));
diesel::allow_tables_to_appear_in_same_query!(documents, notes);

#[derive(HasQuery, MultiSchema)]
#[diesel(base_query = documents::table.inner_join(notes::table))]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
