//! One of the threads of the chaos.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{CheckoutError, RunQueryDsl, SessionHandle, TenantConnection, UnscopedExt};
use multischema_tests::tables::{documents, plans};

use super::random::Random;
use super::sql::{KILL, REMAINS, Row, TERMINATE, leave, move_to};
use super::{Chaos, Kept, MORTAL, SCHEMATA, errors};

/// The actions of a calm turn; the others are replaced.
const CALM: [Range<usize>; 4] = [0..100, 155..160, 160..163, 176..178];

/// The panics that are no failures.
pub(super) struct Injected;

pub(super) struct Worker {
    chaos: Arc<Chaos>,
    thread: usize,
    random: Random,
    /// Kills.
    other: PgConnection,
    /// The schema that it is at, and how often it was anywhere.
    at: usize,
    turn: u64,
    rows: u64,
    /// What it inserts from now on must be rolled back.
    doomed: bool,
    in_transaction: bool,
    /// It does nothing by which a connection that comes back needs to be cleaned.
    calm: bool,
    /// What was committed.
    kept: Kept,
}

impl Worker {
    pub(super) fn new(
        chaos: Arc<Chaos>,
        thread: usize,
        random: Random,
        other: PgConnection,
    ) -> Self {
        Self {
            chaos,
            thread,
            random,
            other,
            at: 0,
            turn: 0,
            rows: 0,
            doomed: false,
            in_transaction: false,
            calm: false,
            kept: Vec::new(),
        }
    }

    /// Checks out so many times, and returns what it has committed.
    pub(super) fn work(mut self, checkouts: u64) -> Kept {
        while self.turn < checkouts && !self.chaos.is_over() {
            self.turn += 1;
            // Most are where the others are at the time, so that proofs are of use.
            let hot = Random::new(self.turn / 40, 0).skewed(SCHEMATA);
            self.chaos.hot.store(hot, Ordering::Relaxed);
            self.at = if self.random.one_in(4) {
                self.random.skewed(SCHEMATA)
            } else {
                hot
            };
            self.calm = !self.random.one_in(3);
            (self.doomed, self.in_transaction) = (false, false);
            if self.random.one_in(150) {
                self.other.batch_execute(KILL).unwrap();
            }
            let kept = self.kept.len();
            let done = catch_unwind(AssertUnwindSafe(|| match self.random.below(20) {
                0 => self.global(),
                1..=6 => self.transaction(),
                _ => self.tenant(),
            }));
            match done {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.expect(&error),
                Err(panic) if panic.is::<Injected>() => self.kept.truncate(kept),
                Err(panic) => resume_unwind(panic),
            }
        }
        self.doing("is done");
        self.kept
    }

    fn tenant(&mut self) -> QueryResult<()> {
        self.doing("checks out");
        let chaos = Arc::clone(&self.chaos);
        let before = (chaos.status(self.at), Instant::now());
        let lent = chaos.pool.tenant(&chaos.schemata[self.at]);
        chaos.judge(self.at, before, false, lent.as_ref().err());
        self.visit(&mut lent?)
    }

    fn transaction(&mut self) -> QueryResult<()> {
        self.doing("begins a transaction");
        let chaos = Arc::clone(&self.chaos);
        let kept = self.kept.len();
        let before = (chaos.status(self.at), Instant::now());
        self.in_transaction = true;
        self.doomed = self.random.one_in(3);
        let done = chaos.pool.transaction(&chaos.schemata[self.at], |conn| {
            chaos.judge(self.at, before, true, None);
            self.visit(conn)?;
            if self.doomed {
                Err(Error::RollbackTransaction)
            } else {
                Ok(())
            }
        });
        if let Err(error) = &done {
            self.kept.truncate(kept);
            if let Some(refusal) = CheckoutError::of(error) {
                chaos.judge(self.at, before, true, Some(refusal));
            }
        }
        done
    }

    /// Does something or other.
    fn visit<H: SessionHandle>(&mut self, conn: &mut TenantConnection<H>) -> QueryResult<()> {
        if self.random.one_in(if self.calm { 16 } else { 4 }) {
            let remains: Row = diesel::sql_query(REMAINS).unscoped().get_result(conn)?;
            assert_eq!(remains.text, "", "was left on a connection");
        }
        let mut result = Ok(());
        for _ in 0..=self.random.below(4) {
            match self.act(conn) {
                Ok(true) => {}
                Ok(false) => return result,
                // A transaction goes on after an error, and is rolled back.
                Err(error) => {
                    self.expect(&error);
                    result = Err(error);
                }
            }
        }
        result
    }

    /// Does one thing. Returns whether another may follow.
    fn act<H: SessionHandle>(&mut self, conn: &mut TenantConnection<H>) -> QueryResult<bool> {
        let chaos = Arc::clone(&self.chaos);
        let other = self.random.skewed(SCHEMATA);
        let elsewhere = &chaos.schemata[other];
        let mut action = self.random.below(200);
        if self.calm && !CALM.iter().any(|calm| calm.contains(&action)) {
            action %= 100;
        }
        self.doing(&format!("does {action}"));
        match action {
            0..=59 => self.read(conn)?,
            60..=99 => self.insert(conn)?,
            100..=109 => conn.batch_execute(&format!("SET search_path = {elsewhere}, public"))?,
            // Without the schema, the temporary table would be found.
            110..=113 if self.at != MORTAL => conn.batch_execute(&format!(
                "CREATE TEMP TABLE IF NOT EXISTS documents AS SELECT 0 AS id, '{elsewhere} temporary' AS title"
            ))?,
            114..=121 => drop(diesel::select(leave()).execute(conn)?),
            122..=126 => {
                // What a function moved is found when it is asked for, or when the scope is left.
                diesel::select(move_to(elsewhere.as_str())).execute(conn)?;
                if self.random.one_in(2) && other != self.at {
                    let verified = conn.verify();
                    assert!(verified.is_err(), "moved from {} to {elsewhere}", self.at);
                }
                return Ok(false);
            }
            135..=144 if !self.doomed => self.nest(conn)?,
            145..=154 => {
                let text = ["SELECT 1 / 0", "SET TIME ZONE 'Europe/Vienna'; SELECT 1 / 0"];
                let failed = conn.batch_execute(text[self.random.below(2)]);
                return failed.map(|()| true);
            }
            155..=159 if !self.in_transaction => {
                if self.calm || self.random.one_in(2) {
                    AnsiTransactionManager::begin_transaction(conn)?;
                } else {
                    conn.batch_execute("BEGIN")?;
                }
                self.doomed = true;
            }
            160..=161 => {
                self.doomed = true;
                let crash = catch_unwind(AssertUnwindSafe(|| {
                    conn.transaction(|conn| -> QueryResult<()> {
                        self.insert(conn)?;
                        resume_unwind(Box::new(Injected))
                    })
                }));
                match crash {
                    Ok(result) => return result.map(|()| false),
                    Err(panic) if panic.is::<Injected>() => {}
                    Err(panic) => resume_unwind(panic),
                }
            }
            162 => resume_unwind(Box::new(Injected)),
            165..=174 => {
                let pg = conn.as_pg()?;
                pg.batch_execute(&format!("SET search_path = {elsewhere}; SET ROLE pg_monitor"))?;
                if self.random.one_in(2) {
                    pg.batch_execute("SET SESSION chaos.mark = 'set'; DECLARE held CURSOR WITH HOLD FOR SELECT 1")?;
                }
            }
            175 => drop(diesel::sql_query(TERMINATE).unscoped().load::<Row>(conn)?),
            176..=179 => {
                let titles = documents::table.select(documents::title);
                let rows = titles.load_iter::<String, PgRowByRowLoadingMode>(conn)?;
                std::mem::forget(rows);
            }
            180..=189 => {
                let mut inner = conn.tenant(elsewhere)?;
                let here = std::mem::replace(&mut self.at, other);
                if let Err(error) = self.read(&mut inner) {
                    self.expect(&error);
                }
                self.at = here;
                if self.random.one_in(3) {
                    std::mem::forget(inner);
                }
            }
            190..=194 if self.in_transaction && !self.doomed => {
                let end = ["COMMIT", "ROLLBACK"][self.random.below(2)];
                conn.batch_execute(end)?;
            }
            _ => {
                let query = "SELECT title AS text FROM documents ORDER BY id DESC LIMIT 5";
                let rows: Vec<Row> = diesel::sql_query(query).unscoped().load(conn)?;
                rows.iter().for_each(|row| self.check(&row.text));
            }
        }
        Ok(true)
    }

    fn read<H: SessionHandle>(&self, conn: &mut TenantConnection<H>) -> QueryResult<()> {
        let newest = documents::table.order(documents::id.desc()).limit(5);
        let titles: Vec<String> = newest.select(documents::title).load(conn)?;
        titles.iter().for_each(|title| self.check(title));
        Ok(())
    }

    /// A row is the schema's, and was not rolled back by somebody else.
    fn check(&self, title: &str) {
        let schema = &self.chaos.schemata[self.at];
        assert!(
            title.starts_with(&format!("{schema} ")),
            "{title:?} was read in {schema}"
        );
        let own = format!("lost {}.{}.", self.thread, self.turn);
        assert!(
            !title.contains("lost") || title.contains(&own),
            "{title:?} was read"
        );
    }

    fn insert<H: SessionHandle>(&mut self, conn: &mut TenantConnection<H>) -> QueryResult<()> {
        let fate = if self.doomed { "lost" } else { "kept" };
        let schema = &self.chaos.schemata[self.at];
        self.rows += 1;
        let title = format!(
            "{schema} {fate} {}.{}.{}",
            self.thread, self.turn, self.rows
        );
        let row = documents::title.eq(&title);
        diesel::insert_into(documents::table)
            .values(row)
            .execute(conn)?;
        if !self.doomed {
            self.kept.push((self.at, title));
        }
        Ok(())
    }

    /// A transaction or savepoint with a savepoint in it, which is rolled back.
    fn nest<H: SessionHandle>(&mut self, conn: &mut TenantConnection<H>) -> QueryResult<()> {
        let kept = self.kept.len();
        let done = conn.transaction(|conn| {
            self.insert(conn)?;
            self.doomed = true;
            let inner = conn.transaction(|conn| {
                self.insert(conn)?;
                conn.batch_execute(if self.random.one_in(2) {
                    "SELECT 1 / 0"
                } else {
                    "SELECT 1"
                })?;
                Err(Error::RollbackTransaction)
            });
            self.doomed = false;
            let () = inner.or_else(|error| {
                self.expect(&error);
                Ok::<_, Error>(())
            })?;
            self.insert(conn)
        });
        if done.is_err() {
            self.kept.truncate(kept);
        }
        done
    }

    /// What all share, and nothing of anybody's.
    fn global(&mut self) -> QueryResult<()> {
        self.doing("checks out for global");
        let chaos = Arc::clone(&self.chaos);
        let lent = chaos.pool.global();
        let before = (chaos.status(self.at), Instant::now());
        chaos.judge(MORTAL, before, false, lent.as_ref().err());
        let mut conn = lent?;
        let _: i64 = plans::table.count().get_result(&mut conn)?;
        let query = diesel::sql_query("SELECT title AS text FROM documents");
        match query.unscoped().load::<Row>(&mut conn) {
            Ok(rows) => panic!("{rows:?} were read in the shared part"),
            Err(error) if error.to_string().contains("does not exist") => {}
            Err(error) => return Err(error),
        }
        match self.random.below(3) {
            0 => {
                let elsewhere = &chaos.schemata[self.at];
                conn.as_pg()?
                    .batch_execute(&format!("SET search_path = {elsewhere}; LISTEN chaos"))?;
            }
            1 => conn.transaction(|conn| {
                let name = plans::name.eq(format!("lost {}.{}", self.thread, self.turn));
                diesel::insert_into(plans::table)
                    .values(name)
                    .execute(conn)?;
                Err(Error::RollbackTransaction)
            })?,
            _ => {}
        }
        Ok(())
    }

    fn doing(&self, what: &str) {
        let schema = &self.chaos.schemata[self.at];
        self.chaos.note(
            self.thread,
            format!("{what} in {schema}, turn {}", self.turn),
        );
    }

    /// An error is one of those that have a reason.
    fn expect(&self, error: &Error) {
        let (schema, mortal) = (self.at, &self.chaos.schemata[MORTAL]);
        let text = match error {
            Error::QueryBuilderError(inner) => errors::story(inner.as_ref()),
            other => errors::story(other),
        };
        assert!(
            errors::is_expected(&text, schema == MORTAL || text.contains(mortal.as_str())),
            "in {}: {text}: {error:?}",
            self.chaos.schemata[schema]
        );
    }
}
