// What the derive reads of `#[diesel(…)]`, it also checks.

use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(MultiSchema)]
#[diesel(table_name(documents), primary_key = id)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
