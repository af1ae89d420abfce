//! Everything at once: threads that do to their connections whatever one can, while others kill these, and suspend,
//! drop and make anew the schemata. No row of another schema is ever read or written, and nobody waits for ever.
//!
//! `MULTISCHEMA_CHAOS_CHECKOUTS=100000` (per thread) looks longer than the default, and `MULTISCHEMA_CHAOS_SEED` at
//! the choices of a run that failed; what the threads do at the same time differs still.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::result::Error;
use multischema::{CheckoutError, SchemaName, TenantPool};
use multischema_tests::World;

use self::random::Random;
use self::sql::{FUNCTIONS, Row};
use self::worker::Worker;

mod errors;
mod random;
mod sql;
mod worker;

const SCHEMATA: usize = 20;
/// The schema that is dropped and made anew.
const MORTAL: usize = 3;
const THREADS: usize = 8;
const TTL: Duration = Duration::from_millis(5);

/// What all threads have in common.
struct Chaos {
    pool: TenantPool,
    schemata: [SchemaName; SCHEMATA],
    statuses: [Mutex<Status>; SCHEMATA],
    /// What each thread does, for who finds that it does so for ever.
    doing: [Mutex<String>; THREADS + 1],
    over: AtomicBool,
    /// The schema at which most threads are.
    hot: AtomicUsize,
}

/// The titles that were committed, each with the number of its schema.
type Kept = Vec<(usize, String)>;

type Work = Box<dyn FnOnce() -> Kept + Send>;

/// What is known of a schema's status.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Status {
    /// Odd from before it is suspended until after it is active again.
    changes: u64,
    /// Since when it is suspended for sure.
    suspended: Option<Instant>,
}

impl Chaos {
    fn new(url: &str, schemata: [SchemaName; SCHEMATA]) -> Self {
        let pool = TenantPool::builder(url)
            .max_size(5)
            .proof_ttl(TTL)
            .checkout_timeout(Duration::from_secs(30))
            .max_lifetime(Some(Duration::from_secs(5)))
            .max_schemas_per_connection(8)
            .build();
        Self {
            pool: pool.unwrap(),
            schemata,
            statuses: Default::default(),
            doing: Default::default(),
            over: AtomicBool::new(false),
            hot: AtomicUsize::new(0),
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn note(&self, thread: usize, what: String) {
        *self.doing[thread].lock().unwrap() = what;
    }

    fn status(&self, schema: usize) -> Status {
        *self.statuses[schema].lock().unwrap()
    }

    /// Judges how a checkout ended that was begun at `start`, when the status was `before`.
    fn judge(
        &self,
        schema: usize,
        (before, start): (Status, Instant),
        is_transaction: bool,
        refusal: Option<&CheckoutError>,
    ) {
        if let Some(CheckoutError::Scope(error)) = refusal {
            let text = errors::story(error);
            assert!(!errors::is_of_killed(&text), "it was not replaced: {text}");
        }
        if schema == MORTAL || self.status(schema) != before {
            return;
        }
        let ttl = if is_transaction { Duration::ZERO } else { TTL };
        let is_suspended = before.suspended.is_some_and(|since| start >= since + ttl);
        let schema = &self.schemata[schema];
        match refusal {
            None => assert!(!is_suspended, "{schema} is suspended, and was lent"),
            Some(CheckoutError::Suspended { .. }) => {
                assert!(before.changes % 2 == 1, "{schema} is active, and refused");
            }
            Some(_) => {}
        }
    }

    /// Suspends and resumes schemata, and drops one and makes it anew, until all is over.
    fn govern(&self, pg: &mut PgConnection, mut random: Random) {
        while !self.is_over() {
            let hot = self.hot.load(Ordering::Relaxed);
            let at = [hot, random.skewed(SCHEMATA)][random.below(2)];
            let schema = &self.schemata[at];
            self.note(THREADS, format!("governs {schema}"));
            if at == MORTAL {
                // It waits for who uses the schema, and others for it.
                let anew = format!(
                    "BEGIN; SET LOCAL lock_timeout = '100ms'; DELETE FROM multischema.schemas WHERE name = '{schema}';
                     DROP SCHEMA {schema} CASCADE; COMMIT; SELECT pg_sleep(0.01); BEGIN; CREATE SCHEMA {schema};
                     CREATE TABLE {schema}.documents (LIKE {other}.documents INCLUDING ALL);
                     INSERT INTO multischema.schemas (name, label) VALUES ('{schema}', '{schema}'); COMMIT",
                    other = self.schemata[0]
                );
                if let Err(error) = pg.batch_execute(&anew) {
                    assert!(error.to_string().contains("lock timeout"), "{error}");
                    pg.batch_execute("ROLLBACK").unwrap();
                }
            } else {
                self.suspend(pg, at, &mut random);
            }
            thread::sleep(random.time(4 * TTL));
        }
    }

    fn suspend(&self, pg: &mut PgConnection, at: usize, random: &mut Random) {
        let schema = &self.schemata[at];
        let mut set = |status: &str| {
            let update = "UPDATE multischema.schemas SET status";
            pg.batch_execute(&format!("{update} = '{status}' WHERE name = '{schema}'"))
                .unwrap();
        };
        let change = |changes, suspended| {
            let mut status = self.statuses[at].lock().unwrap();
            status.changes += changes;
            status.suspended = suspended;
        };
        change(1, None);
        set("suspended");
        change(0, Some(Instant::now()));
        if random.one_in(3) {
            self.pool.invalidate(schema);
            for _ in 0..random.below(4) {
                let begun = self.pool.transaction(schema, |_| Ok::<_, Error>(()));
                assert!(begun.is_err(), "{schema} is suspended, and was begun");
            }
            let lent = self.pool.tenant(schema);
            assert!(lent.is_err(), "{schema} is suspended, said so, and lent");
        }
        thread::sleep(random.time(6 * TTL));
        change(0, None);
        set("active");
        change(1, None);
    }
}

/// A connection that nobody kills.
fn bystander(world: &World) -> PgConnection {
    let mut pg = world.pg();
    pg.batch_execute("SET application_name = 'bystander'")
        .unwrap();
    pg
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap())
}

#[test]
fn whatever_many_threads_do_no_row_of_another_schema_is_seen_and_none_waits_for_ever() {
    let checkouts = number("MULTISCHEMA_CHAOS_CHECKOUTS").unwrap_or(5000);
    let seed = number("MULTISCHEMA_CHAOS_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let names: [String; SCHEMATA] = std::array::from_fn(|at| format!("school_{at:02}"));
    let (world, schemata) = World::registered(names.each_ref().map(String::as_str));
    world.run(FUNCTIONS);
    let chaos = Arc::new(Chaos::new(world.url(), schemata));

    let deadline = Instant::now()
        + Duration::from_secs(60)
        + Duration::from_millis(60) * u32::try_from(checkouts).unwrap();
    let (send, receive) = mpsc::channel();
    let governor = {
        let (chaos, mut pg) = (Arc::clone(&chaos), bystander(&world));
        let random = Random::new(seed, THREADS);
        move || {
            chaos.govern(&mut pg, random);
            Vec::new()
        }
    };
    let others: Vec<_> = (0..THREADS).map(|_| bystander(&world)).collect();
    let mut works: Vec<Work> = vec![Box::new(governor)];
    for (thread, other) in others.into_iter().enumerate() {
        let worker = Worker::new(Arc::clone(&chaos), thread, Random::new(seed, thread), other);
        works.push(Box::new(move || worker.work(checkouts)));
    }
    let mut left = works.len();
    for work in works {
        let send = send.clone();
        thread::spawn(move || send.send(catch_unwind(AssertUnwindSafe(work))));
    }
    let mut kept = Vec::new();
    while left > 0 {
        match receive.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Ok(titles)) => kept.extend(titles),
            Ok(Err(panic)) => {
                chaos.over.store(true, Ordering::Relaxed);
                let text = panic.downcast_ref::<String>();
                while receive.recv_timeout(Duration::from_secs(5)).is_ok() {}
                panic!("MULTISCHEMA_CHAOS_SEED={seed}: {text:?}");
            }
            Err(_) => {
                chaos.over.store(true, Ordering::Relaxed);
                let doing = chaos
                    .doing
                    .each_ref()
                    .map(|doing| doing.lock().unwrap().clone());
                panic!(
                    "MULTISCHEMA_CHAOS_SEED={seed}: hangs. {doing:#?}, {:?}",
                    chaos.pool
                );
            }
        }
        left -= 1;
        // The governor is the last.
        if left == 1 {
            chaos.over.store(true, Ordering::Relaxed);
        }
    }
    look_at_what_is_left(&world, &chaos, &kept, seed);
}

/// Each row is in its schema, those that were committed are there and no others, and the pool is as new.
fn look_at_what_is_left(world: &World, chaos: &Chaos, kept: &[(usize, String)], seed: u64) {
    let mut pg = world.pg();
    for (at, schema) in chaos.schemata.iter().enumerate() {
        let query = diesel::sql_query(format!("SELECT title AS text FROM {schema}.documents"));
        let rows: Vec<Row> = diesel::RunQueryDsl::load(query, &mut pg).unwrap();
        let rows: HashSet<_> = rows.into_iter().map(|row| row.text).collect();
        for row in &rows {
            let is_own = row.starts_with(&format!("{schema} ")) && !row.contains("lost");
            assert!(
                is_own,
                "{row:?} is in {schema} (MULTISCHEMA_CHAOS_SEED={seed})"
            );
        }
        let mut kept = kept.iter().filter(|(of, _)| *of == at && at != MORTAL);
        let missing = kept.find(|(_, title)| !rows.contains(title));
        assert_eq!(
            missing, None,
            "was committed (MULTISCHEMA_CHAOS_SEED={seed})"
        );
        let mut conn = chaos.pool.tenant(schema).unwrap();
        conn.verify().unwrap();
    }
    let strays = diesel::sql_query(
        "SELECT relname::text AS text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' \
         AND relname <> 'plans' UNION ALL SELECT name FROM plans WHERE name LIKE 'lost%'",
    );
    let strays: Vec<Row> = diesel::RunQueryDsl::load(strays, &mut pg).unwrap();
    assert_eq!(strays.len(), 0, "in public: {strays:?}");

    let stats = chaos.pool.stats();
    assert_eq!(stats.lent, 0, "{stats:?}");
    assert_eq!(stats.timeouts, 0, "{stats:?}");
    // Else it was not chaos.
    let happened = [
        stats.hits,
        stats.proofs,
        stats.switches,
        stats.transactions,
        stats.reconnects,
    ];
    assert!(!happened.contains(&0) && !kept.is_empty(), "{stats:?}");
}
