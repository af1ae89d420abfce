//! What stays, as the database or another schema needs it.

use crate::library::{Library, delete, hidden, send};

#[test]
fn what_a_trigger_refuses_stays_and_is_said() {
    let library = Library::new();
    let shelf = library.insert("a.shelves", "name", "'Fixed'");
    let mut ann = library.at("ann", "a");
    let object = format!("/admin/m/shelves/o/{shelf}/");
    let answer = delete(&mut ann, &format!("{object}delete/"));
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some(&*object))
    );
    ann.get(&object)
        .says("Nothing was deleted. Fixed shelves stay.");
    assert_eq!((library.counts(["a.shelves"]), &*library.log()), ([1], ""));
}

#[test]
fn what_all_share_does_not_take_the_rows_of_other_schemata_along() {
    let library = Library::new();
    let genre = library.insert("public.genres", "name", "'Sea'");
    library.insert(
        "public.remarks",
        "genre_id, words",
        &format!("{genre}, 'Wet'"),
    );
    for schema in ["a", "c"] {
        library.insert(
            &format!("{schema}.books"),
            "genre_id, title",
            &format!("{genre}, 'Book of {schema}'"),
        );
    }
    let path = format!("/admin/m/genres/o/{genre}/delete/");
    let mut ann = library.at("ann", "a");
    let page = ann.get(&path);
    page.says("objects of other schemata could be deleted")
        .says("Remarks: 1")
        .says("Book of a");
    assert!(
        !page.text.contains("name=\"seen\"") && !page.text.contains("Book of c"),
        "{page:?}"
    );
    // A form that was right before the foreign key was changed.
    let tag = library.insert("public.tags", "name", "'Old'");
    library.insert("c.books", "tag_id, title", &format!("{tag}, 'Book of c'"));
    let tag = format!("/admin/m/tags/o/{tag}/delete/");
    let form = hidden(&ann.get(&tag), "seen");
    for schema in ["a", "b", "c", "__template__"] {
        library.world.run(&format!("ALTER TABLE {schema}.books DROP CONSTRAINT books_tag_id_fkey, \
            ADD CONSTRAINT books_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES public.tags ON DELETE SET NULL"));
    }
    ann.router = library.another_process();
    assert_eq!(send(&mut ann, &tag, &form, &[]).status, 403);
    assert_eq!(
        library.counts(["public.tags", "c.books WHERE tag_id IS NOT NULL"]),
        [1, 1]
    );
    library
        .world
        .run("DELETE FROM c.books WHERE tag_id IS NOT NULL");
    assert_eq!(
        library.counts(["public.genres", "a.books", "c.books"]),
        [1, 1, 1]
    );
    let mut root = library.at("root", "a");
    root.get(&path)
        .says("what refers to this in them is deleted or emptied, too");
    assert_eq!(delete(&mut root, &path).status, 303);
    assert_eq!(
        library.counts(["public.genres", "public.remarks", "a.books", "c.books"]),
        [0; 4]
    );
    assert_eq!(library.log(), "root genres delete Sea");
}

#[test]
fn what_other_schemata_need_of_what_all_share_stays() {
    let library = Library::new();
    let tag = library.insert("public.tags", "name", "'Old'");
    for schema in ["a", "c"] {
        library.insert(
            &format!("{schema}.books"),
            "tag_id, title",
            &format!("{tag}, 'Book of {schema}'"),
        );
    }
    let path = format!("/admin/m/tags/o/{tag}/delete/");
    let mut ann = library.at("ann", "a");
    ann.get(&path)
        .says("it is needed by what is listed here")
        .says("Book of a");
    library.world.run("DELETE FROM a.books");
    let page = ann.get(&path);
    page.says("Other schemata may refer to this as well. They are not counted here");
    let answer = send(&mut ann, &path, &hidden(&page, "seen"), &[]);
    assert_eq!(answer.status, 303);
    ann.get("/admin")
        .says("Nothing was deleted. Something refers to it that cannot be without it.");
    assert_eq!(
        (library.counts(["public.tags"]), &*library.log()),
        ([1], "")
    );
    library.world.run("DELETE FROM c.books");
    assert_eq!(delete(&mut ann, &path).status, 303);
    assert_eq!(library.counts(["public.tags"]), [0]);
}
