// The wrappers read the struct.

use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
