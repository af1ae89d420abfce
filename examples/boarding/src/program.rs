//! The program: a database, and a server.

use std::error::Error;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use multischema::{Migrator, Registry, TenantPool, migrate_all};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::admin;
use crate::data;
use crate::database::Database;
use crate::sessions::PgSessions;
use crate::settings::{self, Settings};
use crate::site::{self, Site};

/// What all schools share, in `public`.
const GLOBAL: EmbeddedMigrations = embed_migrations!("migrations/global");
/// What each school has, in a schema of its own.
const TENANT: EmbeddedMigrations = embed_migrations!("migrations/tenant");

/// How long requests that are under way may take when the program is to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs the program, until it is told to end.
///
/// # Errors
///
/// What keeps it from being started, or ends it.
#[expect(clippy::print_stdout, reason = "the program talks to its user")]
pub fn run() -> Result<(), Box<dyn Error>> {
    let Settings::Serve { port } = Settings::read()? else {
        println!("{}", settings::HELP);
        return Ok(());
    };
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    let database = Database::from_env_or_start()?;
    let pool = open(database.url())?;
    let registry = Registry::new(pool.clone()).cached();
    let site = Site::new(&pool)?;
    let sessions = PgSessions::new(site.db.clone());
    let migrator = Migrator::new(GLOBAL, TENANT);
    let admin = admin::site(pool.clone(), registry.clone(), database.url(), migrator);
    let router = site::router(&site, pool, registry, sessions.clone(), Router::new());
    let router = router.nest_service("/admin", admin);
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

/// Brings the database up to date, fills it if it has no users yet, and returns connections to it.
///
/// # Errors
///
/// Whatever keeps one of these from being done.
pub fn open(url: &str) -> Result<TenantPool, Box<dyn Error>> {
    let report = migrate_all(url, GLOBAL, TENANT)?;
    if !report.is_ok() {
        return Err(report.to_string().into());
    }
    let pool = TenantPool::builder(url)
        .max_size(8)
        .checkout_timeout(Duration::from_secs(5))
        .build()?;
    data::fill(&pool, &Registry::new(pool.clone()))?;
    Ok(pool)
}

/// Serves until it is to end, and then what is under way.
async fn serve(
    listener: TcpListener,
    router: Router,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let (tell, told) = tokio::sync::oneshot::channel();
    // So that the admin site knows who tries passwords.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async {
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
    text +=
        "\nThe admin site is at /admin, with users of its own:\n\n  user   password          may\n";
    for user in &data::OPERATORS {
        text += &format!("  {:<6} {:<17} {}\n", user.name, user.password, user.may);
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
