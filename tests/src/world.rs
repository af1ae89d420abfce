//! A database of its own for each test.

use std::sync::{Arc, Mutex, OnceLock};

use diesel::connection::{InstrumentationEvent, LoadConnection, SimpleConnection};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::r2d2::CustomizeConnection;
use diesel::sql_types::Text;
use multischema::testing::{Database, Server};
use multischema::{
    Ids, Registry, RunQueryDsl, SchemaName, ScopeError, ScopedConnection, Session, Tenant,
    TenantPool,
};

use crate::tables::{self, documents};

/// A database with some schemata in it.
#[derive(Debug)]
pub struct World {
    database: Database,
}

impl World {
    /// Makes a database with the shared tables.
    #[must_use]
    pub fn new() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self::on(SERVER.get_or_init(|| Server::from_env_or_start().unwrap()))
    }

    /// Makes a database with the shared tables on a server of one's own.
    #[must_use]
    pub fn on(server: &Server) -> Self {
        let world = Self {
            database: server.database().unwrap(),
        };
        world.run(tables::SHARED);
        world
    }

    /// Makes a database with the shared tables and `names`, each with its tables and rows.
    #[must_use]
    pub fn with<const N: usize>(names: [&str; N]) -> (Self, [SchemaName; N]) {
        let world = Self::new();
        let names = names.map(|name| world.schema(name));
        (world, names)
    }

    /// Makes one more schema, with its tables and rows.
    #[must_use]
    pub fn schema(&self, name: &str) -> SchemaName {
        self.run(&format!("CREATE SCHEMA \"{name}\""));
        self.run_in(name, tables::IN_EACH_SCHEMA);
        self.run_in(name, tables::ROWS);
        name.parse().unwrap()
    }

    /// Makes a database with the registry and `names` in it, each with its tables and rows.
    #[must_use]
    pub fn registered<const N: usize>(names: [&str; N]) -> (Self, [SchemaName; N]) {
        let world = Self::new();
        let names = world.registry_of(names);
        (world, names)
    }

    /// Prepares the database, and makes `names`, each with its tables and rows.
    #[must_use]
    pub fn registry_of<const N: usize>(&self, names: [&str; N]) -> [SchemaName; N] {
        self.empty_registry().init().unwrap();
        names.map(|name| self.register(name))
    }

    /// Makes one more schema, with its tables and rows, by hand, and its row in the registry.
    #[must_use]
    pub fn register(&self, name: &str) -> SchemaName {
        let schema = self.schema(name);
        self.run(&format!(
            "INSERT INTO multischema.schemas (name, label) VALUES ('{name}', '{name}')"
        ));
        schema
    }

    /// The URL of the database.
    #[must_use]
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// A connection that nothing of ours is around: somebody else's.
    #[must_use]
    pub fn pg(&self) -> PgConnection {
        PgConnection::establish(self.url()).unwrap()
    }

    /// A session of ours.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::establish(self.url()).unwrap()
    }

    /// A session whose statements are noted.
    #[must_use]
    pub fn noted_session(&self) -> (Session, Statements) {
        let mut pg = self.pg();
        let statements = Statements::of(&mut pg);
        (Session::new(Box::new(pg)), statements)
    }

    /// A registry, and a template with the tables. Each schema counts for itself, as their ids are narrow.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry_with(Ids::PerSchema, tables::IN_EACH_SCHEMA)
    }

    /// A registry, and a template with what `sql` makes in it.
    #[must_use]
    pub fn registry_with(&self, ids: Ids, sql: &str) -> Registry {
        let registry = self.empty_registry();
        registry.init_with(ids).unwrap();
        self.run_in("__template__", sql);
        // The guard comes onto what was made by hand.
        registry.init().unwrap();
        registry
    }

    /// A registry. The database is not prepared for it.
    #[must_use]
    pub fn empty_registry(&self) -> Registry {
        Registry::new(TenantPool::builder(self.url()).build().unwrap())
    }

    /// Makes two schemata of the template, and returns what was sent for the second, from the checkout of the only connection to
    /// its check-in.
    #[must_use]
    pub fn sent_for_a_schema(&self, names: [&str; 2]) -> Vec<String> {
        let noting = Noting::default();
        let pool = TenantPool::builder(self.url()).max_size(1);
        let pool = pool.customizer(Box::new(noting.clone())).build().unwrap();
        let registry = Registry::new(pool);
        let [first, second] = names.map(|name| name.parse::<SchemaName>().unwrap());
        registry.create(first).unwrap();
        let _ = noting.0.take();
        registry.create(second).unwrap();
        noting.0.take()
    }

    /// Puts a document and a note into a schema that was made of the template.
    pub fn fill(&self, schema: &str) {
        self.run_in(schema, tables::ROWS);
    }

    /// Has `work`, in PL/pgSQL, done in the middle of the making of `schema`: whenever an object of a kind is made in it.
    pub fn when_made(&self, kind: &str, schema: &str, work: &str) {
        self.run(&format!(
            "CREATE FUNCTION public.when_made() RETURNS event_trigger LANGUAGE plpgsql AS $when_made$
             BEGIN
                 IF EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands()
                            WHERE object_type = '{kind}' AND schema_name = '{schema}') THEN {work} END IF;
             END $when_made$;
             CREATE EVENT TRIGGER when_made ON ddl_command_end EXECUTE FUNCTION public.when_made()"
        ));
    }

    /// Runs `sql` on another connection.
    pub fn run(&self, sql: &str) {
        self.pg().batch_execute(sql).unwrap();
    }

    /// Runs `sql` in `schema` on another connection.
    pub fn run_in(&self, schema: &str, sql: &str) {
        self.run(&format!("SET search_path TO \"{schema}\", public; {sql}"));
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// The texts of the statements that a connection has sent.
#[derive(Debug, Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Notes all statements of `pg` from now on.
    #[must_use]
    pub fn of(pg: &mut impl Connection) -> Self {
        let statements = Self::default();
        statements.note(pg);
        statements
    }

    /// Notes all statements of one more connection.
    pub fn note(&self, pg: &mut impl Connection) {
        let noted = self.clone();
        pg.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                noted.0.lock().unwrap().push(query.to_string());
            }
        });
    }

    /// Returns those noted since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Has each new connection of a pool noted.
#[derive(Debug, Clone, Default)]
pub struct Noting(pub Statements);

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Noting {
    fn on_acquire(&self, pg: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        self.0.note(pg);
        Ok(())
    }
}

/// The titles that a tenant's connection sees.
///
/// # Errors
///
/// What the query returns.
pub fn titles<C>(conn: &mut C) -> QueryResult<Vec<String>>
where
    C: ScopedConnection<Scope = Tenant>,
{
    documents::table
        .select(documents::title)
        .order(documents::id)
        .load(conn)
}

/// The value of an SQL expression as text. It is asked for by raw SQL.
#[must_use]
pub fn value(conn: &mut impl LoadConnection<Backend = Pg>, expression: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let query = diesel::sql_query(format!("SELECT ({expression})::text AS value"));
    let row = diesel::RunQueryDsl::get_result::<Row>(query, conn);
    row.unwrap().value
}

/// How many advisory locks the connection holds.
#[must_use]
pub fn locks(conn: &mut impl LoadConnection<Backend = Pg>) -> String {
    const OWN: &str = "locktype = 'advisory' AND pid = pg_backend_pid()";
    value(conn, &format!("SELECT count(*) FROM pg_locks WHERE {OWN}"))
}

/// The scope error inside of a statement's error.
#[must_use]
pub fn scope_error<T: std::fmt::Debug>(result: QueryResult<T>) -> ScopeError {
    match result.unwrap_err() {
        diesel::result::Error::QueryBuilderError(inner) => *inner.downcast().unwrap(),
        other => panic!("expected a scope error, found {other:?}"),
    }
}

/// The search path at which a statement found the connection.
#[must_use]
pub fn moved<T: std::fmt::Debug>(result: QueryResult<T>) -> String {
    match scope_error(result) {
        ScopeError::Moved { found, .. } => found.search_path().to_owned(),
        other => panic!("expected `Moved`, found {other:?}"),
    }
}
