//! A site with migrations that it may run, and five schemata.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use diesel_migrations::FileBasedMigrations;
use http_body_util::BodyExt;
use multischema::{Migrator, Registry, SchemaName};
use multischema_admin::{Admin, Operators};
use multischema_tests::{World, value};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::auth_site::{Browser, PASSWORD, pool};

/// A site with migrations, of which the schemata `a` to `e` have the first.
pub(crate) struct Port {
    pub(crate) world: World,
    pub(crate) registry: Registry,
    pub(crate) operators: Operators,
    pub(crate) router: Router,
    pub(crate) runtime: Runtime,
    pub(crate) folder: PathBuf,
}

impl Port {
    pub(crate) fn new(more: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fleet-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(folder.join("global")).unwrap();
        let write = |(name, up): (&str, &str)| {
            let migration = folder.join("tenant").join(name);
            fs::create_dir_all(&migration).unwrap();
            fs::write(migration.join("up.sql"), up).unwrap();
            fs::write(migration.join("down.sql"), "SELECT 1").unwrap();
        };
        write((
            "2026-01-01-000001_notes",
            "CREATE TABLE notes (n bigint PRIMARY KEY)",
        ));
        let world = World::new();
        let report = migrator(&folder).run(world.url()).unwrap();
        assert!(report.is_ok());
        let pool = pool(&world, 4);
        let registry = Registry::new(pool.clone());
        for name in ["a", "b", "c", "d", "e"] {
            registry
                .create(name.parse::<SchemaName>().unwrap())
                .unwrap();
        }
        more.iter().copied().for_each(write);
        let operators = Operators::new(pool.clone());
        operators.create("root", PASSWORD, true).unwrap();
        let migrator = migrator(&folder).lock_timeout(Duration::from_secs(1));
        let admin = Admin::builder(pool)
            .without_tls()
            .migrations(world.url(), migrator)
            .build();
        Self {
            router: Router::new().nest("/admin", admin),
            runtime: Runtime::new().unwrap(),
            world,
            registry,
            operators,
            folder,
        }
    }

    pub(crate) fn root(&self) -> Browser<'_> {
        let mut browser = Browser::new(&self.runtime, self.router.clone());
        assert_eq!(browser.log_in("root", PASSWORD).status, 303);
        browser
    }

    pub(crate) fn value(&self, expression: &str) -> String {
        value(&mut self.world.pg(), expression)
    }

    /// Opens the stream of events.
    pub(crate) fn events(&self, browser: &Browser<'_>, last: &str) -> Response {
        let cookies = browser.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .uri("/admin/fleet/events")
            .header("host", "example.com")
            .header("accept", "text/event-stream")
            .header("sec-fetch-site", "same-origin")
            .header("last-event-id", last)
            .header("cookie", cookies.join("; "))
            .body(Body::empty())
            .unwrap();
        self.runtime
            .block_on(self.router.clone().oneshot(request))
            .unwrap()
    }

    /// Reads a stream to its end: ids, names and data.
    pub(crate) fn read(&self, response: Response) -> Vec<(String, String, Value)> {
        assert_eq!(response.status(), 200);
        let body = self.runtime.block_on(async {
            let body = response.into_body().collect();
            tokio::time::timeout(Duration::from_secs(60), body).await
        });
        let text = body.expect("it ends").unwrap().to_bytes();
        let text = String::from_utf8(text.to_vec()).unwrap();
        let events = text.split("\n\n").filter(|it| it.contains("data:"));
        let events = events.map(|it| {
            let field = |name: &str| {
                let line = it.lines().find_map(|it| it.strip_prefix(name));
                line.unwrap_or_default().trim().to_owned()
            };
            (
                field("id:"),
                field("event:"),
                serde_json::from_str(&field("data:")).unwrap(),
            )
        });
        events.collect()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn migrator(folder: &Path) -> Migrator {
    let [global, tenant] =
        ["global", "tenant"].map(|it| FileBasedMigrations::from_path(folder.join(it)).unwrap());
    Migrator::new(global, tenant).jobs(1)
}
