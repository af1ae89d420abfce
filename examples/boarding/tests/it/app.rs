//! The program, running.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread::{self, JoinHandle};

use diesel::prelude::*;
use multischema::testing::{Database, Server};
use multischema::{Registry, SchemaName, TenantPool};

/// The server that all databases are on.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::from_env_or_start().unwrap())
}

/// A database for programs to work in.
pub(crate) fn database() -> Database {
    server().database().unwrap()
}

/// One process of the program.
pub(crate) struct App {
    child: Child,
    errors: Option<JoinHandle<String>>,
    /// Where it is.
    pub(crate) url: String,
    /// The database that it has for itself.
    own: Option<Database>,
}

impl App {
    /// One with a database of its own.
    pub(crate) fn new() -> Self {
        let own = database();
        let mut app = Self::on(&own);
        app.own = Some(own);
        app
    }

    /// One that others use as well, for what does not change who may do what.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<App>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(|it| it.into_inner());
        shared.upgrade().unwrap_or_else(|| {
            let app = Arc::new(Self::new());
            *shared = Arc::downgrade(&app);
            app
        })
    }

    /// One in a database that is there.
    pub(crate) fn on(database: &Database) -> Self {
        Self::spawn(Command::new(program()).env("DATABASE_URL", database.url()))
    }

    /// One that starts a server for itself.
    pub(crate) fn embedded() -> Self {
        Self::spawn(Command::new(program()).env_remove("DATABASE_URL"))
    }

    fn spawn(command: &mut Command) -> Self {
        let command = command.args(["--port", "0"]).env_remove("PORT");
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let errors = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.next().map(Result::unwrap);
        // What is written must go somewhere.
        thread::spawn(move || lines.for_each(drop));
        match url {
            Some(url) => Self {
                child,
                errors: Some(errors),
                url,
                own: None,
            },
            None => panic!("it did not start: {}", errors.join().unwrap()),
        }
    }

    /// Ends it as Ctrl-C does.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.interrupt();
        self.child.wait().unwrap()
    }

    fn interrupt(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Returns the URL of the database that it has for itself.
    pub(crate) fn database_url(&self) -> &str {
        self.own.as_ref().unwrap().url()
    }

    /// The registry in the database that it has for itself, as another process would use it.
    pub(crate) fn registry(&self) -> Registry {
        let pool = TenantPool::builder(self.database_url()).max_size(2).build();
        Registry::new(pool.unwrap())
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let errors = self.errors.take().map(JoinHandle::join);
        if let (true, Some(Ok(errors))) = (thread::panicking(), errors) {
            println!("the program said:\n{errors}");
        }
    }
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_boarding")
}

/// Returns what a user's memberships are kept under.
pub(crate) fn id_of(url: &str, name: &str) -> String {
    let mut conn = PgConnection::establish(url).unwrap();
    let id = diesel::sql_query("SELECT id::text AS value FROM public.users WHERE name = $1");
    let id = id.bind::<diesel::sql_types::Text, _>(name);
    id.get_result::<Value>(&mut conn).unwrap().value
}

/// A text.
#[derive(QueryableByName)]
pub(crate) struct Value {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub(crate) value: String,
}

pub(crate) fn schema(name: &str) -> SchemaName {
    name.parse().unwrap()
}
