//! The thread that hears of changes.
//!
//! A connection may be swallowed by the network without a word, and libpq waits for an answer for as long as the system
//! lets it. So memory does not ask the thread whether it is well: it is believed until a time that only a living thread puts
//! off. And a thread that has given no sign for long is left alone, another takes its place, and it ends when it comes back.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::generations::Hint;
use super::memory::Memory;
use super::sql;
use crate::patience::pause;
use crate::pool::Apart;

/// How often the connection is looked at.
const POLL: Duration = Duration::from_millis(50);
/// How often it is asked for an answer.
const ROUND_TRIP: Duration = Duration::from_secs(2);
/// How long an answer proves that the connection lives, from when it was asked for.
const PROOF: Duration = Duration::from_millis(2500);
/// How long what was heard is believed to be all, from when the connection was looked at: the thread may not get to run.
const SILENCE: Duration = Duration::from_millis(750);
/// How long a listener may take to hear what another connection says.
const INTRODUCTION: Duration = Duration::from_secs(2);
/// A thread without a sign for this long waits for what may never come.
const STUCK: Duration = Duration::from_secs(6);
/// How many threads may wait so, with the one that does not.
const MAX_THREADS: usize = 3;
/// The longest time between two attempts to connect.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Who listens.
pub(super) struct Listening {
    apart: Option<Apart>,
    turn: Mutex<Turn>,
    threads: Arc<AtomicUsize>,
}

struct Turn {
    /// That of the thread which is believed, from 1.
    number: u64,
    sign: Instant,
}

impl Listening {
    /// Nobody, for now.
    pub(super) fn at(apart: Option<Apart>) -> Self {
        let turn = Turn {
            number: 0,
            sign: Instant::now(),
        };
        Self {
            apart,
            turn: Mutex::new(turn),
            threads: Arc::default(),
        }
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Has somebody listen, unless the one who does has given a sign lately.
    pub(super) fn revive(self: &Arc<Self>) {
        let Some(apart) = &self.listening.apart else {
            return;
        };
        if self.pulse.is_alive() {
            return;
        }
        let mut turn = self.listening.turn();
        let is_first = turn.number == 0;
        let threads = &self.listening.threads;
        if !is_first && turn.sign.elapsed() < STUCK
            || threads.load(Ordering::Relaxed) >= MAX_THREADS
        {
            return;
        }
        turn.number += 1;
        turn.sign = Instant::now();
        let listener = Listener {
            memory: Arc::downgrade(self),
            apart: apart.clone(),
            number: turn.number,
            counted: Counted::one_more(threads),
        };
        // If there can be no thread, memory is not believed.
        let thread = thread::Builder::new().name("multischema-listen".into());
        let _ = thread.spawn(move || listener.run());
    }
}

/// A thread that is there.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn one_more(threads: &Arc<AtomicUsize>) -> Self {
        threads.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(threads))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Listener {
    memory: Weak<Memory>,
    apart: Apart,
    number: u64,
    #[expect(dead_code, reason = "it counts by being there")]
    counted: Counted,
}

/// Why a listener stops: nobody needs it any more.
struct Over;

impl Listener {
    fn run(self) {
        let mut failures = 0;
        while let Ok(was_believed) = self.listen() {
            failures = if was_believed { 0 } else { failures + 1 };
            // Others have lost their connections, too, and are not to come back all at once.
            let pause = (pause() * 2_u32.pow(failures.min(8))).min(MAX_PAUSE);
            if self.rest(pause).is_err() {
                return;
            }
        }
    }

    /// Listens until the connection fails, and returns whether it was believed.
    fn listen(&self) -> Result<bool, Over> {
        self.sign()?;
        let Ok(mut pg) = self.apart.connect() else {
            return Ok(false);
        };
        self.sign()?;
        if sql::listen(&mut pg).is_err() {
            return Ok(false);
        }
        let Some(mut asked) = self.introduce(&mut pg)? else {
            return Ok(false);
        };
        // What was read before nobody listened for.
        let memory = self.sign()?;
        memory.hear(Hint::Anything);
        memory.counters.connects.add();
        drop(memory);
        let lost = loop {
            // Looked at after it was asked, so that the proof comes after what it proves.
            let looked = Instant::now();
            if let Err(error) = self.take_in(&mut pg)? {
                break error;
            }
            let memory = self.sign()?;
            memory.pulse.prove((asked + PROOF).min(looked + SILENCE));
            drop(memory);
            thread::sleep(POLL);
            if asked.elapsed() >= ROUND_TRIP {
                let now = Instant::now();
                if let Err(error) = sql::round_trip(&mut pg) {
                    break error;
                }
                asked = now;
            }
        };
        drop(lost);
        self.sign()?.pulse.stop();
        Ok(true)
    }

    /// Has a connection of the pool say something, and returns when, if that is heard. Where each transaction may be in
    /// another session, in another database or on a replica, the connection would live and hear nothing.
    fn introduce(&self, pg: &mut PgConnection) -> Result<Option<Instant>, Over> {
        let word = word();
        let asked = Instant::now();
        {
            let memory = self.sign()?;
            let Ok(mut conn) = memory.registry.pool().global() else {
                return Ok(None);
            };
            if !matches!(conn.lend(|pg| sql::tell(pg, &word)), Ok(Ok(()))) {
                return Ok(None);
            }
        }
        while asked.elapsed() < INTRODUCTION {
            for heard in pg.notifications_iter() {
                match heard {
                    Ok(heard) if heard.payload == word => return Ok(Some(asked)),
                    Ok(_) => {}
                    Err(_) => return Ok(None),
                }
            }
            self.rest(Duration::from_millis(5))?;
        }
        Ok(None)
    }

    /// Notes what was told.
    fn take_in(&self, pg: &mut PgConnection) -> Result<QueryResult<()>, Over> {
        let memory = self.memory.upgrade().ok_or(Over)?;
        for heard in pg.notifications_iter() {
            match heard {
                Ok(heard) if heard.channel == sql::CHANNEL => {
                    memory.hear(Hint::of(&heard.payload));
                }
                Ok(_) => {}
                // Not a name of ours, and the connection may live.
                Err(diesel::result::Error::DeserializationError(_)) => memory.hear(Hint::Anything),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    /// Gives a sign, unless somebody else has taken its place.
    fn sign(&self) -> Result<Arc<Memory>, Over> {
        let memory = self.memory.upgrade().ok_or(Over)?;
        let mut turn = memory.listening.turn();
        if turn.number != self.number {
            return Err(Over);
        }
        turn.sign = Instant::now();
        drop(turn);
        Ok(memory)
    }

    fn rest(&self, time: Duration) -> Result<(), Over> {
        let start = Instant::now();
        while let Some(left) = time.checked_sub(start.elapsed()) {
            self.sign()?;
            thread::sleep(left.min(POLL).max(Duration::from_millis(1)));
        }
        Ok(())
    }
}

/// What nobody else says.
fn word() -> String {
    // Each has keys of its own.
    let [one, two] = [(); 2].map(|()| RandomState::new().hash_one(()));
    format!("{}{one:016x}{two:016x}", Hint::PROOF)
}
