//! Where connections wait between two borrowers, each where its last scope left it.
//!
//! r2d2 lends the connection that came back last and cannot be asked for another, so ours are kept here, and r2d2
//! believes them to be lent. What makes that sound is the *permit*: there are as many as connections may be, and
//! a borrower holds one from before it has a connection until after it has given it back. So whoever holds one
//! finds a parked connection, or room for one more in r2d2, and waits there for nothing but the connect.
//!
//! For that, the connection that r2d2 makes for one who waits must not go to another while there are parked ones:
//! r2d2 would have no room for a second. So who waits in r2d2 is counted, from the moment in which there was no
//! parked one, and the others leave it what is new.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, PooledConnection};

use super::choice;
use crate::name::SchemaName;
use crate::path::SearchPath;
use crate::scope::Session;

/// A connection of r2d2's.
pub(super) type Pooled = PooledConnection<ConnectionManager<PgConnection>>;

/// A connection, and what the pool knows of it.
pub(super) struct Kept {
    pub(super) session: Session<Pooled>,
    pub(super) born: Instant,
    pub(super) idle_since: Instant,
    /// Its last borrower did not find it at the place asked for.
    pub(super) moved: bool,
    /// The last invalidation that it has heard of.
    heard: u64,
}

#[derive(Default)]
pub(super) struct Park {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    permits: u32,
    /// In the order in which they came back.
    parked: Vec<Kept>,
    /// Who waits for a permit, first come, first served.
    queue: VecDeque<u64>,
    next_ticket: u64,
    /// How many wait in r2d2.
    connecting: u32,
    invalidations: u64,
    /// The last invalidation of each schema.
    invalid: HashMap<SchemaName, u64>,
}

impl Park {
    pub(super) fn new(permits: u32) -> Self {
        let park = Self::default();
        park.state().permits = permits;
        park
    }

    /// Takes a permit, waiting for it until `deadline` behind those who came before. Returns whether there was one.
    pub(super) fn take_permit(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        if state.permits > 0 && state.queue.is_empty() {
            state.permits -= 1;
            return true;
        }
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.queue.push_back(ticket);
        loop {
            if state.permits > 0 && state.queue.front() == Some(&ticket) {
                state.queue.pop_front();
                state.permits -= 1;
                self.wake_next(&state);
                return true;
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                state.queue.retain(|waiting| *waiting != ticket);
                self.wake_next(&state);
                return false;
            };
            state = self
                .freed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Takes a permit if there is one that nobody waits for.
    pub(super) fn take_spare_permit(&self) -> bool {
        let mut state = self.state();
        let is_spare = state.permits > 0 && state.queue.is_empty();
        state.permits -= u32::from(is_spare);
        is_spare
    }

    /// Takes the connection that came back last.
    pub(super) fn take_last(&self) -> Option<Kept> {
        self.state().parked.pop()
    }

    /// Gives a permit back. Whoever does has parked or closed its connection before.
    pub(super) fn give_permit(&self) {
        let mut state = self.state();
        state.permits += 1;
        self.wake_next(&state);
    }

    /// Takes the connection that is at `path`, or one that nobody needs where it is and that knows `path`.
    pub(super) fn take_suited(&self, path: &SearchPath, ttl: Duration) -> Option<Kept> {
        let mut state = self.state();
        if let Some(there) = choice::at(&state.parked, path) {
            let mut kept = state.take(there);
            kept.moved = false;
            return Some(kept);
        }
        let free = choice::free_and_suited(&state.parked, path, ttl)?;
        Some(state.take(free))
    }

    /// Takes the connection that is the least loss; if there is none, the caller is one who waits in r2d2.
    pub(super) fn take_any(
        &self,
        path: &SearchPath,
        ttl: Duration,
    ) -> Result<Kept, Connecting<'_>> {
        let mut state = self.state();
        match choice::any(&state.parked, path, ttl) {
            Some(index) => Ok(state.take(index)),
            None => {
                state.connecting += 1;
                Err(Connecting(self))
            }
        }
    }

    /// Takes a parked connection if what r2d2 has is for one who waits there.
    pub(super) fn take_instead(&self) -> Option<Kept> {
        let mut state = self.state();
        (state.connecting > 0 && !state.parked.is_empty()).then(|| state.take(0))
    }

    /// Returns whether anybody waits in r2d2.
    pub(super) fn is_anyone_connecting(&self) -> bool {
        self.state().connecting > 0
    }

    /// Takes one that `is_due` says, with a permit, which is to be given back as by a borrower: until then there
    /// may be no room for another in r2d2, and who waits there is not told when there is. Nothing is taken from
    /// those who have their permit already and come for a connection.
    pub(super) fn take_due(&self, is_due: impl FnMut(&Kept) -> bool) -> Option<Kept> {
        let mut state = self.state();
        if state.permits == 0 || !state.queue.is_empty() {
            return None;
        }
        let due = state.parked.iter().position(is_due)?;
        state.permits -= 1;
        Some(state.parked.remove(due))
    }

    pub(super) fn put(&self, kept: Kept) {
        self.state().parked.push(kept);
    }

    /// A connection that r2d2 has just handed out.
    pub(super) fn welcome(&self, session: Session<Pooled>) -> Kept {
        let now = Instant::now();
        Kept {
            session,
            born: now,
            idle_since: now,
            moved: true,
            heard: self.state().invalidations,
        }
    }

    /// Has each connection forget `schema` before it is lent again.
    pub(super) fn invalidate(&self, schema: &SchemaName) {
        let mut state = self.state();
        state.invalidations += 1;
        let number = state.invalidations;
        state.invalid.insert(schema.clone(), number);
    }

    /// Returns how many connections are parked, and how many permits are taken.
    pub(super) fn count(&self) -> (usize, u32) {
        let state = self.state();
        (state.parked.len(), state.permits)
    }

    fn wake_next(&self, state: &State) {
        if state.permits > 0 && !state.queue.is_empty() {
            // All, as there is no waking the one whose turn it is.
            self.freed.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits in r2d2.
pub(super) struct Connecting<'a>(&'a Park);

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.0.state().connecting -= 1;
    }
}

impl State {
    fn take(&mut self, index: usize) -> Kept {
        let mut kept = self.parked.remove(index);
        kept.moved = true;
        if kept.heard < self.invalidations {
            let unheard = |(schema, number): (&SchemaName, &u64)| {
                *number > kept.heard && kept.session.knows(Some(schema))
            };
            if self.invalid.iter().any(unheard) {
                kept.session.distrust();
            }
            kept.heard = self.invalidations;
        }
        kept
    }
}
