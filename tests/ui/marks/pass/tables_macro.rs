//! The sections of `tables!` stand in any order, and either can be left out.

diesel::table! {
    documents (id) {
        id -> Integer,
    }
}
diesel::table! {
    notes (id) {
        id -> Integer,
    }
}
diesel::table! {
    public.plans (id) {
        id -> Integer,
    }
}
diesel::table! {
    public.users (id) {
        id -> Integer,
    }
}

multischema::tables! { global: [plans]; tenant: [documents] }
multischema::tables! { tenant: [notes]; }
multischema::tables! { global: [users,] }
multischema::tables! { tenant: []; global: [] }
multischema::tables! {}

fn main() {}
