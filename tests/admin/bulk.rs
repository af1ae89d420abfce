//! Doing something with many objects.

use crate::library::{Library, hidden, send};

const LIST: &str = "/admin/m/books/";

#[test]
fn those_that_are_chosen_are_deleted_when_it_was_seen_what_goes() {
    let library = Library::new();
    library.world.run("INSERT INTO a.books (id, title) SELECT n, 'Book ' || n FROM generate_series(1, 5) n; INSERT INTO a.books (id, title, sequel_of) VALUES (9, 'Sequel', 1)");
    let mut ann = library.at("ann", "a");
    let list = ann.get(LIST);
    list.says("<option value=\"_delete\">Delete</option>")
        .says("<option value=\"rename\">Rename</option>")
        .says("All 6, on all pages");
    let form = hidden(&list, "action");
    let page = send(
        &mut ann,
        LIST,
        &form,
        &[
            ("action", "_delete"),
            ("key", "1"),
            ("key", "2"),
            ("key", "77"),
        ],
    );
    assert_eq!(page.status, 200, "{page:?}");
    // The sequel goes with one of them.
    page.says("Delete 2 of Books?")
        .says("Books: 3")
        .says("Sequel");
    assert_eq!(library.counts(["a.books"]), [6]);
    let sure = hidden(&page, "seen");
    library
        .world
        .run("UPDATE a.books SET title = 'Other' WHERE id = 2");
    let answer = send(&mut ann, LIST, &sure, &[]);
    assert_eq!(answer.status, 409, "{answer:?}");
    answer.says("Other");
    assert_eq!(
        send(&mut ann, LIST, &hidden(&answer, "seen"), &[]).status,
        303
    );
    ann.get(LIST).says("Books: 2 were deleted.");
    assert_eq!(
        library.value("SELECT string_agg(title, ',' ORDER BY id) FROM a.books"),
        "Book 3,Book 4,Book 5"
    );
    assert_eq!(library.value("SELECT string_agg(object_label, ',' ORDER BY object_pk) FROM multischema.log_entries WHERE action = 'delete'"), "Book 1,Other");
    assert_eq!(send(&mut ann, LIST, &sure, &[]).status, 303);
    ann.get(LIST).says("Nothing of it is there any more.");
}

#[test]
fn all_that_match_are_those_of_the_list_and_of_no_other() {
    let library = Library::new();
    library.world.run("INSERT INTO a.books (title, price) SELECT 'Cheap ' || n, 1 FROM generate_series(1, 7) n; INSERT INTO a.books (title, price) SELECT 'Dear ' || n, 100 FROM generate_series(1, 4) n; INSERT INTO b.books (title, price) VALUES ('Cheap', 1)");
    let mut ann = library.at("ann", "a");
    let list = ann.get("/admin/m/books/?q=Cheap&to.price=50");
    list.says("All 7, on all pages");
    let form = hidden(&list, "action");
    for (name, value) in [
        ("all_query", ""),
        ("all_query", "q=Dear"),
        ("all_token", ""),
        ("all_query", "nosuch=1"),
    ] {
        let answer = send(
            &mut ann,
            LIST,
            &form,
            &[("action", "_delete"), ("all", "1"), (name, value)],
        );
        assert_eq!(answer.status, 403, "{name}={value}: {answer:?}");
    }
    let page = send(
        &mut ann,
        LIST,
        &form,
        &[("action", "_delete"), ("all", "1")],
    );
    page.says("Delete 7 of Books?");
    let sure = hidden(&page, "seen");
    // One more that was not seen.
    let more = library.insert("a.books", "title, price", "'Cheap 8', 1");
    assert_eq!(send(&mut ann, LIST, &sure, &[]).status, 409);
    library
        .world
        .run(&format!("DELETE FROM a.books WHERE id = {more}"));
    let answer = send(&mut ann, LIST, &sure, &[]);
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/admin/m/books/?q=Cheap&to.price=50")),
        "{answer:?}"
    );
    assert_eq!(library.counts(["a.books", "b.books"]), [4, 1]);

    let form = hidden(&ann.get("/admin/m/books/?q=Dear"), "action");
    assert_eq!(
        send(&mut ann, LIST, &form, &[("action", "rename"), ("all", "1")]).status,
        303
    );
    ann.get(LIST).says("4 were renamed.");
    assert_eq!(
        library.counts(["multischema.log_entries WHERE action = 'rename'"]),
        [4]
    );
    ann.get("/admin?__schema=b");
    assert_eq!(
        send(
            &mut ann,
            LIST,
            &form,
            &[("action", "_delete"), ("all", "1")]
        )
        .status,
        409
    );
}

#[test]
fn what_the_user_may_not_do_is_not_offered_and_not_done() {
    let library = Library::new();
    for name in ["One", "Two", "Three"] {
        library.insert("a.shelves", "name", &format!("'{name}'"));
    }
    let full = library.value("SELECT max(id) FROM a.shelves");
    library.insert("a.books", "shelf_id, title", &format!("{full}, 'Book'"));
    let mut bob = library.at("bob", "a");
    let books = bob.get(LIST);
    assert!(!books.text.contains("name=\"action\""), "{books:?}");
    assert_eq!(
        bob.post(LIST, &[("action", "_delete"), ("all", "1")])
            .status,
        403
    );
    // Who may change may not delete.
    library
        .world
        .run("INSERT INTO multischema.admin_grants VALUES ('clerk', 'books', 'change')");
    let form = hidden(&bob.get(LIST), "action");
    let book = library.value("SELECT id FROM a.books");
    let sent = [("action", "_delete"), ("key", &*book)];
    assert_eq!(send(&mut bob, LIST, &form, &sent).status, 403);
    let sent = [("action", "rename"), ("key", &*book)];
    assert_eq!(send(&mut bob, LIST, &form, &sent).status, 303);
    let shelves = "/admin/m/shelves/";
    let form = hidden(&bob.get(shelves), "action");
    let page = send(
        &mut bob,
        shelves,
        &form,
        &[("action", "_delete"), ("key", &full)],
    );
    page.says("something would go with it that you may not delete");
    let page = send(
        &mut bob,
        shelves,
        &form,
        &[("action", "_delete"), ("key", &full), ("seen", "0")],
    );
    assert_eq!(page.status, 403, "{page:?}");
    assert_eq!(library.counts(["a.shelves"]), [3]);
    for (more, words) in [
        (&[("action", "_delete")][..], "Choose something"),
        (&[("action", "nosuch"), ("key", "1")], "Choose what to do"),
    ] {
        assert_eq!(send(&mut bob, shelves, &form, more).status, 303);
        bob.get(shelves).says(words);
    }
    for key in ["", "1,2", "\0"] {
        assert_eq!(
            send(
                &mut bob,
                shelves,
                &form,
                &[("action", "_delete"), ("key", key)]
            )
            .status,
            400,
            "{key:?}"
        );
    }
}

#[test]
fn nothing_is_done_with_what_is_not_there() {
    let library = Library::new();
    library
        .world
        .run("INSERT INTO a.books (id, title) VALUES (1, 'Here'); INSERT INTO b.books (id, title) VALUES (2, 'Elsewhere')");
    let mut ann = library.at("ann", "a");
    let form = hidden(&ann.get(LIST), "action");
    let mut rename = |keys: &[&str]| {
        let mut fields = vec![("action", "rename")];
        fields.extend(keys.iter().map(|it| ("key", *it)));
        assert_eq!(send(&mut ann, LIST, &form, &fields).status, 303, "{keys:?}");
        ann.get(LIST)
    };
    rename(&["2", "77"]).says("Nothing of it is there any more.");
    assert_eq!(library.log(), "");
    rename(&["77", "1", "2", "1"]).says("1 were renamed.");
    assert_eq!(
        library.value("SELECT string_agg(object_pk, ' ') FROM multischema.log_entries"),
        "1"
    );
    assert_eq!(library.value("SELECT title FROM b.books"), "Elsewhere");
}

#[test]
fn so_many_are_not_done_at_once() {
    let library = Library::new();
    library
        .world
        .run("INSERT INTO a.books (title) SELECT 'Book ' || n FROM generate_series(1, 10001) n");
    let mut ann = library.at("ann", "a");
    let list = ann.get(LIST);
    assert!(!list.text.contains("on all pages"), "{list:?}");
    let form = hidden(&list, "action");
    let page = send(
        &mut ann,
        LIST,
        &form,
        &[("action", "_delete"), ("all", "1")],
    );
    page.says("so many cannot be deleted at once");
    assert!(!page.text.contains("name=\"seen\""), "{page:?}");
    assert_eq!(
        send(&mut ann, LIST, &form, &[("action", "rename"), ("all", "1")]).status,
        303
    );
    ann.get(LIST)
        .says("Nothing was done: these are more than 10000.");
    assert_eq!(
        library.counts(["a.books WHERE title = 'one'", "multischema.log_entries"]),
        [0, 0]
    );
    library
        .world
        .run("DELETE FROM a.books WHERE id = (SELECT min(id) FROM a.books)");
    let form = hidden(&ann.get(LIST), "action");
    let page = send(
        &mut ann,
        LIST,
        &form,
        &[("action", "_delete"), ("all", "1")],
    );
    assert_eq!(
        send(&mut ann, LIST, &hidden(&page, "seen"), &[]).status,
        303
    );
    assert_eq!(
        library.counts(["a.books", "multischema.log_entries"]),
        [0, 10_000]
    );
}
