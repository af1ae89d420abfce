//! What became of an object.

use crate::library::{Library, delete};
use crate::school::submit;

#[test]
fn each_change_is_shown_with_what_was_there_before() {
    let library = Library::new();
    let mut ann = library.at("ann", "a");
    submit(
        &mut ann,
        "/admin/m/books/add/",
        &[("v.title", "<b>First</b>")],
    );
    let book = library.value("SELECT id FROM a.books");
    let object = format!("/admin/m/books/o/{book}/");
    submit(
        &mut ann,
        &object,
        &[("v.title", "Second"), ("v.price", "3.50")],
    );
    library.insert("b.books", "id, title", &format!("{book}, 'Same number'"));
    let path = format!("{object}history/");
    let page = ann.get(&path);
    page.says("<title>History of “Second” – Library A – Libraries</title>")
        .says("<dd>&lt;b&gt;First&lt;/b&gt; → Second</dd>")
        .says("<dd><span class=\"null\">-</span> → 3.50</dd>")
        .says("<td>ann</td><td>Added</td>")
        .says("Unable to change schema while viewing this object");
    let (changed, added) = (page.text.find("Changed"), page.text.find("Added"));
    assert!(
        changed < added && page.text.contains("name=\"__schema\" disabled"),
        "{page:?}"
    );

    assert_eq!(delete(&mut ann, &format!("{object}delete/")).status, 303);
    let page = ann.get(&path);
    page.says("It is not there any more.")
        .says("<td>Deleted</td>")
        .says("<dd>Second → <span class=\"null\">-</span></dd>");
    assert!(
        !page.text.contains(&format!("href=\"{object}\"")),
        "{page:?}"
    );
    // Bob may see books, and not what was done with loans; nobody sees it from another schema.
    library.at("bob", "a").get(&path).says("Deleted");
    let mut ann = library.at("ann", "b");
    ann.get(&path).says("Nothing was done with it here.");
    for (path, status) in [
        ("loans/o/1", 404),
        ("books/o/x", 404),
        ("books/o/%00", 404),
        ("books/o/77", 404),
    ] {
        assert_eq!(
            library
                .at("bob", "a")
                .get(&format!("/admin/m/{path}/history/"))
                .status,
            status,
            "{path}"
        );
    }
}

#[test]
fn a_column_that_no_page_shows_is_told_nowhere() {
    let library = Library::new();
    let loan = library.insert("a.loans", "reader, pin", "'Ishmael', '4711'");
    let mut ann = library.at("ann", "a");
    let object = format!("/admin/m/loans/o/{loan}/");
    for query in ["o=pin", "o=-pin,reader", "is.pin=4711", "null.pin=1"] {
        let answer = ann.get(&format!("/admin/m/loans/?{query}"));
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
    }
    for path in [
        &*object,
        "/admin/m/loans/",
        "/admin/m/loans/?q=4711",
        "/admin/m/loans/export/?format=csv",
        "/admin/m/loans/export/?format=ndjson",
    ] {
        let answer = ann.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(
            !answer.text.contains("pin") && !answer.text.contains(">4711"),
            "{path}: {answer:?}"
        );
    }
    // A trigger writes it when another is changed.
    library.world.run_in(
        "a",
        "CREATE FUNCTION renew() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.pin := '0815'; RETURN NEW; END $$;
         CREATE TRIGGER renew BEFORE UPDATE ON loans FOR EACH ROW EXECUTE FUNCTION renew()",
    );
    submit(&mut ann, &object, &[("v.reader", "Ahab"), ("v.pin", "1")]);
    assert_eq!(library.value("SELECT pin FROM a.loans"), "0815");
    delete(&mut ann, &format!("{object}delete/"));
    assert_eq!(library.counts(["a.loans"]), [0]);
    let page = ann.get(&format!("{object}history/"));
    page.says("Ahab").says("Deleted");
    assert!(!page.text.contains("pin"), "{page:?}");
    let log = library.value("SELECT string_agg(changes::text, ' ') FROM multischema.log_entries");
    assert!(log.contains("Ishmael") && !log.contains("pin"), "{log}");
}

#[test]
fn a_long_history_has_pages() {
    let library = Library::new();
    let book = library.insert("a.books", "title", "'Book'");
    library.world.run(&format!(
        "INSERT INTO multischema.log_entries (user_name, schema_id, schema_name, model, object_pk, object_label, action)
         SELECT 'user-' || n, s.id, s.name, 'books', {book}, 'Book', 'change' FROM generate_series(1, 45) n, multischema.schemas s WHERE s.name IN ('a', 'c')"
    ));
    let mut ann = library.at("ann", "a");
    let mut path = format!("/admin/m/books/o/{book}/history/");
    let mut users = Vec::new();
    for _ in 0..3 {
        let page = ann.get(&path);
        users.extend(
            page.text
                .split("<td>user-")
                .skip(1)
                .map(|it| it.split('<').next().unwrap().parse::<usize>().unwrap()),
        );
        let Some(next) = page.text.split("rel=\"next\" href=\"").nth(1) else {
            break;
        };
        path = next.split('"').next().unwrap().to_owned();
    }
    assert_eq!(users, (1..=45).rev().collect::<Vec<_>>());
    for query in [
        "before=x",
        "before=99999999999999999999",
        "before=",
        "nosuch=1",
    ] {
        assert_eq!(
            ann.get(&format!("/admin/m/books/o/{book}/history/?{query}"))
                .status,
            400,
            "{query}"
        );
    }
}
