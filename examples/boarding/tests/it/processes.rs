//! Several processes, one after the other and side by side.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::app::{App, Value, database};
use crate::client::Client;

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
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
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
