// A stand-in keeps all uses of the model quiet.

use diesel::prelude::*;
use multischema::{
    GlobalConnection, Model, MultiSchema, RunQueryDsl, SessionHandle, TenantConnection,
};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant(partialy)]
struct Document {
    id: i32,
    title: String,
}

fn is_model<M: Model>() {}

fn work<H: SessionHandle>(tenant: &mut TenantConnection<H>, global: &mut GlobalConnection<H>) {
    is_model::<Document>();
    let _ = Document::all(tenant);
    let _ = Document::find(tenant, 1);
    let _ = Document::create(global, documents::title.eq("a"));
    let _ = Document::update(global, 1, documents::title.eq("b"));
    let _ = documents::table.count().get_result::<i64>(global);
}

fn main() {}
