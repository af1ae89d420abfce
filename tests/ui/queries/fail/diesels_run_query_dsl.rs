// A global connection is not one of Diesel's.

use diesel::prelude::*;
use multischema::{GlobalConnection, SessionHandle};

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

fn work<H: SessionHandle>(conn: &mut GlobalConnection<H>) {
    let _ = plans::table.select(plans::name).load::<String>(conn);
}

fn main() {}
