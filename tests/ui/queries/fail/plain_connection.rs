// A connection without a scope could be anywhere.

use diesel::prelude::*;
use multischema::RunQueryDsl;

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
multischema::tables! { tenant: [documents]; global: [plans] }

fn work(conn: &mut PgConnection) {
    let _ = documents::table
        .select(documents::title)
        .load::<String>(conn);
}

fn main() {}
