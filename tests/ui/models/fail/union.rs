// A model is a struct with named fields.

use multischema::MultiSchema;

#[derive(MultiSchema)]
#[tenant]
union Document {
    id: i32,
}

fn main() {}
