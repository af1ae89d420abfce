//! The log, and the recent actions at the start.

use crate::library::{Library, delete};
use crate::school::submit;

/// What Ann does in two schemata and with what all share, and Root in a third one.
fn done(library: &Library) {
    for schema in ["a", "b"] {
        submit(
            &mut library.at("ann", schema),
            "/admin/m/books/add/",
            &[("v.title", &format!("Book of {schema} <i>"))],
        );
    }
    submit(
        &mut library.at("ann", "a"),
        "/admin/m/genres/add/",
        &[("v.name", "Genre")],
    );
    submit(
        &mut library.at("root", "c"),
        "/admin/m/books/add/",
        &[("v.title", "Book of c")],
    );
}

#[test]
fn the_start_shows_what_was_done_here_and_in_what_all_share() {
    let library = Library::new();
    done(&library);
    let [a, genre] =
        ["a.books", "public.genres"].map(|it| library.value(&format!("SELECT id FROM {it}")));
    let colour =
        library.value("SELECT 'colour-' || id % 8 FROM multischema.schemas WHERE name = 'a'");
    let page = library.at("ann", "a").get("/admin");
    page.says(&format!("<span class=\"badge {colour}\">Library A</span> Added <a href=\"/admin/m/books/o/{a}/\">Book of a &lt;i&gt;</a>"))
        .says(&format!("<span class=\"badge\">Shared</span> Added <a href=\"/admin/m/genres/o/{genre}/\">Genre</a>"));
    assert!(
        !page.text.contains("Book of b") && !page.text.contains("Book of c"),
        "{page:?}"
    );
    // Bob may see books here, and nothing that all share.
    let page = library.at("bob", "a").get("/admin");
    page.says("Book of a");
    assert!(!page.text.contains("Genre"), "{page:?}");
}

#[test]
fn a_link_of_the_log_opens_the_object_in_its_schema() {
    let library = Library::new();
    done(&library);
    let book = library.value("SELECT id FROM b.books");
    let mut ann = library.at("ann", "a");
    let page = ann.get("/admin/log/?all=1");
    let object = format!("/admin/m/books/o/{book}/");
    page.says(&format!("href=\"{object}?__schema=b\""))
        .says("Book of a")
        .says("Genre");
    assert!(
        !page.text.contains("Book of c") && !page.text.contains("Library C"),
        "{page:?}"
    );
    let answer = ann.get(&format!("{object}?__schema=b"));
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some(&*object))
    );
    ann.get(&object)
        .says("This object is from Library B.")
        .says("Book of b");
    let page = ann.get("/admin/log/");
    page.says("Book of b");
    assert!(!page.text.contains("Book of a"), "{page:?}");
    library
        .at("root", "a")
        .get("/admin/log/?all=1")
        .says("Book of c")
        .says("?__schema=c");
}

#[test]
fn what_is_gone_is_said_and_not_linked() {
    let library = Library::new();
    done(&library);
    let books = ["a", "b", "c"].map(|it| library.value(&format!("SELECT id FROM {it}.books")));
    delete(
        &mut library.at("ann", "a"),
        &format!("/admin/m/books/o/{}/delete/", books[0]),
    );
    // Not by the site.
    library.world.run("DELETE FROM b.books");
    library.registry.archive(&"c".parse().unwrap()).unwrap();
    library.registry.purge(&"c".parse().unwrap()).unwrap();
    let mut root = library.at("root", "a");
    let page = root.get("/admin/log/?all=1");
    page.says("Deleted <span>Book of a &lt;i&gt;</span>")
        .says("Added <span>Book of b &lt;i&gt;</span>")
        .says("<span class=\"badge\">c</span> Added <span>Book of c</span>");
    for book in &books {
        assert!(!page.text.contains(&format!("/o/{book}/")), "{page:?}");
    }
    // A schema of the same name is another one.
    library
        .registry
        .create("c".parse::<multischema::SchemaName>().unwrap())
        .unwrap();
    library.insert("c.books", "id, title", &format!("{}, 'Other'", books[2]));
    let page = root.get("/admin/log/?all=1");
    assert!(!page.text.contains("__schema=c\""), "{page:?}");
    library
        .world
        .run("UPDATE multischema.schemas SET status = 'active'");
    let page = library.at("root", "a").get("/admin/log/?all=1");
    assert!(
        !page.text.contains(&format!("/o/{}/", books[2])),
        "{page:?}"
    );
}

#[test]
fn nobody_sees_the_log_of_what_they_may_not_see() {
    let library = Library::new();
    done(&library);
    let mut ann = library.at("ann", "a");
    let seen = |page: &crate::auth_site::Answer| {
        ["Book of a", "Book of b", "Book of c", "Genre"].map(|it| page.text.contains(it))
    };
    assert_eq!(
        seen(&ann.get("/admin/log/?all=1")),
        [true, true, false, true]
    );
    assert_eq!(
        seen(&library.at("bob", "a").get("/admin/log/?all=1")),
        [true, false, false, false]
    );
    // A role that may do nothing with books.
    library.world.run("UPDATE multischema.members SET role = 'guest' WHERE user_id = 'ann' AND schema_id = (SELECT id FROM multischema.schemas WHERE name = 'b')");
    assert_eq!(
        seen(&ann.get("/admin/log/?all=1")),
        [true, false, false, true]
    );
    library
        .world
        .run("INSERT INTO multischema.admin_grants VALUES ('guest', '*', 'view')");
    assert_eq!(
        seen(&ann.get("/admin/log/?all=1")),
        [true, true, false, true]
    );
    library
        .world
        .run("DELETE FROM multischema.admin_grants WHERE role = 'keeper'");
    assert_eq!(
        seen(&ann.get("/admin/log/?all=1")),
        [true, true, false, false]
    );
    assert_eq!(seen(&ann.get("/admin/log/")), [true, false, false, false]);
    library.registry.suspend(&"b".parse().unwrap()).unwrap();
    assert_eq!(
        seen(&library.at("ann", "a").get("/admin/log/?all=1")),
        [true, false, false, false]
    );
    for query in ["before=x", "all=2", "nosuch=1", "before=%00"] {
        assert_eq!(
            ann.get(&format!("/admin/log/?{query}")).status,
            400,
            "{query}"
        );
    }
}

#[test]
fn the_log_has_pages_and_a_schema_that_is_behind_breaks_none() {
    let library = Library::new();
    library.world.run(
        "INSERT INTO multischema.log_entries (user_name, schema_id, schema_name, model, object_pk, object_label, action)
         SELECT 'ann', s.id, s.name, 'books', n, 'Book-' || s.name || n || '!', 'change' FROM generate_series(1, 60) n, multischema.schemas s;
         INSERT INTO b.books (id, title) VALUES (60, 'There'); DROP TABLE a.books CASCADE",
    );
    let mut ann = library.at("ann", "b");
    for (first, count) in [("/admin/log/", 60), ("/admin/log/?all=1", 120)] {
        let (mut path, mut all) = (first.to_owned(), Vec::new());
        for _ in 0..9 {
            let page = ann.get(&path);
            assert_eq!(page.status, 200, "{page:?}");
            all.extend(
                page.text
                    .split("Book-")
                    .skip(1)
                    .map(|it| it.split('!').next().unwrap().to_owned()),
            );
            let Some(next) = page.text.split("rel=\"next\" href=\"").nth(1) else {
                break;
            };
            path = next.split('"').next().unwrap().replace("&amp;", "&");
        }
        assert_eq!(all.len(), count);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
    ann.get("/admin")
        .says("<a href=\"/admin/m/books/o/60/\">Book-b60!</a>");
}
