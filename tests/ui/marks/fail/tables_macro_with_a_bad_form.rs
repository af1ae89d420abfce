// The two sections of `tables!`.

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

multischema::tables! { tenants: [documents] }

multischema::tables! { tenant: [documents], global: [plans] }

multischema::tables! { tenant: documents }

multischema::tables! { global: [plans "and more"] }

fn main() {}
