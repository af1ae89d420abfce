//! Many people at once, while handlers panic and connections to the database are killed: nobody sees a row of a school that is not theirs.

use std::env;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use boarding::Site;
use diesel::prelude::*;
use multischema_axum::{DbError, TenantDb};
use reqwest::Method;
use serde_json::Value as Json;

use crate::app::{Value, database, id_of};
use crate::client::{Answer, Client};
use crate::inside::Inside;

/// Each has a connection and a session.
const PEOPLE: usize = 64;
const PAUSE_BETWEEN_KILLS: Duration = Duration::from_millis(250);

/// A school, the high half of its pupils' ids, and its houses: each row tells by both whose it is.
struct School {
    name: &'static str,
    block: i64,
    houses: [&'static str; 4],
}

const SCHOOLS: [School; 3] = [
    School {
        name: "north",
        block: 1,
        houses: ["Birch", "Cedar", "Juniper", "Tamarack"],
    },
    School {
        name: "south",
        block: 2,
        houses: ["Heron", "Kestrel", "Lapwing", "Swift"],
    },
    School {
        name: "west",
        block: 3,
        houses: ["Basalt", "Flint", "Granite", "Slate"],
    },
];

const USERS: [(&str, &[usize]); 3] = [("anna", &[0, 1]), ("ben", &[1, 2]), ("root", &[0, 1, 2])];

#[derive(Default)]
struct Tally {
    is_over: AtomicBool,
    answers: AtomicU64,
    away: AtomicU64,
    made: AtomicU64,
    kills: AtomicU64,
    switches: AtomicU64,
    panics: AtomicU64,
    cut_off: AtomicU64,
}

impl Tally {
    fn get(&self) -> impl Fn(fn(&Self) -> &AtomicU64) -> u64 + '_ {
        |which| which(self).load(Ordering::Relaxed)
    }
}

/// Handlers that panic, in what they do with the connection or beside it, and leave whatever they can.
fn that_panic() -> Router<Site> {
    Router::new().route("/t/{schema}/panic/{where}", get(panics))
}

async fn panics(
    db: TenantDb,
    Path((_, place)): Path<(String, String)>,
) -> Result<&'static str, DbError> {
    let is_in_query = place == "query";
    db.run(move |conn| {
        let pg = conn.as_pg()?;
        for text in [
            "BEGIN",
            "UPDATE pupils SET family_name = 'Panic'",
            "SET search_path TO west, north, south, public",
            "SET TIME ZONE 'Asia/Tokyo'",
        ] {
            diesel::sql_query(text).execute(pg)?;
        }
        if is_in_query {
            // As a panic, but that nothing is written about it.
            resume_unwind(Box::new("on purpose"));
        }
        QueryResult::Ok(())
    })
    .await?;
    resume_unwind(Box::new("on purpose"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_panics_or_is_killed_nobody_sees_a_row_of_others() {
    let seconds = env::var("MULTISCHEMA_LOAD_SECONDS").map_or(10, |it| it.parse().unwrap());
    let database = database();
    let inside = Arc::new(Inside::on(&database, that_panic()).await);
    let ids = USERS.map(|(name, _)| id_of(database.url(), name).parse().unwrap());
    let tally = Arc::new(Tally::default());
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let user = number % USERS.len();
        let person = Person {
            client: inside.client(ids[user]).await,
            schools: USERS[user].1,
            inside: Arc::clone(&inside),
            ids,
            random: Random(number as u64 * 2 + 1),
            tally: Arc::clone(&tally),
        };
        people.push(person);
    }
    let people: Vec<_> = people.into_iter().map(|it| tokio::spawn(it.go())).collect();
    let url = database.url().to_owned();
    let killer = tokio::task::spawn_blocking({
        let tally = Arc::clone(&tally);
        move || kill(&url, &tally)
    });
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end && people.iter().all(|it| !it.is_finished()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tally.is_over.store(true, Ordering::Relaxed);
    for person in people {
        person.await.unwrap();
    }
    killer.await.unwrap();

    let count = tally.get();
    let (answers, made, kills) = (
        count(|it| &it.answers),
        count(|it| &it.made),
        count(|it| &it.kills),
    );
    let (away, panics, cut_off) = (
        count(|it| &it.away),
        count(|it| &it.panics),
        count(|it| &it.cut_off),
    );
    let switches = count(|it| &it.switches);
    println!(
        "{answers} answers in {seconds} s, {away} of them 503 after {kills} kills, {panics} of them 500 and {cut_off} more cut off by \
         panics; {switches} switches; {made} pupils made"
    );
    assert!(answers > seconds * 20 && made > 0 && kills > 0);
    assert!(switches > seconds && panics > 0 && cut_off > 0);
    // Each was lost with the connection that one request had.
    assert!(away <= kills, "{away} answers were 503 after {kills} kills");
    // Those who are there now find all as it should be.
    let root = inside.client(ids[2]).await;
    let mut kept = 0;
    for school in &SCHOOLS {
        let found = root.api(school.name, "?q=load-").await.json();
        kept += found["total"].as_u64().unwrap();
        for pupil in found["pupils"].as_array().unwrap() {
            assert_eq!(pupil["family_name"], format!("Load-{}", school.name));
        }
        let left = root.api(school.name, "?q=panic").await.json();
        assert_eq!(left["total"], 0, "a panic was committed: {left}");
    }
    // One that was committed may have been lost on the way to its maker.
    assert!(kept >= made, "{kept} of {made}");
}

/// Ends connections to the database, whoever has them: those that wait, those that work, and the one that hears of changes.
fn kill(url: &str, tally: &Tally) {
    let mut conn = PgConnection::establish(url).unwrap();
    while !tally.is_over.load(Ordering::Relaxed) {
        let killed: Vec<Value> = diesel::sql_query(
            "SELECT pg_terminate_backend(pid)::text AS value FROM (SELECT pid FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) AS it",
        )
        .load(&mut conn)
        .unwrap();
        let killed = killed.iter().filter(|it| it.value == "true").count();
        let killed = u64::try_from(killed).unwrap();
        tally.kills.fetch_add(killed, Ordering::Relaxed);
        std::thread::sleep(PAUSE_BETWEEN_KILLS);
    }
}

struct Person {
    client: Client,
    schools: &'static [usize],
    inside: Arc<Inside>,
    /// Those of the accounts of all users.
    ids: [i64; USERS.len()],
    random: Random,
    tally: Arc<Tally>,
}

impl Person {
    async fn go(mut self) {
        while !self.tally.is_over.load(Ordering::Relaxed) {
            let school = self.random.below(SCHOOLS.len());
            let is_own = self.schools.contains(&school);
            let school = &SCHOOLS[school];
            match self.random.below(16) {
                0..3 => self.switch(school, is_own).await,
                3..5 => self.make(school, is_own).await,
                5 => self.panic_in_query(school, is_own).await,
                6 => self.panic_beside(school, is_own).await,
                7 => self.become_another().await,
                8..12 => self.ask(school, is_own).await,
                _ => self.look(school, is_own).await,
            }
        }
    }

    /// Goes on as another user, on the same connection.
    async fn become_another(&mut self) {
        let user = self.random.below(USERS.len());
        self.client.take(self.inside.cookie(self.ids[user]).await);
        self.schools = USERS[user].1;
    }

    async fn panic_in_query(&mut self, school: &School, is_own: bool) {
        let path = format!("/t/{}/panic/query", school.name);
        let answer = self.client.get(&path).await;
        if self.is_answered(&answer, is_own, 500) {
            self.tally.panics.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The connection of the client ends as well.
    async fn panic_beside(&mut self, school: &School, is_own: bool) {
        let path = format!("/t/{}/panic/handler", school.name);
        let request = self.client.request(Method::GET, &path);
        match request.send().await {
            Ok(response) => {
                // The connection to the database was killed before.
                let is_refused = response.status() == 404 && !is_own;
                assert!(is_refused || response.status() == 503, "{response:?}");
                let kind = if is_refused {
                    &self.tally.answers
                } else {
                    &self.tally.away
                };
                kind.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                assert!(is_own && error.is_request(), "{error:?}");
                self.tally.cut_off.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Looks at a page of the list, and perhaps at one of the pupils.
    async fn look(&mut self, school: &School, is_own: bool) {
        let page = self.random.below(10);
        let path = format!("/t/{}/pupils", school.name);
        let list = self.client.get(&format!("{path}?page={page}")).await;
        if !self.is_answered(&list, is_own, 200) {
            return;
        }
        let ids = list.ids();
        assert!(!ids.is_empty(), "{list:?}");
        assert!(ids.iter().all(|id| id >> 32 == school.block), "{list:?}");
        let houses: Vec<&str> = list.each("data-label=\"House\">").collect();
        assert_eq!(houses.len(), ids.len());
        assert!(
            houses.iter().all(|it| school.houses.contains(it)),
            "{list:?}"
        );
        assert_eq!(
            list.each("<option value=\"").count(),
            self.schools.len() + 1 + 4
        );

        let id = ids[self.random.below(ids.len())];
        let pupil = self.client.get(&format!("{path}/{id}")).await;
        if self.is_answered(&pupil, is_own, 200) {
            let house = pupil.body.split(" selected>").nth(2).unwrap();
            assert!(
                school.houses.iter().any(|it| house.starts_with(it)),
                "{pupil:?}"
            );
        }
    }

    async fn ask(&mut self, school: &School, is_own: bool) {
        let page = self.random.below(10);
        let answer = self.client.api(school.name, &format!("?page={page}")).await;
        if !self.is_answered(&answer, is_own, 200) {
            return;
        }
        let answer = answer.json();
        assert_eq!(answer["school"], school.name);
        let pupils = answer["pupils"].as_array().unwrap();
        assert!(!pupils.is_empty());
        pupils.iter().for_each(|pupil| assert_of(pupil, school));
    }

    async fn make(&mut self, school: &School, is_own: bool) {
        let family_name = format!("Load-{}", school.name);
        let house = school.houses[self.random.below(4)];
        let fields = [
            ("given_name", "A"),
            ("family_name", &family_name),
            ("born", "2014-05-31"),
            ("joined", "2025-09-01"),
            ("house", house),
        ];
        let path = format!("/t/{}/pupils", school.name);
        let made = self.client.post(&path, &fields).await;
        if self.is_answered(&made, is_own, 303) {
            self.tally.made.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn switch(&mut self, school: &School, is_own: bool) {
        let switched = self.client.switch(school.name).await;
        if !self.is_answered(&switched, is_own, 303) {
            return;
        }
        self.tally.switches.fetch_add(1, Ordering::Relaxed);
        let home = self.client.get("/").await;
        if self.is_answered(&home, is_own, 303) {
            assert_eq!(home.location(), format!("/t/{}/pupils", school.name));
        }
    }

    /// Whether there is something to look at. What is not the user's is not there, and a killed connection is no fault of anybody's.
    fn is_answered(&self, answer: &Answer, is_own: bool, expected: u16) -> bool {
        self.tally.answers.fetch_add(1, Ordering::Relaxed);
        match answer.status {
            503 => {
                self.tally.away.fetch_add(1, Ordering::Relaxed);
                false
            }
            404 if !is_own => false,
            status => {
                assert_eq!((status, is_own), (expected, true), "{answer:?}");
                true
            }
        }
    }
}

fn assert_of(pupil: &Json, school: &School) {
    assert_eq!(pupil["id"].as_i64().unwrap() >> 32, school.block, "{pupil}");
    let house = pupil["house"].as_str().unwrap();
    assert!(school.houses.contains(&house), "{pupil}");
}

/// xorshift64: the same each time, for each person.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % end
    }
}
