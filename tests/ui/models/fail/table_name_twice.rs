// A model has the rows of one table.

use multischema::MultiSchema;

diesel::table! {
    documents (id) {
        id -> Integer,
        title -> Text,
    }
}

#[derive(MultiSchema)]
#[diesel(table_name = documents)]
#[diesel(table_name = notes)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

fn main() {}
