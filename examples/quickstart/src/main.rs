//! Two schools, each with documents of its own, and one connection that serves both in turn.
//!
//! `cargo run -p quickstart` takes the server that `DATABASE_URL` names, or starts a throw-away one.
//! Either way it works in a database of its own, which is dropped at the end.
#![expect(
    missing_docs,
    reason = "`table!` writes items that nobody documents in a program"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that shows what it does"
)]

use std::error::Error;
use std::process::ExitCode;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use multischema::testing::Server;
use multischema::{MultiSchema, RunQueryDsl, SchemaName, ScopeError, Session};

diesel::table! { documents { id -> Integer, title -> Text, plan_id -> Integer } }
diesel::table! { public.plans (id) { id -> Integer, name -> Text } }
diesel::joinable!(documents -> plans (plan_id));
diesel::allow_tables_to_appear_in_same_query!(documents, plans);

/// Each school has a table of these.
#[derive(Debug, HasQuery, MultiSchema)]
#[tenant]
struct Document {
    id: i32,
    title: String,
}

#[derive(Insertable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant(partial)]
struct NewDocument<'a> {
    title: &'a str,
    plan_id: i32,
}

/// All schools share these.
#[derive(Debug, HasQuery, MultiSchema)]
#[global]
struct Plan {
    id: i32,
    name: String,
}

const SHARED: &str = "
    CREATE TABLE public.plans (id integer PRIMARY KEY, name text NOT NULL);
    INSERT INTO public.plans VALUES (1, 'free'), (2, 'paid')";

const IN_EACH_SCHOOL: &str = "
    CREATE TABLE documents (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        title text NOT NULL,
        plan_id integer NOT NULL REFERENCES public.plans
    )";

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
    let schools: [SchemaName; 2] = ["school_a".parse()?, "school_b".parse()?];

    // With plain SQL for now: creating a schema from a template comes with the registry.
    let mut plain = PgConnection::establish(database.url())?;
    plain.batch_execute(SHARED)?;
    for school in &schools {
        plain.batch_execute(&format!(
            "CREATE SCHEMA {school}; SET search_path = {school}; {IN_EACH_SCHOOL}"
        ))?;
    }

    let mut session = Session::establish(database.url())?;
    for (school, plan_id) in schools.iter().zip([1, 2]) {
        let mut conn = session.tenant(school)?;
        let title = format!("The timetable of {school}");
        let made = Document::create(
            &mut conn,
            &NewDocument {
                title: &title,
                plan_id,
            },
        )?;
        println!("in {school}: created document {} {:?}", made.id, made.title);
    }
    for school in &schools {
        let mut conn = session.tenant(school)?;
        let rows: Vec<(String, String)> = documents::table
            .inner_join(plans::table)
            .select((documents::title, plans::name))
            .load(&mut conn)?;
        println!("in {school}: {rows:?}");
    }

    // A connection without a school reaches what all share; `Document::all` on it does not compile.
    let mut shared = session.global()?;
    for plan in Plan::all(&mut shared)? {
        println!("shared: plan {} {:?}", plan.id, plan.name);
    }
    drop(shared);

    // Whatever moves a connection, the next statement is refused instead of running elsewhere.
    let mut conn = session.tenant(&schools[0])?;
    conn.batch_execute("SET search_path = school_b")?;
    match Document::count(&mut conn).as_ref().map_err(ScopeError::of) {
        Err(Some(moved)) => println!("refused: {moved}"),
        other => return Err(format!("expected a refusal, found {other:?}").into()),
    }
    drop(conn);

    let unknown: SchemaName = "school_c".parse()?;
    match session.tenant(&unknown) {
        Err(error) => println!("refused: {error}"),
        Ok(conn) => return Err(format!("expected a refusal, found {conn:?}").into()),
    }
    Ok(())
}
