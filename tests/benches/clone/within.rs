//! What a creation takes beside the schema's own statements, timed within one turn and on one connection: a turn may be slow or
//! fast, but then all of it is.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::r2d2::{CustomizeConnection, Error};
use multischema::{Registry, TenantPool};
use multischema_tests::World;
use multischema_tests::bench::Bench;

use crate::name;
use crate::template::Shape;

/// How the messages begin that have the schema's own statements, and the commit.
const OWN: [&str; 3] = ["CREATE SCHEMA", "SAVEPOINT", "COMMIT"];

/// How long those messages took that the connections of a pool have sent.
#[derive(Debug, Clone, Default)]
struct Own(Arc<Mutex<Duration>>);

impl CustomizeConnection<PgConnection, Error> for Own {
    fn on_acquire(&self, pg: &mut PgConnection) -> Result<(), Error> {
        let own = self.clone();
        let mut sent = None;
        pg.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                let is_own = OWN.iter().any(|own| text.starts_with(own));
                sent = is_own.then(Instant::now);
            }
            InstrumentationEvent::FinishQuery { .. } => {
                if let Some(sent) = sent.take() {
                    *own.0.lock().unwrap() += sent.elapsed();
                }
            }
            _ => {}
        });
        Ok(())
    }
}

/// Adds a row: the whole of a creation beside those messages of the same turn.
pub(crate) fn measure(bench: &mut Bench, shape: Shape, n: usize, world: &World) {
    const TURNS: usize = 60;
    let own = Own::default();
    let pool = TenantPool::builder(world.url()).customizer(Box::new(own.clone()));
    let registry = Registry::new(pool.build().unwrap());
    let mut turns: Vec<(f64, Duration)> = Vec::new();
    for turn in 0..TURNS + TURNS / 10 {
        *own.0.lock().unwrap() = Duration::ZERO;
        let start = Instant::now();
        registry.create(name("made")).unwrap();
        let whole = start.elapsed();
        let own = *own.0.lock().unwrap();
        world.run("DROP SCHEMA made CASCADE; DELETE FROM multischema.schemas WHERE name = 'made'");
        if turn >= TURNS / 10 {
            turns.push((whole.as_secs_f64() / own.as_secs_f64(), own));
        }
    }
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, own) = turns[TURNS / 2];
    let whole = own.mul_f64(ratio);
    let of = ("its own statements, turn by turn", own);
    bench.row("ours_within", n, &shape.also(), whole, of);
}
