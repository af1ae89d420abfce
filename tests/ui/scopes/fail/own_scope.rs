// There are two scopes.

use multischema::Scope;

struct Both;

impl Scope for Both {}

fn main() {}
