// A session is in one scope at a time.

use diesel::PgConnection;
use multischema::{SchemaName, Session};

fn work(session: &mut Session<Box<PgConnection>>, a: &SchemaName, b: &SchemaName) {
    let in_a = session.tenant(a).unwrap();
    let in_b = session.tenant(b).unwrap();
    drop((in_a, in_b));
}

fn main() {}
