//! One of several who miss the same reads it, and the others wait.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long to wait for one who reads: its connection may be dead without knowing it.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is being read now.
pub(super) struct Flights<K> {
    begun: Mutex<HashSet<K>>,
    ended: Condvar,
}

/// What came of a flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flight {
    /// This was it.
    Flown,
    /// It was another's, and has ended.
    Awaited,
    /// It was another's, and takes too long.
    Late,
}

impl<K: Eq + Hash + Clone> Flights<K> {
    pub(super) fn new() -> Self {
        Self {
            begun: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// Does what is to be done about `key`, unless somebody does it already: then waits until that has ended.
    pub(super) fn fly<E>(
        &self,
        key: &K,
        work: impl FnOnce() -> Result<(), E>,
    ) -> Result<Flight, E> {
        let mut begun = self.begun();
        if !begun.insert(key.clone()) {
            let start = Instant::now();
            while begun.contains(key) {
                let Some(left) = PATIENCE.checked_sub(start.elapsed()) else {
                    return Ok(Flight::Late);
                };
                let waited = self.ended.wait_timeout(begun, left);
                begun = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            return Ok(Flight::Awaited);
        }
        drop(begun);
        let _landing = Landing { flights: self, key };
        work().map(|()| Flight::Flown)
    }

    fn begun(&self) -> MutexGuard<'_, HashSet<K>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a flight, also by a panic.
struct Landing<'a, K: Eq + Hash + Clone> {
    flights: &'a Flights<K>,
    key: &'a K,
}

impl<K: Eq + Hash + Clone> Drop for Landing<'_, K> {
    fn drop(&mut self) {
        self.flights.begun().remove(self.key);
        self.flights.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn of_many_at_once_one_flies_and_the_others_wait_for_it() {
        let flights = Flights::new();
        let start = Barrier::new(8);
        let came = thread::scope(|scope| {
            let all = [(); 8].map(|()| {
                scope.spawn(|| {
                    start.wait();
                    flights.fly(&"key", || {
                        thread::sleep(Duration::from_millis(200));
                        Ok::<(), ()>(())
                    })
                })
            });
            all.map(|one| one.join().unwrap().unwrap())
        });
        let flown = came.iter().filter(|it| **it == Flight::Flown).count();
        assert_eq!(flown, 1, "{came:?}");
        assert!(!came.contains(&Flight::Late));
    }

    #[test]
    fn one_that_fails_or_takes_too_long_holds_nobody_up() {
        let flights = Flights::new();
        assert_eq!(flights.fly(&1, || Err("no")), Err("no"));
        let panics = || flights.fly(&1, || -> Result<(), ()> { panic!("on purpose") });
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).unwrap_err();
        thread::scope(|scope| {
            scope.spawn(|| {
                flights.fly(&1, || {
                    thread::sleep(PATIENCE * 2);
                    Ok::<(), ()>(())
                })
            });
            thread::sleep(Duration::from_millis(100));
            assert_eq!(flights.fly(&1, || Ok::<(), ()>(())), Ok(Flight::Late));
            assert_eq!(flights.fly(&2, || Ok::<(), ()>(())), Ok(Flight::Flown));
        });
    }
}
