//! Which of the parked connections is taken.
//!
//! A connection that is at the schema costs nothing. If there is none, one has to be moved, and what it loses is its
//! place: whoever asks for the schema it was at has to move another. It loses nothing if its place was not asked for
//! within the `proof_ttl`, as it would be proven anew all the same, or if it has none. Such a one is *free*, and as
//! long as there are free ones, or new ones that are ready, each schema gets a connection of its own.
//!
//! Where none is, more schemata are in use than there are connections. Then the one is moved that was moved last,
//! again and again: the others keep their places, and PostgreSQL runs one process that is warm, and not each in turn
//! that has been out of the processor's caches. It is left when it has statements for as many schemata as it may.

use std::time::Duration;

use super::park::Kept;
use crate::path::SearchPath;

/// Returns the one that is at `path`, used last.
pub(super) fn at(parked: &[Kept], path: &SearchPath) -> Option<usize> {
    parked.iter().rposition(|kept| kept.session.is_at(path))
}

/// Returns a free one that has statements prepared for `path`, unused for longest.
pub(super) fn free_and_suited(parked: &[Kept], path: &SearchPath, ttl: Duration) -> Option<usize> {
    let schema = path.schema();
    parked
        .iter()
        .position(|kept| is_free(kept, ttl) && kept.session.knows(schema))
}

/// Returns one if there is any: a free one, unused for longest; else the one moved last that has statements prepared
/// for `path`, or has room for them; else the one unused for longest.
pub(super) fn any(parked: &[Kept], path: &SearchPath, ttl: Duration) -> Option<usize> {
    let schema = path.schema();
    let moved = |is_suited: &dyn Fn(&Kept) -> bool| {
        let last = parked
            .iter()
            .rposition(|kept| kept.moved && is_suited(kept));
        last.or_else(|| parked.iter().position(is_suited))
    };
    parked
        .iter()
        .position(|kept| is_free(kept, ttl))
        .or_else(|| moved(&|kept| kept.session.knows(schema)))
        .or_else(|| moved(&|kept| kept.session.has_room()))
        .or_else(|| (!parked.is_empty()).then_some(0))
}

fn is_free(kept: &Kept, ttl: Duration) -> bool {
    !kept.session.is_proven_anywhere() || kept.idle_since.elapsed() >= ttl
}
