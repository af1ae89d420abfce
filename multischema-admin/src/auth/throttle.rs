//! How often log-in may be tried.
//!
//! Each name and each address has a level, which rises with every attempt and sinks with time; kept is when it will have sunk to nothing.
//! Who is at the brim waits. An attempt is counted before the password is looked at, and taken back if that was right: so many at
//! once get no further than one after another. What is unknown is counted like what is known, so that an answer does not tell them apart,
//! and the right password does not pass where a wrong one would not have been looked at.
//!
//! Somebody else's attempts can keep a user from logging in. `multischema admin passwd` lets that user in again.

use std::net::IpAddr;
use std::time::Duration;

use blake2::{Blake2s256, Digest};
use chrono::{DateTime, Utc};
use diesel::dsl::{IntervalDsl, now};
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel::sql_types::Timestamptz;
use multischema::{GlobalConnection, Lease, RunQueryDsl};

use super::tables::admin_attempts;

type Conn = GlobalConnection<Lease>;

/// In this time a full level sinks to nothing: 15 minutes.
const WINDOW: i32 = 15 * 60;
/// Wrong passwords for one name in that time.
const OF_NAME: i32 = 5;
/// Wrong passwords from one address: several people may be behind it.
const OF_ADDRESS: i32 = 20;

diesel::define_sql_function! {
    /// The later of two times.
    fn greatest(a: Timestamptz, b: Timestamptz) -> Timestamptz;
}

/// That somebody has tried too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooOften {
    /// When the next attempt is.
    pub(crate) wait: Duration,
}

/// Who is counted.
struct Subject {
    kind: &'static str,
    key: Vec<u8>,
    /// For how many seconds an attempt is remembered.
    each: i32,
}

impl Subject {
    fn name(name: &str) -> Self {
        Self {
            kind: "name",
            key: Blake2s256::digest(name).to_vec(),
            each: WINDOW / OF_NAME,
        }
    }

    fn address(address: IpAddr) -> Self {
        // Whoever has an address of IPv6 has 2^64 of them.
        let network = match address.to_canonical() {
            IpAddr::V4(it) => it.octets().to_vec(),
            IpAddr::V6(it) => it.octets()[..8].to_vec(),
        };
        Self {
            kind: "address",
            key: Blake2s256::digest(network).to_vec(),
            each: WINDOW / OF_ADDRESS,
        }
    }

    /// Those that one attempt is counted for. Always in this order, so that no two wait for each other.
    fn all(name: &str, address: Option<IpAddr>) -> Vec<Self> {
        let address = address.map(Self::address).into_iter();
        address.chain([Self::name(name)]).collect()
    }
}

/// Why an attempt was not counted.
enum Uncounted {
    TooOften(TooOften),
    Query(diesel::result::Error),
}

impl From<diesel::result::Error> for Uncounted {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}

/// Counts an attempt, before it is made; one that may not be made counts for nothing.
pub(crate) fn count(
    conn: &mut Conn,
    name: &str,
    address: Option<IpAddr>,
) -> QueryResult<Result<(), TooOften>> {
    let subjects = Subject::all(name, address);
    let counted = conn.transaction(|conn| subjects.iter().try_for_each(|it| raise(conn, it)));
    match counted {
        Ok(()) => Ok(Ok(())),
        Err(Uncounted::TooOften(it)) => Ok(Err(it)),
        Err(Uncounted::Query(error)) => Err(error),
    }
}

/// Raises a level, unless it is at the brim.
fn raise(conn: &mut Conn, subject: &Subject) -> Result<(), Uncounted> {
    use admin_attempts::{forgotten_at, key, kind};
    let current = now.into_sql::<Timestamptz>();
    let brim = current + WINDOW.seconds();
    let raised = greatest(forgotten_at, current) + subject.each.seconds();
    loop {
        let first = (
            kind.eq(subject.kind),
            key.eq(&subject.key),
            forgotten_at.eq(current + subject.each.seconds()),
        );
        // One statement: of several at once, each sees what the one before has left.
        let insert = diesel::insert_into(admin_attempts::table).values(first);
        let upsert = insert.on_conflict((kind, key)).do_update();
        let upsert =
            methods::FilterDsl::filter(upsert.set(forgotten_at.eq(raised)), raised.le(brim));
        if upsert.execute(conn)? > 0 {
            return Ok(());
        }
        let row = admin_attempts::table.find((subject.kind, &subject.key));
        let level = row.select((forgotten_at, current)).first(conn);
        let level: Option<(DateTime<Utc>, DateTime<Utc>)> = level.optional()?;
        // It may be forgotten just then.
        let Some((found, current)) = level else {
            continue;
        };
        let surplus = i64::from(subject.each) - i64::from(WINDOW);
        let wait = (found - current).num_seconds() + surplus;
        return Err(Uncounted::TooOften(TooOften {
            // The part of a second as well.
            wait: Duration::from_secs(u64::try_from(wait).unwrap_or_default() + 1),
        }));
    }
}

/// Takes an attempt back, as the password was right: nothing is held against the name any more, and this one not against the address.
pub(crate) fn take_back(conn: &mut Conn, name: &str, address: Option<IpAddr>) -> QueryResult<()> {
    use admin_attempts::forgotten_at;
    conn.transaction(|conn| {
        if let Some(address) = address {
            let Subject { kind, key, each } = Subject::address(address);
            diesel::update(admin_attempts::table.find((kind, key)))
                .set(forgotten_at.eq(forgotten_at - each.seconds()))
                .execute(conn)?;
        }
        forget(conn, name)
    })
}

/// Holds nothing against a name any more.
pub(crate) fn forget(conn: &mut Conn, name: &str) -> QueryResult<()> {
    let Subject { kind, key, .. } = Subject::name(name);
    diesel::delete(admin_attempts::table.find((kind, key))).execute(conn)?;
    Ok(())
}

/// Deletes what nothing is left of.
pub(crate) fn sweep(conn: &mut Conn) -> QueryResult<usize> {
    let forgotten = admin_attempts::forgotten_at.le(now);
    diesel::delete(admin_attempts::table.filter(forgotten)).execute(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_is_one_subject() {
        let key = |address: &str| Subject::address(address.parse().unwrap()).key;
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
    }
}
