// A tenant model needs a tenant.

use diesel::prelude::*;
use multischema::{GlobalConnection, MultiSchema, SessionHandle};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn work<H: SessionHandle>(conn: &mut GlobalConnection<H>) {
    let _ = Document::all(conn);
    let _ = Document::count(conn);
    let _ = Document::find(conn, 1);
    let _ = Document::create(conn, documents::title.eq("a"));
    let _ = Document::update(conn, 1, documents::title.eq("b"));
    let _ = Document::delete(conn, 1);
}

fn main() {}
