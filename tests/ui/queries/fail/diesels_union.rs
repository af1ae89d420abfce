// Diesel's union does not say which tables it is of.

use diesel::prelude::*;
use multischema::{RunQueryDsl, SessionHandle, TenantConnection};

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

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>) {
    let names = plans::table.select(plans::name);
    let _ = names
        .union(documents::table.select(documents::title))
        .load::<String>(conn);
}

fn main() {}
