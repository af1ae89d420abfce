//! Three customers, each with schools and pupils of their own, and one connection that serves them in turn.
//!
//! `cargo run -p quickstart` takes the server that `DATABASE_URL` names, or starts a throw-away one.
//! Either way it works in a database of its own, which is dropped at the end.
#![expect(
    unreachable_pub,
    reason = "`table!` writes `pub`, and so do the models beside it"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that shows what it does"
)]

mod load;
mod models;
mod schema;

use std::error::Error;
use std::process::ExitCode;

use diesel::connection::SimpleConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use multischema::testing::Server;
use multischema::{
    NewSchema, Registry, RunQueryDsl, SchemaName, ScopeError, TenantPool, migrate_all,
};

use crate::load::CsvFile;
use crate::models::{Country, DirectoryEntry, Pupil, School};
use crate::schema::{Level, countries, pupil_directory, pupils};

/// What all share, in `public`.
const GLOBAL: EmbeddedMigrations = embed_migrations!("migrations/global");
/// What each customer has, in a schema of their own.
const TENANT: EmbeddedMigrations = embed_migrations!("migrations/tenant");

const CUSTOMERS: [(&str, &str, CsvFile); 3] = [
    ("lakeside", "Lakeside schools", load::LAKESIDE),
    ("riverside", "Riverside schools", load::RIVERSIDE),
    ("northgate", "Northgate schools", load::NORTHGATE),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("quickstart: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprint!(": {cause}");
                source = cause.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let server = Server::from_env_or_start()?;
    let database = server.database()?;
    let report = migrate_all(database.url(), GLOBAL, TENANT)?;
    println!("{report}");

    let pool = TenantPool::builder(database.url()).max_size(4).build()?;
    let registry = Registry::new(pool.clone());
    let loaded = load::countries(&mut pool.global()?)?;
    println!("loaded {loaded} countries, which all share");
    let mut customers = Vec::new();
    for (name, label, file) in CUSTOMERS {
        let schema = registry.create(NewSchema::new(name.parse()?).label(label))?;
        let loaded = load::pupils(&mut pool.tenant(&schema.name)?, file)?;
        println!("created {}, loaded {loaded} pupils", schema.name);
        customers.push(schema.name);
    }

    for customer in &customers {
        show(&pool, customer)?;
    }
    // A connection without a customer reaches what all share; `Pupil::all` on it does not compile.
    let japan = Country::find(&mut pool.global()?, "JP")?;
    println!(
        "\nshared: {} is {}, {} and {}",
        japan.name, japan.alpha2, japan.alpha3, japan.numeric
    );

    show_refusals(&pool, &registry, &customers)?;
    show_switches(&pool, &customers)
}

/// Asks a customer's schema by the derived wrappers, by a join with what all share, and by a view.
fn show(pool: &TenantPool, customer: &SchemaName) -> Result<(), Box<dyn Error>> {
    let mut conn = pool.tenant(customer)?;
    println!("\n{customer}: {} pupils", Pupil::count(&mut conn)?);
    for school in School::all(&mut conn)? {
        println!("  school {}: {}", school.id, school.name);
    }

    let from: Vec<(String, i64)> = pupils::table
        .inner_join(countries::table)
        .group_by(countries::name)
        .select((countries::name, count_star()))
        .order(count_star().desc())
        .limit(3)
        .load(&mut conn)?;
    for (country, count) in from {
        println!("  {count:>3} from {country}");
    }

    let seniors = DirectoryEntry::query()
        .filter(pupil_directory::level.eq(Level::UpperSecondary))
        .order((pupil_directory::name, pupil_directory::id))
        .limit(2)
        .load(&mut conn)?;
    for entry in seniors {
        let DirectoryEntry {
            id,
            name,
            level,
            school,
            country,
        } = entry;
        println!("  pupil {id}: {name}, {level}, {school}, {country}");
    }

    let oldest = Pupil::query()
        .filter(pupils::level.eq(Level::Primary))
        .order((pupils::born, pupils::id))
        .first(&mut conn)?;
    let pupil = Pupil::update(
        &mut conn,
        oldest.id,
        pupils::level.eq(Level::LowerSecondary),
    )?;
    println!(
        "  pupil {}: {} {}, born {}, here since {}, was {}, is {}",
        pupil.id,
        pupil.given_name,
        pupil.family_name,
        pupil.born,
        pupil.joined,
        oldest.level,
        pupil.level
    );
    Ok(())
}

/// What becomes of mistakes: the database's word, where the compiler has none.
fn show_refusals(
    pool: &TenantPool,
    registry: &Registry,
    customers: &[SchemaName],
) -> Result<(), Box<dyn Error>> {
    println!("\nrefused:");
    // Whatever moves a connection, the next statement is refused instead of running elsewhere.
    let [lakeside, riverside, ..] = customers else {
        return Err("expected two customers".into());
    };
    let mut conn = pool.tenant(lakeside)?;
    conn.batch_execute(&format!("SET search_path = {riverside}"))?;
    match Pupil::count(&mut conn).as_ref().map_err(ScopeError::of) {
        Err(Some(moved)) => println!("  {moved}"),
        other => return Err(format!("expected a refusal, found {other:?}").into()),
    }
    drop(conn);

    // A sub-select inside of an expression is where the compiler does not look; the database finds no such table.
    let pupils_from = pupils::table.select(pupils::country);
    let sneaky = countries::table.filter(countries::alpha2.eq_any(pupils_from));
    match sneaky.count().get_result::<i64>(&mut pool.global()?) {
        Err(error) => println!("  {error}"),
        Ok(count) => return Err(format!("expected a refusal, found {count} countries").into()),
    }

    // PostgreSQL itself would have gone on with `public`.
    if let Some(error) = pool.tenant(&"hillside".parse()?).err() {
        println!("  {error}");
    }
    registry.suspend(riverside)?;
    if let Some(error) = pool.tenant(riverside).err() {
        println!("  {error}");
    }
    registry.resume(riverside)?;
    if let Some(error) = SchemaName::try_from(SchemaName::TEMPLATE).err() {
        println!("  {error}");
    }
    Ok(())
}

/// Goes from customer to customer, as requests come in.
fn show_switches(pool: &TenantPool, customers: &[SchemaName]) -> Result<(), Box<dyn Error>> {
    let counts: Vec<i64> = customers
        .iter()
        .map(|customer| Ok(Pupil::count(&mut pool.tenant(customer)?)?))
        .collect::<Result<_, Box<dyn Error>>>()?;
    for turn in 0..1_000 {
        let customer = turn % customers.len();
        let found = Pupil::count(&mut pool.tenant(&customers[customer])?)?;
        if found != counts[customer] {
            return Err(format!("{} had {found} pupils", customers[customer]).into());
        }
    }
    let stats = pool.stats();
    println!(
        "\nwent from customer to customer 1,000 times over a pool of 4, and found the right rows each time;\n\
         all in all, of the pool's checkouts"
    );
    println!(
        "  {} sent nothing, as a connection was there already (hits), {} asked again (proofs),\n  \
         {} moved a connection (switches), of which there are {}",
        stats.hits, stats.proofs, stats.switches, stats.connects
    );
    Ok(())
}
