//! Sessions, kept in the database: so they outlive the program, and several processes have the same ones.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use blake2::{Blake2s256, Digest};
use chrono::{DateTime, Utc};
use diesel::dsl::{IntervalDsl, now};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use multischema::{GlobalConnection, Lease, RunQueryDsl};
use multischema_axum::{DbError, GlobalDb};
use serde_json::Value;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use super::operator;
use super::tables::{admin_sessions as sessions, admin_users};
use super::throttle;
use super::users::Owner;

/// How long a session lasts after a request, in hours. It is put off when half of that has passed, so that not every request writes.
const IDLE: i32 = 12;
/// How long it lasts at most, in days, whatever is asked.
const LONGEST: i32 = 14;
/// How often those that have ended are looked for.
const SWEEP: Duration = Duration::from_secs(10 * 60);
/// A lost connection is no reason to lose a session.
const ATTEMPTS: u32 = 3;

diesel::define_sql_function! {
    /// The earlier of two times.
    fn least(a: Timestamptz, b: Timestamptz) -> Timestamptz;
}

/// The end of a session that is used now.
macro_rules! end {
    () => {
        least(
            now.into_sql::<Timestamptz>() + IDLE.hours(),
            sessions::created_at + LONGEST.days(),
        )
    };
}

/// Sessions in the table `multischema.admin_sessions`, by the hashes of their ids.
#[derive(Debug)]
pub(crate) struct Sessions {
    db: GlobalDb,
    swept: Mutex<Option<Instant>>,
}

impl Sessions {
    pub(crate) fn new(db: GlobalDb) -> Self {
        Self {
            db,
            swept: Mutex::new(None),
        }
    }

    /// Deletes, now and then, sessions that have ended and attempts that are forgotten: nobody waits for it.
    pub(crate) fn sweep(&self) {
        {
            let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            if swept.is_some_and(|it| it.elapsed() < SWEEP) {
                return;
            }
            *swept = Some(Instant::now());
        }
        let db = self.db.clone();
        tokio::spawn(async move {
            let swept = db.run(|conn| {
                let ended = sessions::table.filter(sessions::expires.le(now));
                let ended = diesel::delete(ended).execute(conn)?;
                QueryResult::Ok((ended, throttle::sweep(conn)?))
            });
            match swept.await {
                Ok((ended, forgotten)) => {
                    tracing::debug!(ended, forgotten, "deleted sessions and attempts");
                }
                Err(error) => tracing::warn!(%error, "could not delete sessions that have ended"),
            }
        });
    }

    /// Runs what has the same result if it is run twice.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut GlobalConnection<Lease>) -> QueryResult<T> + Clone + Send + 'static,
    ) -> Result<T> {
        let mut attempt = 1;
        loop {
            match self.db.run(work.clone()).await {
                Err(DbError::Query(_)) if attempt < ATTEMPTS => attempt += 1,
                result => return result.map_err(|error| Error::Backend(error.to_string())),
            }
        }
    }
}

/// Not a store of `tower-sessions` itself: see [`Carried`](super::carried::Carried).
impl Sessions {
    pub(super) async fn create(&self, record: &mut Record) -> Result<()> {
        let id = key(record.id);
        let user = operator::user_of(&record.data);
        let data = encoded(record)?;
        self.run(move |conn| {
            let row = (
                sessions::id.eq(&id),
                sessions::user_id.eq(user),
                sessions::data.eq(&data),
                sessions::expires.eq(now.into_sql::<Timestamptz>() + IDLE.hours()),
            );
            // Of 128 random bits there are no two: it was an earlier attempt's.
            diesel::insert_into(sessions::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(conn)
        })
        .await?;
        Ok(())
    }

    pub(super) async fn save(&self, record: &Record) -> Result<()> {
        let id = key(record.id);
        let data = encoded(record)?;
        self.run(move |conn| {
            // One that has ended meanwhile stays so.
            diesel::update(sessions::table.find(&id).filter(sessions::expires.gt(now)))
                .set((sessions::data.eq(&data), sessions::expires.eq(end!())))
                .execute(conn)
        })
        .await?;
        Ok(())
    }

    /// Returns what a session remembers, and whose it is, in one statement.
    pub(super) async fn load_owned(&self, id: &Id) -> Result<Option<(Record, Option<Owner>)>> {
        let hashed = key(*id);
        let found = self.run(move |conn| {
            let owner = admin_users::id.nullable().eq(sessions::user_id);
            let session = sessions::table.left_join(admin_users::table.on(owner));
            let half = now.into_sql::<Timestamptz>() + (IDLE / 2).hours();
            let oldest = now.into_sql::<Timestamptz>() - LONGEST.days();
            let found: Option<(Value, DateTime<Utc>, bool, Option<Owner>)> = session
                .filter(sessions::id.eq(&hashed))
                .filter(sessions::expires.gt(now))
                .filter(sessions::created_at.gt(oldest))
                .select((
                    sessions::data,
                    sessions::expires,
                    sessions::expires.lt(half),
                    Owner::columns().nullable(),
                ))
                .first(conn)
                .optional()?;
            if let Some((_, _, true, _)) = found {
                diesel::update(sessions::table.find(&hashed))
                    .set(sessions::expires.eq(end!()))
                    .execute(conn)?;
            }
            Ok(found)
        });
        let Some((data, expires, _, owner)) = found.await? else {
            return Ok(None);
        };
        let Ok(data) = serde_json::from_value(data) else {
            tracing::warn!("a session cannot be read, as raw SQL has changed it");
            return Ok(None);
        };
        let expiry_date = OffsetDateTime::from_unix_timestamp(expires.timestamp());
        let record = Record {
            id: *id,
            data,
            expiry_date: expiry_date.map_err(|error| Error::Decode(error.to_string()))?,
        };
        Ok(Some((record, owner)))
    }

    pub(super) async fn delete(&self, id: &Id) -> Result<()> {
        let id = key(*id);
        self.run(move |conn| diesel::delete(sessions::table.find(&id)).execute(conn))
            .await?;
        Ok(())
    }
}

/// Whether there still is a session. Unlike a request, asking does not put its end off.
pub(super) fn is_there(conn: &mut GlobalConnection<Lease>, id: Id) -> QueryResult<bool> {
    let session = sessions::table.filter(sessions::id.eq(key(id)));
    let oldest = now.into_sql::<Timestamptz>() - LONGEST.days();
    let session = session
        .filter(sessions::expires.gt(now))
        .filter(sessions::created_at.gt(oldest));
    Ok(session.count().get_result::<i64>(conn)? > 0)
}

/// What is kept instead of the id.
fn key(id: Id) -> Vec<u8> {
    Blake2s256::digest(id.0.to_le_bytes()).to_vec()
}

fn encoded(record: &Record) -> Result<Value> {
    serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))
}
