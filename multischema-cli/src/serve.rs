//! Serves the admin site: all tables, without an application.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use multischema::{Migrator, TenantPool};
use multischema_admin::{Admin, RegisterError};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::args::Serve;
use crate::config::Config;
use crate::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::output::Output;
use crate::view::printable;

/// Connections to the database.
const CONNECTIONS: u32 = 8;
/// How long a request waits for one.
const CHECKOUT: Duration = Duration::from_secs(5);
/// How long requests that are under way may take when the program is to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the site is not served.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("{0} can be reached from other machines, and passwords would go there in the clear")]
    Exposed(SocketAddr),
    #[error("cannot listen at {address}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("the site cannot be started")]
    Start(#[source] Box<dyn Error + Send + Sync>),
}

impl Serve {
    /// Refuses what can be refused without a database.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.bind.ip().is_loopback() || self.behind_proxy {
            return Ok(());
        }
        let failure = Failure::new(Exit::Refused, ServeError::Exposed(self.bind));
        Err(failure.hint(
            "have a proxy speak TLS in front, and say so by `--behind-proxy`; or listen at 127.0.0.1",
        ))
    }
}

pub(crate) fn run(
    url: &str,
    serve: &Serve,
    config: &Config,
    output: &Output,
) -> Result<Exit, Failure> {
    connect::reach(url)?;
    let pool = TenantPool::builder(url)
        .shared(config.shared())
        .max_size(CONNECTIONS)
        .min_idle(Some(0))
        .checkout_timeout(CHECKOUT)
        .build();
    let pool = pool.map_err(start)?;
    let site = site(url, pool, serve, config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(start)?;
    let served = runtime.block_on(listen(site, serve, output));
    // A run over the fleet that is under way is cut off; the next goes on where it was.
    runtime.shutdown_timeout(PATIENCE);
    served
}

fn start(error: impl Error + Send + Sync + 'static) -> Failure {
    Failure::new(Exit::Failed, ServeError::Start(Box::new(error)))
}

/// The site with all tables that there are.
fn site(url: &str, pool: TenantPool, serve: &Serve, config: &Config) -> Result<Router, Failure> {
    let mut admin = Admin::builder(pool)
        .title(&serve.title)
        .register_all()
        .map_err(|error| match error {
            RegisterError::Query(_) => {
                start(error).hint("is the database prepared? `multischema init` does it")
            }
            error => start(error),
        })?;
    if serve.insecure_cookies {
        admin = admin.without_tls();
    }
    if serve.behind_proxy {
        admin = admin.client_address(forwarded);
    }
    if let Some(dir) = &serve.dir {
        let folder = Folder::open(dir.clone())?;
        let migrator = Migrator::new(folder.source("global")?, folder.source("tenant")?);
        admin = admin.migrations(url, migrator.shared(config.shared()));
    }
    Ok(admin.build())
}

/// Where a request comes from, as the proxy in front says, with a port or without. What is before its word may be anybody's.
fn forwarded(request: &Parts) -> Option<IpAddr> {
    let mut all = request.headers.get_all("x-forwarded-for").iter();
    let last = all.next_back()?.to_str().ok()?.rsplit(',').next()?;
    let with_port = || last.trim().parse().ok().map(|it: SocketAddr| it.ip());
    last.trim().parse().ok().or_else(with_port)
}

async fn listen(site: Router, serve: &Serve, output: &Output) -> Result<Exit, Failure> {
    let address = serve.bind;
    let listener = TcpListener::bind(address).await;
    let listen = |source| Failure::new(Exit::Failed, ServeError::Listen { address, source });
    let listener = listener.map_err(listen)?;
    let address = listener.local_addr().map_err(start)?;
    let end = end()?;
    output.say(&format!(
        "{} is at http://{address}/; Ctrl-C ends it",
        printable(&serve.title)
    ));
    if !serve.insecure_cookies && !serve.behind_proxy {
        output.say("if the browser does not stay logged in without TLS: `--insecure-cookies`");
    }
    let mut late = end.clone();
    let mut told = end;
    let service = site.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = told.wait_for(|it| *it).await;
    });
    let too_long = async {
        // The handler of signals has the other end, and is never gone.
        let _ = late.wait_for(|it| *it).await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = serving.into_future() => served.map_err(start)?,
        // Who listens to a run does so until the program ends.
        () = too_long => {}
    }
    output.say("stopped");
    Ok(Exit::Done)
}

/// What becomes true when a signal asks the program to end. A second one ends it at once.
fn end() -> Result<watch::Receiver<bool>, Failure> {
    let (ask, asked) = watch::channel(false);
    let set = ctrlc::set_handler(move || {
        if ask.send_replace(true) {
            std::process::exit(130);
        }
    });
    set.map_err(start)?;
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn the_proxys_word_is_the_last_one() {
        for (sent, expected) in [
            (&["192.0.2.1"][..], Some("192.0.2.1")),
            (&["10.0.0.1, 192.0.2.1"], Some("192.0.2.1")),
            (&["10.0.0.1", " 2001:db8::1 "], Some("2001:db8::1")),
            (&["192.0.2.1, x"], None),
            (&[], None),
        ] {
            let mut request = Request::new(());
            for value in sent {
                let value = value.parse().unwrap();
                request.headers_mut().append("x-forwarded-for", value);
            }
            let found = forwarded(&request.into_parts().0);
            assert_eq!(found, expected.map(|it| it.parse().unwrap()), "{sent:?}");
        }
    }
}
