// A model is a struct with named fields.

use multischema::MultiSchema;

#[derive(MultiSchema)]
#[tenant]
struct Document(i32, String);

fn main() {}
