// A model is a struct with named fields.

use multischema::MultiSchema;

#[derive(MultiSchema)]
#[tenant]
enum Document {
    Draft,
}

fn main() {}
