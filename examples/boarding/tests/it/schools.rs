//! Which school, and who may use it.

use crate::app::{App, id_of, schema};
use crate::client::Client;

#[tokio::test]
async fn a_school_of_others_is_one_that_is_not_there() {
    let app = App::shared();
    let anna = Client::of(&app.url, "anna").await;
    assert_eq!(anna.get("/t/north/pupils").await.status, 200);
    let others = anna.get("/t/west/pupils").await;
    let none = anna.get("/t/nowhere/pupils").await;
    assert_eq!((others.status, none.status), (404, 404));
    assert_eq!(others.body, none.body);
    assert!(others.body.contains("No such school"), "{others:?}");
    for path in [
        "/t/__template__/pupils",
        "/t/public/pupils",
        "/t/NORTH/pupils",
    ] {
        assert_eq!(anna.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_superuser_may_use_all_schools_and_is_told_which_are_not_there() {
    let app = App::shared();
    let root = Client::of(&app.url, "root").await;
    let chooser = root.get("/schools").await;
    for (name, label) in [
        ("north", "Northgate School"),
        ("south", "Lakeside School"),
        ("west", "Riverside School"),
    ] {
        assert!(chooser.body.contains(label));
        assert_eq!(root.get(&format!("/t/{name}/pupils")).await.status, 200);
    }
    assert_eq!(root.get("/t/nowhere/pupils").await.status, 403);
    assert_eq!(root.get("/t/__template__/pupils").await.status, 403);
}

#[tokio::test]
async fn the_form_in_the_header_switches() {
    let app = App::shared();
    let ben = Client::of(&app.url, "ben").await;
    let page = ben.get("/t/south/pupils").await;
    let options: Vec<_> = page.each("<option value=\"").collect();
    assert_eq!(&options[..2], ["south", "west"]);
    assert!(page.body.contains(r#"<option value="south" selected>"#));

    assert_eq!(ben.switch("west").await.location(), "/");
    assert_eq!(ben.get("/").await.location(), "/t/west/pupils");
    // It is not his, and the choice before stays.
    assert_eq!(ben.switch("north").await.status, 404);
    assert_eq!(ben.get("/").await.location(), "/t/west/pupils");
    // A page says by its address which school it is about, whatever was chosen.
    assert!(ben.get("/t/south/pupils").await.body.contains("Lakeside"));
}

#[tokio::test]
async fn who_is_taken_from_a_school_is_refused_by_the_next_request() {
    let app = App::new();
    let registry = app.registry();
    let anna = Client::of(&app.url, "anna").await;
    let id = id_of(app.database_url(), "anna");
    assert_eq!(anna.switch("north").await.status, 303);
    assert_eq!(anna.get("/t/north/pupils").await.status, 200);
    assert_eq!(anna.api("north", "").await.status, 200);

    assert!(registry.remove_member(&schema("north"), &id).unwrap());

    // Another process has done it: it takes the time to be heard of.
    let mut last = 200;
    for _ in 0..100 {
        last = anna.get("/t/north/pupils").await.status;
        if last != 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(last, 404);
    assert_eq!(anna.api("north", "").await.status, 404);
    // What the session remembers is refused once and then forgotten; one school is left, and needs no choice.
    assert_eq!(anna.get("/").await.status, 404);
    assert_eq!(anna.get("/").await.location(), "/t/south/pupils");
}

#[tokio::test]
async fn a_suspended_school_is_for_superusers_only() {
    let app = App::new();
    let registry = app.registry();
    registry.suspend(&schema("south")).unwrap();
    let anna = Client::of(&app.url, "anna").await;
    let root = Client::of(&app.url, "root").await;
    assert_eq!(anna.get("/t/south/pupils").await.status, 404);
    assert!(!anna.get("/schools").await.body.contains("Lakeside"));
    let page = root.get("/t/south/pupils").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("Lakeside School (suspended)"));
}
