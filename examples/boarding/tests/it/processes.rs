//! Several processes, one after the other and side by side.

use std::time::{Duration, Instant};

use axum::Router;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::app::{App, Value, database, id_of, schema};
use crate::client::Client;
use crate::inside::Inside;

#[tokio::test]
async fn it_brings_its_own_server_and_ends_at_ctrl_c() {
    let app = App::embedded();
    let anna = Client::of(&app.url, "anna").await;
    assert_eq!(anna.get("/t/north/pupils").await.status, 200);
    // The connection of `anna` stays open, and does not keep it.
    assert_eq!(app.stop().code(), Some(0));
}

#[tokio::test]
async fn a_session_outlives_the_program_and_is_known_to_all_processes() {
    let database = database();
    let first = App::on(&database);
    let anna = Client::of(&first.url, "anna").await;
    assert_eq!(anna.switch("south").await.status, 303);

    let second = App::on(&database);
    let there = anna.at(&second.url);
    assert_eq!(there.get("/").await.location(), "/t/south/pupils");
    assert_eq!(there.switch("north").await.status, 303);
    assert_eq!(anna.get("/").await.location(), "/t/north/pupils");

    assert_eq!(first.stop().code(), Some(0));
    let third = App::on(&database);
    let again = anna.at(&third.url);
    assert_eq!(again.get("/").await.location(), "/t/north/pupils");
    // Who logs out of one is out of all.
    assert_eq!(again.post("/logout", &[]).await.status, 303);
    assert_eq!(there.get("/").await.location(), "/login");
}

#[tokio::test]
async fn a_session_ends_and_is_swept() {
    let database = database();
    let app = App::on(&database);
    let anna = Client::of(&app.url, "anna").await;
    let mut conn = PgConnection::establish(database.url()).unwrap();
    // Who reads the table does not learn what the cookie holds.
    let kept = "SELECT encode(id, 'escape') || data AS value FROM public.sessions";
    let kept: Vec<Value> = diesel::sql_query(kept).load(&mut conn).unwrap();
    let cookie = anna.cookie().unwrap();
    let secret = cookie.split('=').nth(1).unwrap();
    assert!(kept.len() == 1 && !kept[0].value.contains(secret));

    // It is put off when it is half over.
    let set = |conn: &mut PgConnection, left: &str| {
        let ended = "UPDATE public.sessions SET expires = now() + $1::interval";
        let ended = diesel::sql_query(ended).bind::<Text, _>(left);
        assert_eq!(ended.execute(conn).unwrap(), 1);
    };
    let left = |conn: &mut PgConnection| {
        let left = "SELECT round(extract(epoch FROM expires - now()) / 3600)::text AS value FROM public.sessions";
        let left: Vec<Value> = diesel::sql_query(left).load(conn).unwrap();
        left.into_iter().map(|it| it.value).collect::<Vec<_>>()
    };
    for (before, after) in [("7h", "7"), ("5h", "12")] {
        set(&mut conn, before);
        assert_eq!(anna.get("/schools").await.status, 200);
        assert_eq!(left(&mut conn), [after]);
    }

    set(&mut conn, "-1s");
    assert_eq!(anna.get("/schools").await.status, 303);
    app.stop();
    let app = App::on(&database);
    for _ in 0..100 {
        if left(&mut conn).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(left(&mut conn).is_empty());
    drop(app);
}

#[tokio::test]
async fn two_that_begin_at_once_fill_a_database_once() {
    let database = database();
    let [first, second] = std::thread::scope(|scope| {
        let apps = [(), ()].map(|()| scope.spawn(|| App::on(&database)));
        apps.map(|it| it.join().unwrap())
    });
    for app in [&first, &second] {
        let root = Client::of(&app.url, "root").await;
        for (school, total) in [("north", 341), ("south", 312), ("west", 287)] {
            assert_eq!(root.api(school, "").await.json()["total"], total);
        }
    }
}

/// Requests while it was not refused yet, and then for how long it had been taken away when the first was sent that was.
async fn until_refused(client: &Client, path: &str, taken: Instant) -> Duration {
    loop {
        let sent = taken.elapsed();
        assert!(sent < Duration::from_secs(10), "it is never refused");
        match client.get(path).await.status {
            200 => tokio::time::sleep(Duration::from_millis(10)).await,
            status => {
                assert!(is_refused(status), "{status}");
                return sent;
            }
        }
    }
}

/// What is not believed to be suspended yet may be found to be when a connection is asked for: 403.
fn is_refused(status: u16) -> bool {
    [403, 404].contains(&status)
}

async fn until_allowed(client: &Client, path: &str) {
    let start = Instant::now();
    while client.get(path).await.status != 200 {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "it is never allowed"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// 57
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_takes_away_another_refuses_within_a_second_and_itself_at_once() {
    const PATH: &str = "/t/south/pupils";
    let database = database();
    let this = Inside::on(&database, Router::new()).await;
    let other = App::on(&database);
    let id = id_of(database.url(), "anna");
    let here = this.client(id.parse().unwrap()).await;
    let there = here.at(&other.url);
    let south = schema("south");
    let registry = this.registry.registry().clone();
    let change = |kind: &'static str| {
        let (registry, south, id) = (registry.clone(), south.clone(), id.clone());
        let change = move || match kind {
            "revoke" => assert!(registry.remove_member(&south, &id).unwrap()),
            "admit" => assert!(registry.add_member(&south, &id, "teacher").unwrap()),
            "suspend" => drop(registry.suspend(&south).unwrap()),
            _ => drop(registry.resume(&south).unwrap()),
        };
        async { tokio::task::spawn_blocking(change).await.unwrap() }
    };
    let mut waits = Vec::new();
    for round in 0..10 {
        let (take, give) = [("revoke", "admit"), ("suspend", "resume")][round % 2];
        for client in [&here, &there] {
            until_allowed(client, PATH).await;
            // Now it is remembered, in both processes.
            assert_eq!(client.get(PATH).await.status, 200);
        }
        change(take).await;
        let taken = Instant::now();
        assert_eq!(here.get(PATH).await.status, 404, "{take}, in round {round}");
        waits.push(until_refused(&there, PATH, taken).await);
        // It stays so, for programs as well.
        for client in [&here, &there] {
            let (page, rows) = (client.get(PATH).await, client.api("south", "").await);
            assert!(
                is_refused(page.status) && is_refused(rows.status),
                "{page:?}\n{rows:?}"
            );
        }
        change(give).await;
    }
    waits.sort_unstable();
    println!("another process refused it after {waits:?}");
    // A busy machine may hold a process up, once. One that does not listen remembers for half a minute.
    let [.., last_but_one, last] = *waits else {
        unreachable!()
    };
    assert!(last_but_one < Duration::from_secs(1), "{waits:?}");
    assert!(last < Duration::from_secs(3), "{waits:?}");
}
