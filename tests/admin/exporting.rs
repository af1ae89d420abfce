//! Lists as files.

use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::http::Request;
use tower::ServiceExt;

use crate::auth_site::{Answer, Browser};
use crate::library::Library;

const CSV: &str = "/admin/m/books/export/?format=csv";

#[track_caller]
fn csv(browser: &mut Browser<'_>, path: &str) -> Answer {
    let answer = browser.get(path);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    answer
}

#[test]
fn a_file_has_all_that_the_list_has() {
    let library = Library::new();
    library.world.run(
        r#"INSERT INTO a.books (id, title, price, more) VALUES
            (1, 'A, "B"', 1.50, E'{"x":\n 12345678901234567890}'), (2, '', NULL, NULL), (3, repeat('long', 100), 3, 'null'), (4, 'Other', 9, '[]');
           INSERT INTO b.books (id, title) VALUES (5, 'Of b')"#,
    );
    let mut ann = library.at("ann", "a");
    let list = ann.get("/admin/m/books/?to.price=5&o=-price");
    list.says("href=\"/admin/m/books/export/?to.price=5&amp;o=-price&amp;format=csv\"");
    let long = "long".repeat(100);
    let file = csv(
        &mut ann,
        "/admin/m/books/export/?to.price=5&o=-price&format=csv",
    );
    let day = library.value("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')");
    let name = format!("attachment; filename=\"books-a-{day}.csv\"");
    assert_eq!(file.header("content-disposition"), Some(&*name));
    let head = "id,shelf_id,sequel_of,genre_id,tag_id,title,price,more\r\n";
    let expected = format!(
        "{head}3,,,,,{long},3,null\r\n1,,,,,\"A, \"\"B\"\"\",1.50,\"{{\"\"x\"\":\n 12345678901234567890}}\"\r\n"
    );
    assert_eq!(file.text, expected);

    let file = ann.get("/admin/m/books/export/?format=ndjson&o=id");
    assert_eq!(file.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<&str> = file.text.lines().collect();
    assert_eq!(lines.len(), 4, "{file:?}");
    assert!(
        lines[0].contains("\"price\":1.50") && lines[0].contains("12345678901234567890}"),
        "{file:?}"
    );
    for line in lines {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object.as_object().unwrap().len(), 8, "{line}");
    }
    library.insert("public.tags", "name", "'x'");
    let file = csv(&mut ann, "/admin/m/tags/export/?format=csv");
    assert!(
        file.header("content-disposition")
            .unwrap()
            .contains("\"tags-shared-")
    );
    assert_eq!(
        csv(&mut ann, "/admin/m/copies/export/?format=csv").text,
        "book_id,number,label\r\n"
    );
}

#[test]
fn no_cell_is_a_formula() {
    let library = Library::new();
    library.world.run("INSERT INTO a.books (id, title, price) VALUES (1, '=HYPERLINK(\"http://x\")', -5), (2, '+1', 1), (3, '@x', 2), (4, E'\\t=1', 3), (5, '-1+1', 4)");
    let mut ann = library.at("ann", "a");
    let file = csv(&mut ann, &format!("{CSV}&o=id"));
    for cell in [
        "\"'=HYPERLINK(\"\"http://x\"\")\",-5,",
        ",+1,1,",
        ",'@x,2,",
        ",'\t=1,3,",
        ",'-1+1,4,",
    ] {
        file.says(cell);
    }
}

#[test]
fn who_may_not_see_it_gets_no_file_and_no_parameter_is_taken_for_another() {
    let library = Library::new();
    library.insert("a.loans", "reader", "'Ishmael'");
    let mut bob = library.at("bob", "a");
    for (path, status) in [
        ("loans/export/?format=csv", 404),
        ("nosuch/export/?format=csv", 404),
        ("books/export/", 400),
        ("books/export/?format=xls", 400),
        ("books/export/?format=csv&after=%5B%221%22%5D", 400),
        ("books/export/?format=csv&o=nosuch", 400),
        ("books/export/?format=csv&is.title=x", 400),
        ("books/export/?format=csv&from.price=x", 400),
        ("books/export/?format=csv&q=%00", 400),
        (
            "books/export/?format=csv&is.shelf_id=1;DROP%20TABLE%20books",
            400,
        ),
    ] {
        let answer = bob.get(&format!("/admin/m/{path}"));
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_ne!(
            answer.header("content-type"),
            Some("text/csv; charset=utf-8")
        );
    }
    // By the schema that is selected, and not by what is asked for.
    assert_eq!(bob.get(&format!("{CSV}&__schema=c")).status, 404);
    library
        .world
        .run("INSERT INTO multischema.admin_grants VALUES ('clerk', 'loans', 'add')");
    assert_eq!(bob.get("/admin/m/loans/export/?format=csv").status, 403);
    csv(&mut bob, CSV);
}

/// The head of a response is there, and its body is not read yet.
fn open(library: &Library, browser: &Browser<'_>, path: &str) -> axum::response::Response {
    let cookies: Vec<String> = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = Request::builder()
        .uri(path)
        .header("cookie", cookies.join("; "))
        .header("host", "example.com");
    let request = request
        .header("accept", "text/html")
        .body(Body::empty())
        .unwrap();
    library
        .runtime
        .block_on(browser.router.clone().oneshot(request))
        .unwrap()
}

/// The next piece of a body.
fn piece(library: &Library, body: &mut Body) -> Option<Result<usize, axum::Error>> {
    let next = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
    let frame = library.runtime.block_on(next)?;
    Some(frame.map(|it| it.into_data().unwrap().len()))
}

const READING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%FROM export%' AND state = 'idle in transaction'";

#[track_caller]
fn until(library: &Library, query: &str, value: &str) {
    let since = Instant::now();
    while library.value(query) != value {
        assert!(
            since.elapsed() < Duration::from_secs(10),
            "{query} is not {value}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn many_rows_are_sent_piece_by_piece_and_no_faster_than_they_are_read() {
    let library = Library::new();
    library.world.run(
        "INSERT INTO a.books (title) SELECT repeat(n || ' ', 200) FROM generate_series(1, 50000) n",
    );
    let ann = library.at("ann", "a");
    let response = open(&library, &ann, &format!("{CSV}&o=-title"));
    let mut body = response.into_body();
    let mut sizes = vec![piece(&library, &mut body).unwrap().unwrap()];
    // It waits, with two pieces made at most.
    until(&library, READING, "1");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(library.value(READING), "1");
    // A row that comes now is none of the file.
    library
        .world
        .run("INSERT INTO a.books (title) VALUES ('zzz new')");
    while let Some(next) = piece(&library, &mut body) {
        sizes.push(next.unwrap());
    }
    let (sum, largest) = (
        sizes.iter().sum::<usize>(),
        sizes.iter().max().copied().unwrap(),
    );
    assert!(
        sum > 50_000_000 && largest < 1_000_000,
        "{sum} bytes, the largest piece {largest}"
    );
    until(&library, READING, "0");
    let file = library.at("ann", "a").get(&format!("{CSV}&q=zzz"));
    assert_eq!(file.text.lines().count(), 2);
}

#[test]
fn long_rows_are_read_one_by_one() {
    let library = Library::new();
    library.world.run("INSERT INTO a.books (id, title) SELECT n, repeat('x', 1048576) FROM generate_series(1, 20) n");
    let ann = library.at("ann", "a");
    let mut body = open(&library, &ann, CSV).into_body();
    let mut sizes = Vec::new();
    while let Some(next) = piece(&library, &mut body) {
        sizes.push(next.unwrap());
    }
    // The first piece is read before it is known how long rows are.
    assert!(
        sizes[0] < 9 << 20 && sizes[1..].iter().all(|it| *it < 2 << 20),
        "{sizes:?}"
    );
    assert!(sizes.iter().sum::<usize>() > 20 << 20);
}

#[test]
fn a_file_that_nobody_reads_any_more_is_not_made() {
    let library = Library::new();
    library.world.run(
        "INSERT INTO a.books (title) SELECT repeat(n || ' ', 200) FROM generate_series(1, 5000) n",
    );
    let mut ann = library.at("ann", "a");
    let first = open(&library, &ann, CSV);
    let second = open(&library, &ann, CSV);
    assert_eq!(
        (first.status().as_u16(), second.status().as_u16()),
        (200, 200)
    );
    until(&library, READING, "2");
    // Others find the rest of the pool.
    let busy = ann.get(CSV);
    assert_eq!(busy.status, 503, "{busy:?}");
    busy.says("only a few can at once");
    drop((first, second));
    until(&library, READING, "0");
    csv(&mut ann, CSV);
}

#[test]
fn half_a_file_does_not_look_like_a_whole_one() {
    let library = Library::new();
    library.world.run(
        "INSERT INTO a.books (title) SELECT repeat(n || ' ', 200) FROM generate_series(1, 5000) n",
    );
    let ann = library.at("ann", "a");
    let mut body = open(&library, &ann, CSV).into_body();
    assert!(matches!(piece(&library, &mut body), Some(Ok(_))));
    until(&library, READING, "1");
    library.world.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%FROM export%' AND pid <> pg_backend_pid()");
    let mut last = None;
    for _ in 0..5 {
        last = piece(&library, &mut body);
        if !matches!(last, Some(Ok(_))) {
            break;
        }
    }
    assert!(matches!(last, Some(Err(_))), "{last:?}");
}

#[test]
fn a_file_ends_with_the_session_of_whoever_reads_it() {
    let library = Library::new();
    library.world.run(
        "INSERT INTO a.books (title) SELECT repeat(n || ' ', 200) FROM generate_series(1, 50000) n",
    );
    let ann = library.at("ann", "a");
    let mut body = open(&library, &ann, CSV).into_body();
    assert!(matches!(piece(&library, &mut body), Some(Ok(_))));
    until(&library, READING, "1");
    library.world.run("DELETE FROM multischema.admin_sessions");
    // It is asked now and then whether the session goes on.
    std::thread::sleep(Duration::from_secs(5));
    let mut sizes = Vec::new();
    let last = loop {
        match piece(&library, &mut body) {
            Some(Ok(size)) => sizes.push(size),
            last => break last,
        }
    };
    assert!(matches!(last, Some(Err(_))), "{last:?} after {sizes:?}");
    // What was made before.
    assert!(sizes.len() < 4, "{sizes:?}");
    until(&library, READING, "0");
}
