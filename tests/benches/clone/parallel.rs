//! Several schemata made at once, and how long others wait meanwhile for a table that all share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use multischema::Registry;
use multischema_tests::World;
use multischema_tests::bench::{Bench, median};

use crate::name;
use crate::template::Shape;

const ROUNDS: usize = 5;

pub(crate) fn measure(
    bench: &mut Bench,
    shape: Shape,
    n: usize,
    world: &World,
    registry: &Registry,
) {
    let also = shape.also();
    let mut alone: Vec<Duration> = (0..ROUNDS).map(|_| at_once(world, registry, 1)).collect();
    let alone = median(&mut alone);
    for threads in [2, 8] {
        let (mut times, mut longest) = (Vec::new(), [Duration::ZERO; 2]);
        for _ in 0..ROUNDS {
            let stop = AtomicBool::new(false);
            thread::scope(|scope| {
                let read =
                    scope.spawn(|| longest_wait(world, &stop, "SELECT count(*) FROM countries"));
                let write = scope.spawn(|| {
                    longest_wait(world, &stop, "INSERT INTO countries (name) VALUES ('x')")
                });
                times.push(at_once(world, registry, threads));
                stop.store(true, Ordering::SeqCst);
                for (longest, wait) in longest.iter_mut().zip([read, write]) {
                    *longest = wait.join().unwrap().max(*longest);
                }
            });
        }
        // Of each schema, beside one that is made alone.
        let each = median(&mut times) / u32::try_from(threads).unwrap();
        let case = |what: &str| format!("{what}_{threads}");
        bench.row(
            &case("ours_parallel"),
            n,
            &also,
            each,
            ("ours alone", alone),
        );
        bench.row(
            &case("longest_read"),
            n,
            &also,
            longest[0],
            ("ours alone", alone),
        );
        bench.row(
            &case("longest_write"),
            n,
            &also,
            longest[1],
            ("ours alone", alone),
        );
    }
}

/// Makes several schemata at once, and drops them.
fn at_once(world: &World, registry: &Registry, threads: usize) -> Duration {
    let names: Vec<String> = (0..threads)
        .map(|thread| format!("made_{thread}"))
        .collect();
    let start = Instant::now();
    thread::scope(|scope| {
        for schema in &names {
            scope.spawn(|| registry.create(name(schema)).unwrap());
        }
    });
    let time = start.elapsed();
    for schema in &names {
        world.run(&format!(
            "DROP SCHEMA {schema} CASCADE; DELETE FROM multischema.schemas WHERE name = '{schema}'"
        ));
    }
    time
}

/// Does something over and over, and returns how long it took at most.
fn longest_wait(world: &World, stop: &AtomicBool, sql: &str) -> Duration {
    let mut pg = world.pg();
    let mut longest = Duration::ZERO;
    while !stop.load(Ordering::SeqCst) {
        let start = Instant::now();
        pg.batch_execute(sql).unwrap();
        longest = longest.max(start.elapsed());
        thread::sleep(Duration::from_millis(1));
    }
    longest
}
