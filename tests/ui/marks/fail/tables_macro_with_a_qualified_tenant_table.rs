// `tables!` checks the names as the derive does.

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

multischema::tables! { tenant: [plans]; global: [documents] }

fn main() {}
