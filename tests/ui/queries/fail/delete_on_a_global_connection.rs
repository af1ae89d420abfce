// A tenant table is not in reach of a global connection.

use multischema::{GlobalConnection, RunQueryDsl, SessionHandle};

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
    let _ = diesel::delete(documents::table).execute(conn);
}

fn main() {}
