// Raw SQL says that it is.

use multischema::{GlobalConnection, RunQueryDsl, SessionHandle};

fn work<H: SessionHandle>(conn: &mut GlobalConnection<H>) {
    let _ = diesel::sql_query("SELECT 1").execute(conn);
}

fn main() {}
