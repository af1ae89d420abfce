//! Deleting an object, with what goes with it.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;

use crate::library::{Library, delete, hidden, send};

/// A shelf with a book, its sequel, a copy of each, and reviews, in `a`; returns the id of the shelf and of the book.
fn filled(library: &Library) -> (String, String) {
    let shelf = library.insert("a.shelves", "name", "'Sea'");
    let book = library.insert(
        "a.books",
        "shelf_id, title, price",
        &format!("{shelf}, 'Moby <b>Dick</b>', 12.50"),
    );
    let sequel = library.insert(
        "a.books",
        "sequel_of, title",
        &format!("{book}, 'Moby Dick II'"),
    );
    for book in [&book, &sequel] {
        library.world.run(&format!(
            "INSERT INTO a.copies VALUES ({book}, 'x,y', 'Copy of {book}')"
        ));
        library.world.run(&format!(
            "INSERT INTO a.reviews (book_id, words) VALUES ({book}, 'Long')"
        ));
    }
    (shelf, book)
}

const TABLES: [&str; 4] = [
    "a.shelves",
    "a.books",
    "a.copies",
    "a.reviews WHERE book_id IS NOT NULL",
];

#[test]
fn what_goes_with_it_is_shown_and_goes() {
    let library = Library::new();
    let (shelf, book) = filled(&library);
    let mut ann = library.at("ann", "a");
    let object = format!("/admin/m/shelves/o/{shelf}/");
    let path = format!("{object}delete/");
    ann.get(&object)
        .says(&format!("href=\"{path}\""))
        .says(&format!("href=\"{object}history/\""));
    let page = ann.get(&path);
    page.says("<title>Delete “Sea”? – Library A – Libraries</title>")
        .says("Shelves: 1")
        .says("Books: 2")
        .says(&format!(
            "<a href=\"/admin/m/books/o/{book}/\">Moby &lt;b&gt;Dick&lt;/b&gt;</a>"
        ))
        .says("Copies: 2")
        .says(&format!(
            "<a href=\"/admin/m/copies/o/{book}%2Cx%5C%2Cy/\">Copy of {book}</a>"
        ))
        .says("Reviews: 2 (book_id)")
        .says("Unable to change schema while viewing this object");
    assert!(page.text.contains("name=\"__schema\" disabled"), "{page:?}");
    assert_eq!(library.counts(TABLES), [1, 2, 2, 2]);

    let answer = delete(&mut ann, &path);
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/admin/m/shelves/")),
        "{answer:?}"
    );
    ann.get("/admin/m/shelves/").says("Shelves: 1 was deleted.");
    assert_eq!(library.counts(TABLES), [0; 4]);
    assert_eq!(library.counts(["a.reviews"]), [2]);
    assert_eq!(library.log(), "ann a shelves delete Sea");
    let last = library.value("SELECT changes FROM multischema.log_entries");
    assert_eq!(
        last,
        format!(r#"{{"id": ["{shelf}", null], "name": ["Sea", null]}}"#)
    );
    assert_eq!(
        library.value("SELECT object_pk FROM multischema.log_entries"),
        shelf
    );
    for answer in [ann.get(&path), ann.get(&object)] {
        assert_eq!(answer.status, 404, "{answer:?}");
    }
}

#[test]
fn the_key_of_what_is_deleted_is_logged_as_it_is_written_in_addresses() {
    let library = Library::new();
    let book = library.insert("a.books", "title", "'It'");
    library.world.run(&format!(
        r"INSERT INTO a.copies VALUES ({book}, 'a,\b', 'First'), ({book}, '', 'Empty')"
    ));
    let mut ann = library.at("ann", "a");
    for (segment, text) in [(r"%2Ca%5C%2C%5C%5Cb", r",a\,\\b"), (r"%2C%5Ce", r",\e")] {
        let answer = delete(
            &mut ann,
            &format!("/admin/m/copies/o/{book}{segment}/delete/"),
        );
        assert_eq!(answer.status, 303, "{answer:?}");
        let logged =
            library.value("SELECT object_pk FROM multischema.log_entries ORDER BY id DESC LIMIT 1");
        assert_eq!(logged, format!("{book}{text}"));
        ann.get(&format!("/admin/m/copies/o/{book}{segment}/history/"))
            .says("It is not there any more.");
    }
}

#[test]
fn nothing_goes_that_the_user_may_not_delete() {
    let library = Library::new();
    let (shelf, _) = filled(&library);
    let empty = library.insert("a.shelves", "name", "'Empty'");
    let mut bob = library.at("bob", "a");
    let path = format!("/admin/m/shelves/o/{shelf}/delete/");
    let page = bob.get(&path);
    page.says("something would go with it that you may not delete")
        .says("Books: 2")
        .says("2 of something that you may not see");
    assert!(
        !page.text.contains("name=\"seen\"") && !page.text.contains("Copy of"),
        "{page:?}"
    );

    // What he would be sent for one that he may delete does not do for this one; nor does a form that is right but for that.
    let form = hidden(
        &bob.get(&format!("/admin/m/shelves/o/{empty}/delete/")),
        "seen",
    );
    assert_eq!(send(&mut bob, &path, &form, &[]).status, 403);
    library.world.run(&format!(
        "UPDATE a.books SET shelf_id = {empty} WHERE shelf_id = {shelf}"
    ));
    let form = hidden(&bob.get(&path), "seen");
    library.world.run(
        "UPDATE a.books SET shelf_id = (SELECT min(id) FROM a.shelves) WHERE shelf_id IS NOT NULL",
    );
    let answer = send(&mut bob, &path, &form, &[]);
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(library.counts(TABLES), [2, 2, 2, 2]);

    // A table that is no model's.
    library
        .world
        .run(&format!("INSERT INTO a.secrets VALUES ({empty}, 'Hush')"));
    let empty = format!("/admin/m/shelves/o/{empty}/delete/");
    let page = library.at("ann", "a").get(&empty);
    page.says("1 of something that you may not see");
    assert!(
        !page.text.contains("secrets") && !page.text.contains("name=\"seen\""),
        "{page:?}"
    );
    let mut root = library.at("root", "a");
    root.get(&empty).says("secrets: 1");
    assert_eq!(delete(&mut root, &empty).status, 303);
    assert_eq!(library.counts(["a.secrets"]), [0]);

    // Who may not delete, and who may not see.
    let book = library.value("SELECT min(id) FROM a.books");
    for (path, status) in [
        (format!("books/o/{book}"), 403),
        (format!("awards/o/{book}"), 404),
        ("nosuch/o/1".to_owned(), 404),
    ] {
        let path = format!("/admin/m/{path}/delete/");
        assert_eq!(bob.get(&path).status, status, "{path}");
        assert_eq!(bob.post(&path, &[("seen", "")]).status, status, "{path}");
    }
    let page = bob.get(&format!("/admin/m/books/o/{book}/"));
    assert!(!page.text.contains("delete/"), "{page:?}");
}

#[test]
fn what_comes_in_while_it_is_deleted_is_asked_for_as_well() {
    let library = Library::new();
    let shelf = library.insert("a.shelves", "name", "'Empty'");
    let mut bob = library.at("bob", "a");
    let path = format!("/admin/m/shelves/o/{shelf}/delete/");
    let form = hidden(&bob.get(&path), "seen");
    let mut other = library.world.pg();
    other
        .batch_execute(&format!(
            "BEGIN; INSERT INTO a.books (shelf_id, title) VALUES ({shelf}, 'New')"
        ))
        .unwrap();
    let answer = thread::scope(|scope| {
        let sent = scope.spawn(|| send(&mut bob, &path, &form, &[]));
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while library.value(waits) == "0" {
            thread::sleep(Duration::from_millis(20));
        }
        other.batch_execute("COMMIT").unwrap();
        sent.join().unwrap()
    });
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(library.counts(["a.shelves", "a.books"]), [1, 1]);
}

#[test]
fn what_was_added_beneath_since_it_was_shown_does_not_go_unseen() {
    let library = Library::new();
    let (shelf, book) = filled(&library);
    let mut ann = library.at("ann", "a");
    let path = format!("/admin/m/shelves/o/{shelf}/delete/");
    for sql in [
        format!("INSERT INTO a.books (shelf_id, title) VALUES ({shelf}, 'New')"),
        "UPDATE a.copies SET label = 'Torn'".to_owned(),
        format!("INSERT INTO a.reviews (book_id, words) VALUES ({book}, 'Short')"),
    ] {
        let form = hidden(&ann.get(&path), "seen");
        library.world.run(&sql);
        let answer = send(&mut ann, &path, &form, &[]);
        assert_eq!(answer.status, 409, "{sql}: {answer:?}");
        answer.says("It was changed by someone else meanwhile.");
        assert_eq!(library.counts(["a.shelves"]), [1], "{sql}");
    }
    assert_eq!(delete(&mut ann, &path).status, 303);
    assert_eq!(library.counts(["a.shelves", "a.books"]), [0, 0]);
}

#[test]
fn what_is_needed_stays() {
    let library = Library::new();
    let (shelf, book) = filled(&library);
    let loan = library.insert(
        "a.loans",
        "book_id, number, reader",
        &format!("{book}, 'x,y', 'Ishmael'"),
    );
    let mut ann = library.at("ann", "a");
    let path = format!("/admin/m/shelves/o/{shelf}/delete/");
    let page = ann.get(&path);
    page.says("it is needed by what is listed here")
        .says(&format!("/admin/m/loans/o/{loan}/\">Ishmael</a>"));
    assert!(!page.text.contains("name=\"seen\""), "{page:?}");
    // It goes as well: nothing needs the copy then.
    library
        .world
        .run(&format!("UPDATE a.loans SET shelf_id = {shelf}"));
    let form = hidden(&ann.get(&path), "seen");
    library.world.run(&format!(
        "INSERT INTO a.awards (book_id, name) VALUES ({book}, 'Best')"
    ));
    let answer = send(&mut ann, &path, &form, &[]);
    assert_eq!(answer.status, 409, "{answer:?}");
    answer.says("Best").says("Awards: 1 (book_id)");
    assert_eq!(library.counts(TABLES), [1, 2, 2, 2]);
    library.world.run("DELETE FROM a.awards");
    assert_eq!(delete(&mut ann, &path).status, 303);
    assert_eq!(library.counts(["a.loans", "a.books"]), [0, 0]);
}

#[test]
fn rows_that_refer_to_each_other_and_to_themselves_go_once() {
    let library = Library::new();
    library.world.run(
        "INSERT INTO a.books (id, title, sequel_of) VALUES (1, 'One', NULL), (2, 'Two', 1), (3, 'Three', 3), (4, 'Four', 3);
         UPDATE a.books SET sequel_of = 2 WHERE id = 1",
    );
    let mut ann = library.at("ann", "a");
    ann.get("/admin/m/books/o/1/delete/").says("Books: 2");
    assert_eq!(delete(&mut ann, "/admin/m/books/o/1/delete/").status, 303);
    assert_eq!(
        library.value("SELECT string_agg(id::text, ' ') FROM a.books"),
        "3 4"
    );
    assert_eq!(delete(&mut ann, "/admin/m/books/o/3/delete/").status, 303);
    assert_eq!(library.counts(["a.books"]), [0]);
}

#[test]
fn a_tree_that_is_too_large_or_too_deep_to_be_counted_is_said_to_be_and_needs_all_permissions() {
    let library = Library::new();
    let shelf = library.insert("a.shelves", "name", "'Full'");
    library.world.run(&format!("INSERT INTO a.books (shelf_id, title) SELECT {shelf}, 'Book ' || n FROM generate_series(1, 10001) n"));
    library.world.run("INSERT INTO a.books (id, title, sequel_of) SELECT n, 'Deep', nullif(n - 1, 0) FROM generate_series(1, 1500) n");
    let path = format!("/admin/m/shelves/o/{shelf}/delete/");
    let mut ann = library.at("ann", "a");
    // Ann may delete all but what is no model's, of which nobody knows whether there is any.
    let page = ann.get(&path);
    page.says("Books: more than 10000")
        .says("not all was counted")
        .says("something would go with it that you may not delete");
    let mut root = library.at("root", "a");
    root.get("/admin/m/books/o/1/delete/")
        .says("not all was counted");
    assert_eq!(delete(&mut root, "/admin/m/books/o/1/delete/").status, 303);
    assert_eq!(delete(&mut root, &path).status, 303);
    assert_eq!(library.counts(["a.shelves", "a.books"]), [0, 0]);
}

#[test]
fn what_was_changed_meanwhile_is_looked_at_again() {
    let library = Library::new();
    let shelf = library.insert("a.shelves", "name", "'Sea'");
    let mut ann = library.at("ann", "a");
    let path = format!("/admin/m/shelves/o/{shelf}/delete/");
    let form = hidden(&ann.get(&path), "seen");
    library.world.run("UPDATE a.shelves SET name = 'Ocean'");
    let answer = send(&mut ann, &path, &form, &[]);
    assert_eq!(answer.status, 409, "{answer:?}");
    answer
        .says("changed by someone else meanwhile")
        .says("<title>Error: Delete “Ocean”?");
    assert_eq!(library.counts(["a.shelves"]), [1]);
    // That page shows it as it is now.
    assert_eq!(
        send(&mut ann, &path, &hidden(&answer, "seen"), &[]).status,
        303
    );
    assert_eq!(library.counts(["a.shelves"]), [0]);
    assert_eq!(send(&mut ann, &path, &form, &[]).status, 404);
}

#[test]
fn a_form_is_for_one_object_of_one_schema_and_session() {
    let library = Library::new();
    let one = library.insert("a.shelves", "name", "'One'");
    let two = library.insert("a.shelves", "name", "'Two'");
    let mut ann = library.at("ann", "a");
    let path = |id: &str| format!("/admin/m/shelves/o/{id}/delete/");
    let form = hidden(&ann.get(&path(&one)), "seen");
    let mut again = library.at("ann", "a");
    assert_eq!(send(&mut ann, &path(&two), &form, &[]).status, 403);
    assert_eq!(send(&mut again, &path(&one), &form, &[]).status, 403);
    assert_eq!(
        send(&mut ann, &path(&one), &form, &[("_token", "")]).status,
        403
    );
    // A form that changes is none that deletes.
    let change = hidden(&ann.get(&format!("/admin/m/shelves/o/{one}/")), "_version");
    assert_eq!(send(&mut ann, &path(&one), &change, &[]).status, 403);
    ann.get("/admin?__schema=b");
    let answer = send(&mut ann, &path(&one), &form, &[]);
    assert_eq!(answer.status, 409, "{answer:?}");
    answer.says("This form is from Library A");
    assert_eq!(ann.get(&path(&one)).status, 409);
    assert_eq!(library.counts(["a.shelves"]), [2]);
    for key in [
        "%00",
        "x",
        "1,2",
        "99999999999999999999",
        &"9".repeat(5000),
        "%5Cx",
    ] {
        assert_eq!(ann.get(&path(key)).status, 404, "{key}");
        assert!(
            matches!(ann.post(&path(key), &[]).status, 403 | 404),
            "{key}"
        );
    }
}

#[test]
fn a_large_value_is_logged_whole() {
    let library = Library::new();
    let book = library.insert("a.books", "title", "repeat('x<', 524288)");
    let mut ann = library.at("ann", "a");
    let path = format!("/admin/m/books/o/{book}/delete/");
    let page = ann.get(&path);
    assert!(page.text.len() < 100_000, "{}", page.text.len());
    assert_eq!(delete(&mut ann, &path).status, 303);
    let length = "SELECT length(changes #>> '{title, 0}') FROM multischema.log_entries";
    assert_eq!(library.value(length), "1048576");
    let history = ann.get(&format!("/admin/m/books/o/{book}/history/"));
    history.says("x&lt;x&lt;…");
    assert!(history.text.len() < 100_000, "{}", history.text.len());
    let log = ann.get("/admin/log/");
    assert!(log.text.len() < 100_000, "{}", log.text.len());
}
