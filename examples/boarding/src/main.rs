//! A web site of several boarding schools, each with pupils of its own in a schema of its own.
//!
//! `cargo run -p boarding` starts all of it, with data, and says where it is.
#![expect(
    unreachable_pub,
    reason = "`table!` writes `pub`, and so do the models beside it"
)]

mod account;
mod api;
mod asset;
mod data;
mod database;
mod error;
mod login;
mod models;
mod next;
mod page;
mod password;
mod pupils;
mod schema;
mod school;
mod security;
mod sessions;
mod settings;
mod site;

use std::error::Error;
use std::future::Future;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use multischema::{Registry, TenantPool, migrate_all};
use multischema_axum::GlobalDb;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::database::Database;
use crate::password::Passwords;
use crate::sessions::PgSessions;
use crate::settings::Settings;
use crate::site::Site;

/// What all schools share, in `public`.
const GLOBAL: EmbeddedMigrations = embed_migrations!("migrations/global");
/// What each school has, in a schema of its own.
const TENANT: EmbeddedMigrations = embed_migrations!("migrations/tenant");

/// How long requests that are under way may take when the program is to end.
const PATIENCE: Duration = Duration::from_secs(5);

#[expect(clippy::print_stderr, reason = "who called the program is told why")]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("boarding: {error}");
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

#[expect(clippy::print_stdout, reason = "the program talks to its user")]
fn run() -> Result<(), Box<dyn Error>> {
    let Settings::Serve { port } = Settings::read()? else {
        println!("{}", settings::HELP);
        return Ok(());
    };
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    let database = Database::from_env_or_start()?;
    let report = migrate_all(database.url(), GLOBAL, TENANT)?;
    if !report.is_ok() {
        return Err(report.to_string().into());
    }
    let pool = TenantPool::builder(database.url())
        .max_size(8)
        .checkout_timeout(Duration::from_secs(5))
        .build()?;
    let registry = Registry::new(pool.clone());
    data::fill(&pool, &registry)?;

    let db = GlobalDb::new(pool.clone());
    let sessions = PgSessions::new(db.clone());
    let site = Site {
        db,
        passwords: Arc::new(Passwords::new()?),
    };
    let router = site::router(&site, pool, registry.cached(), sessions.clone());
    let runtime = Runtime::new()?;
    let served = runtime.block_on(async {
        let end = end()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        println!("{}", greeting(listener.local_addr()?.port(), &database));
        tokio::spawn(sessions.sweep());
        serve(listener, router, end).await
    });
    runtime.shutdown_timeout(PATIENCE);
    served?;
    println!("\nstopped");
    Ok(())
}

/// Serves until it is to end, and then what is under way.
async fn serve(
    listener: TcpListener,
    router: axum::Router,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async {
        end.await;
        // It is only dropped when the server is.
        let _ = tell.send(());
    });
    let too_long = async {
        // If nobody tells, the server ends first.
        if told.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = serving.into_future() => Ok(served?),
        () = too_long => Ok(()),
    }
}

/// Waits for Ctrl-C, or for another to end the program.
fn end() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What whoever tries it out has to know.
fn greeting(port: u16, database: &Database) -> String {
    let mut text = format!("http://127.0.0.1:{port}\n\n  user   password    schools\n");
    for user in &data::USERS {
        let schools = match user.schools {
            [] => "all (superuser)".to_owned(),
            schools => schools.join(", "),
        };
        text += &format!("  {:<6} {:<11} {schools}\n", user.name, user.password);
    }
    text += match database.is_throw_away() {
        true => {
            "\nCtrl-C stops it, and nothing of it is left. A second one beside it, with the same data:\n"
        }
        false => "\nCtrl-C stops it; the data stays. A second one beside it, with the same data:\n",
    };
    match database.is_throw_away() {
        true => {
            text + &format!(
                "  DATABASE_URL='{}' cargo run -p boarding -- --port 0",
                database.url()
            )
        }
        false => text + "  cargo run -p boarding -- --port 0",
    }
}
