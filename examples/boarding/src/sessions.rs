//! Sessions, kept in a table that all schools share: so they outlive the program, and several processes have the same ones.

use std::time::Duration;

use async_trait::async_trait;
use blake2::{Blake2s256, Digest};
use chrono::{DateTime, Utc};
use diesel::dsl::{IntervalDsl, now};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use multischema::{GlobalConnection, Lease, RunQueryDsl};
use multischema_axum::{DbError, GlobalDb};
use serde_json::Value;
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use crate::schema::sessions;

/// How long a session lasts after a request, in hours. It is put off when half of that has passed, so that not every request writes.
const LIFETIME: i32 = 12;
/// How often those that have ended are looked for.
const SWEEP: Duration = Duration::from_secs(10 * 60);
/// A lost connection is no reason to lose a session.
const ATTEMPTS: u32 = 3;

/// Sessions in the table `public.sessions`.
#[derive(Debug, Clone)]
pub struct PgSessions {
    db: GlobalDb,
}

impl PgSessions {
    /// Those in this database.
    #[must_use]
    pub fn new(db: GlobalDb) -> Self {
        Self { db }
    }

    /// Deletes sessions that have ended, now and then, for as long as the program runs.
    pub(crate) async fn sweep(self) {
        let mut turns = tokio::time::interval(SWEEP);
        loop {
            turns.tick().await;
            let ended = sessions::table.filter(sessions::expires.le(now));
            let swept = self.db.run(move |conn| diesel::delete(ended).execute(conn));
            match swept.await {
                Ok(count) => tracing::debug!(count, "deleted sessions that have ended"),
                Err(error) => tracing::warn!(%error, "could not delete sessions that have ended"),
            }
        }
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

#[async_trait]
impl SessionStore for PgSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let id = key(record.id);
        let data = encoded(record)?;
        self.run(move |conn| {
            let row = (
                sessions::id.eq(&id),
                sessions::data.eq(&data),
                sessions::expires.eq(now.into_sql::<Timestamptz>() + LIFETIME.hours()),
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

    async fn save(&self, record: &Record) -> Result<()> {
        let id = key(record.id);
        let data = encoded(record)?;
        self.run(move |conn| {
            let changes = (
                sessions::data.eq(&data),
                sessions::expires.eq(now.into_sql::<Timestamptz>() + LIFETIME.hours()),
            );
            // One that another request has ended meanwhile stays so.
            diesel::update(sessions::table.find(&id))
                .set(changes)
                .execute(conn)
        })
        .await?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let hashed = key(*id);
        let found = self.run(move |conn| {
            let session = sessions::table.find(&hashed);
            let end = now.into_sql::<Timestamptz>() + LIFETIME.hours();
            let is_half_over =
                sessions::expires.lt(now.into_sql::<Timestamptz>() + (LIFETIME / 2).hours());
            let found: Option<(Value, DateTime<Utc>, bool)> = session
                .filter(sessions::expires.gt(now))
                .select((sessions::data, sessions::expires, is_half_over))
                .first(conn)
                .optional()?;
            if let Some((.., true)) = found {
                diesel::update(session)
                    .set(sessions::expires.eq(end))
                    .execute(conn)?;
            }
            Ok(found)
        });
        let Some((data, expires, _)) = found.await? else {
            return Ok(None);
        };
        let expiry_date = OffsetDateTime::from_unix_timestamp(expires.timestamp());
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_value(data).map_err(|error| Error::Decode(error.to_string()))?,
            expiry_date: expiry_date.map_err(|error| Error::Decode(error.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let id = key(*id);
        self.run(move |conn| diesel::delete(sessions::table.find(&id)).execute(conn))
            .await?;
        Ok(())
    }
}

/// What is kept instead of the id.
fn key(id: Id) -> Vec<u8> {
    Blake2s256::digest(id.0.to_le_bytes()).to_vec()
}

fn encoded(record: &Record) -> Result<Value> {
    serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))
}
