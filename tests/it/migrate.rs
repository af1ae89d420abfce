//! Migrations of what is shared, of the template, and of every schema.

mod build;
mod fleet;
mod guard;
mod ids;
mod in_rust;
mod killed;
mod kinds;
mod moved;
mod recorded;
mod renamed;
mod reverting;
mod sources;
mod status;
mod stopped;
mod two_runs;
mod two_tables;
mod uncleaned;
mod warm_pool;
mod waves;

use std::fmt;
use std::sync::Arc;

use diesel::connection::BoxableConnection;
use diesel::migration::{
    Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result,
};
use diesel::pg::Pg;
use diesel::prelude::*;
use multischema::{FleetReport, Ids, MigrateError, Migrator, Outcome, SchemaName};
use multischema_tests::{World, value};

/// A world with a template and `names` in the registry, all empty. Each counts its ids for itself.
fn fleet<const N: usize>(names: [&str; N]) -> World {
    let world = World::new();
    // Their tables have narrow ids.
    let prepared = migrator([], []).ids(Ids::PerSchema).run(world.url());
    assert!(prepared.unwrap().is_ok());
    for name in names {
        register(&world, name);
    }
    world
}

fn register(world: &World, name: &str) {
    world.run(&format!(
        "INSERT INTO multischema.schemas (name, label) VALUES ('{name}', '{name}'); CREATE SCHEMA {name}"
    ));
}

/// Runs migrations that must not fail before the first schema.
fn run<const G: usize, const T: usize>(
    world: &World,
    global: [Step; G],
    tenant: [Step; T],
) -> FleetReport {
    migrator(global, tenant).run(world.url()).unwrap()
}

pub(crate) fn migrator<const G: usize, const T: usize>(
    global: [Step; G],
    tenant: [Step; T],
) -> Migrator {
    // One after the other, so that which are not reached does not depend on the machine.
    Migrator::new(Steps(Vec::from(global)), Steps(Vec::from(tenant))).jobs(1)
}

/// Runs migrations that must fail before the first schema.
fn refused<const G: usize, const T: usize>(
    world: &World,
    global: [Step; G],
    tenant: [Step; T],
) -> MigrateError {
    migrator(global, tenant).run(world.url()).unwrap_err()
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The value of an expression with the path at `schema`.
fn value_in(world: &World, schema: &str, expression: &str) -> String {
    let mut pg = world.pg();
    diesel::connection::SimpleConnection::batch_execute(
        &mut pg,
        &format!("SET search_path TO \"{schema}\""),
    )
    .unwrap();
    value(&mut pg, expression)
}

/// The versions in Diesel's history of `schema`.
fn history(world: &World, schema: &str) -> String {
    let list = "SELECT coalesce(string_agg(version, ' ' ORDER BY version), '') FROM __diesel_schema_migrations";
    value_in(world, schema, list)
}

/// The versions that the registry says `schema` has.
fn applied(world: &World, schema: &str) -> String {
    value_in(
        world,
        "public",
        &format!(
            "SELECT coalesce(string_agg(version, ' ' ORDER BY version), '') FROM multischema.applied \
             JOIN multischema.schemas ON id = schema_id WHERE name = '{schema}'"
        ),
    )
}

/// Whether `schema` itself has a table or view of this name.
fn has(world: &World, schema: &str, table: &str) -> bool {
    let expression = format!("to_regclass('{schema}.{table}') IS NOT NULL");
    value_in(world, "public", &expression) == "true"
}

fn outcome<'a>(report: &'a FleetReport, schema: &str) -> &'a Outcome {
    let schema: SchemaName = schema.parse().unwrap();
    report.get(&schema).unwrap().outcome()
}

type What = dyn Fn(&mut PgConnection) -> Result<()> + Send + Sync;

/// A migration written by hand.
#[derive(Clone)]
pub(crate) struct Step {
    name: &'static str,
    what: Arc<What>,
    down: Option<Arc<What>>,
    in_transaction: bool,
}

/// A step of SQL. Its version is what stands before the first `_`.
pub(crate) fn step(name: &'static str, sql: impl Into<String>) -> Step {
    let sql = sql.into();
    rust(name, move |pg| {
        Ok(diesel::connection::SimpleConnection::batch_execute(
            pg, &sql,
        )?)
    })
}

/// A step in Rust.
fn rust(
    name: &'static str,
    what: impl Fn(&mut PgConnection) -> Result<()> + Send + Sync + 'static,
) -> Step {
    Step {
        name,
        what: Arc::new(what),
        down: None,
        in_transaction: true,
    }
}

impl Step {
    /// What reverts it.
    fn down(
        mut self,
        down: impl Fn(&mut PgConnection) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.down = Some(Arc::new(down));
        self
    }

    fn in_no_transaction(mut self) -> Self {
        self.in_transaction = false;
        self
    }
}

#[derive(Clone)]
struct Steps(Vec<Step>);

impl MigrationSource<Pg> for Steps {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Pg>>>> {
        let steps = self.0.iter().cloned();
        Ok(steps
            .map(|step| Box::new(step) as Box<dyn Migration<Pg>>)
            .collect())
    }
}

impl Migration<Pg> for Step {
    fn run(&self, conn: &mut dyn BoxableConnection<Pg>) -> Result<()> {
        (self.what)(conn.downcast_mut().unwrap())
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<Pg>) -> Result<()> {
        match &self.down {
            Some(down) => down(conn.downcast_mut().unwrap()),
            None => Err("not here".into()),
        }
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self
    }

    fn name(&self) -> &dyn MigrationName {
        self
    }
}

impl MigrationMetadata for Step {
    fn run_in_transaction(&self) -> bool {
        self.in_transaction
    }
}

impl MigrationName for Step {
    fn version(&self) -> MigrationVersion<'_> {
        self.name.split('_').next().unwrap().into()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
