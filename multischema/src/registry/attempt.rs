//! Making a schema as soon as others are not in the way.

use std::thread;
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;

use super::create_error::CreateError;
use super::provision::Failed;
use crate::name::SchemaName;
use crate::patience::pause;
use crate::scope::depth;
use crate::transaction::roll_back_to;

/// Attempts something in a transaction, and again while others migrate or change what it needs, until `patience` is over. Each
/// attempt is told how much of that is left.
pub(super) fn patiently<T>(
    pg: &mut PgConnection,
    name: &SchemaName,
    patience: Duration,
    mut attempt: impl FnMut(&mut PgConnection, Duration) -> Result<T, Failed>,
) -> Result<T, CreateError> {
    let start = Instant::now();
    loop {
        let floor = depth(pg);
        let waited = start.elapsed();
        let left = patience.saturating_sub(waited);
        let failed = match attempt(pg, left) {
            Ok(done) => return Ok(done),
            Err(failed) => failed,
        };
        roll_back_to(pg, floor);
        match failed {
            // What has changed is known now, so nobody is waited for.
            Failed::Outdated if waited < patience => {}
            // Outside of the transaction: a snapshot held meanwhile could be what a migration waits for.
            Failed::Busy if waited < patience => thread::sleep(pause().min(left)),
            failed => return Err(failed.explain(pg, name, waited)),
        }
    }
}
