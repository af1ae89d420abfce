//! Many people at once, while connections to the database are killed: nobody sees a row of a school that is not theirs.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use serde_json::Value as Json;

use crate::app::{App, Value};
use crate::client::{Answer, Client};

const PEOPLE: usize = 64;
/// Passwords take time. The others have copies of their cookies, and do not switch.
const LOGGED_IN: usize = 12;
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
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_nobody_sees_a_row_of_others() {
    let seconds = env::var("MULTISCHEMA_LOAD_SECONDS").map_or(10, |it| it.parse().unwrap());
    let app = App::new();
    let tally = Arc::new(Tally::default());
    let mut people = Vec::new();
    for number in 0..LOGGED_IN {
        let (user, schools) = USERS[number % USERS.len()];
        people.push((Client::of(&app.url, user).await, schools));
    }
    for number in LOGGED_IN..PEOPLE {
        let (client, schools) = &people[number % LOGGED_IN];
        people.push((client.at(&app.url), schools));
    }
    let people = people.into_iter().enumerate();
    let people = people.map(|(number, (client, schools))| {
        let person = Person {
            client,
            schools,
            may_switch: number < LOGGED_IN,
            random: Random(number as u64 * 2 + 1),
            tally: Arc::clone(&tally),
        };
        tokio::spawn(person.go())
    });
    let people: Vec<_> = people.collect();
    let url = app.database_url().to_owned();
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

    let [answers, away, made, kills] = [&tally.answers, &tally.away, &tally.made, &tally.kills]
        .map(|it| it.load(Ordering::Relaxed));
    println!(
        "{answers} answers in {seconds} s, {away} of them 503 after {kills} kills; {made} pupils made"
    );
    assert!(answers > seconds * 20 && made > 0 && kills > 0);
    // Each was lost with the connection that one request had.
    assert!(away <= kills, "{away} answers were 503 after {kills} kills");
    // Those who are there now find all as it should be.
    let root = Client::of(&app.url, "root").await;
    let mut kept = 0;
    for school in &SCHOOLS {
        let found = root.api(school.name, "?q=load-").await.json();
        kept += found["total"].as_u64().unwrap();
        for pupil in found["pupils"].as_array().unwrap() {
            assert_eq!(pupil["family_name"], format!("Load-{}", school.name));
        }
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
    may_switch: bool,
    random: Random,
    tally: Arc<Tally>,
}

impl Person {
    async fn go(mut self) {
        while !self.tally.is_over.load(Ordering::Relaxed) {
            let school = self.random.below(SCHOOLS.len());
            let is_own = self.schools.contains(&school);
            let school = &SCHOOLS[school];
            match self.random.below(8) {
                0 if self.may_switch => self.switch(school, is_own).await,
                1 => self.make(school, is_own).await,
                2..5 => self.ask(school, is_own).await,
                _ => self.look(school, is_own).await,
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
