//! Each table is marked once.

use diesel::prelude::*;
use multischema::{Global, Model, MultiSchema, TableScope, Tenant};

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

mod schema {
    pub(crate) mod tenant {
        diesel::table! {
            notes (id) {
                id -> Integer,
            }
        }
        diesel::table! {
            tags (id) {
                id -> Integer,
            }
        }
    }

    pub(crate) mod global {
        diesel::table! {
            public.plans (id) {
                id -> Integer,
                name -> Text,
            }
        }
        diesel::table! {
            billing.invoices (id) {
                id -> Integer,
            }
        }
    }
}

mod unmarked {
    // Its name for macros of this module only.
    use super::schema::global;

    multischema::tables! { global: [global::invoices] }
}

multischema::tables! {
    tenant: [schema::tenant::notes, crate::schema::tenant::tags,];
    global: [];
}

#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

/// Another view of a document.
#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant(partial)]
struct Title {
    title: String,
}

impl Title {
    /// A partial struct has no wrappers.
    fn all() {}
}

#[derive(Insertable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant(partial)]
struct NewDocument<'a> {
    title: &'a str,
}

/// A model of a table that `tables!` marks.
#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = schema::tenant::notes)]
#[tenant(partial)]
struct Note {
    id: i32,
}

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = schema::global::plans)]
#[global]
struct Plan {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = schema::global::plans)]
#[global(partial)]
struct PlanName {
    name: String,
}

fn tenant<M: Model<Scope = Tenant>>() {}
fn global<M: Model<Scope = Global>>() {}
fn tenant_table<T: TableScope<Scope = Tenant>>() {}
fn global_table<T: TableScope<Scope = Global>>() {}

fn main() {
    tenant::<Document>();
    tenant::<Title>();
    tenant::<NewDocument<'_>>();
    tenant::<Note>();
    global::<Plan>();
    global::<PlanName>();
    tenant_table::<documents::table>();
    tenant_table::<schema::tenant::notes::table>();
    tenant_table::<schema::tenant::tags::table>();
    global_table::<schema::global::plans::table>();
    global_table::<schema::global::invoices::table>();
    Title::all();
}
