//! The admin site beside the schools.

use reqwest::Method;

use crate::app::App;
use crate::client::{Answer, Client};

async fn logged_in(app: &App, name: &str) -> Client {
    let client = Client::new(&app.url);
    let password = format!("{name}-demo-admin");
    let form = [("name", name), ("password", &*password)];
    let answer = client.post("/admin/login", &form).await;
    assert_eq!((answer.status, answer.location()), (303, "/admin"));
    client
}

/// Selects a school, as a link of the site does in a browser.
async fn selected(client: &Client, school: &str) -> Answer {
    let link = client.request(Method::GET, &format!("/admin?__schema={school}"));
    client
        .send(link.header("Sec-Fetch-Site", "same-origin"))
        .await
}

#[track_caller]
fn says(answer: &Answer, words: &[&str]) {
    assert_eq!(answer.status, 200, "{answer:?}");
    for words in words {
        assert!(answer.body.contains(words), "no {words:?} in {answer:?}");
    }
}

#[tokio::test]
async fn a_superuser_finds_all_schools_their_models_and_the_fleet() {
    let app = App::shared();
    let root = logged_in(&app, "root").await;
    let answer = selected(&root, "north").await;
    assert_eq!((answer.status, answer.location()), (303, "/admin"));
    let list = root.get("/admin/m/pupils/").await;
    says(
        &list,
        &[
            "Only displaying objects from Northgate School.",
            "Age at joining",
            "Have joined this year",
            "Juniper",
        ],
    );
    says(
        &root.get("/admin/m/users/").await,
        &["Accounts", "anna", "Shared by all schemata."],
    );
    let schemata = root.get("/admin/schemata/").await;
    says(&schemata, &["Lakeside School", "Riverside School"]);
    says(&root.get("/admin/fleet/").await, &["3 up to date"]);
    says(&root.get("/admin/").await, &["Boarding schools"]);
}

#[tokio::test]
async fn a_secretary_sees_the_pupils_of_her_school_and_no_more() {
    let app = App::shared();
    let carol = logged_in(&app, "carol").await;
    let list = carol.get("/admin/m/pupils/").await;
    says(&list, &["Northgate School", "Juniper"]);
    assert!(!list.body.contains("Lakeside"), "{list:?}");
    let houses = carol.get("/admin/m/houses/").await;
    says(&houses, &["Birch"]);
    assert_eq!(carol.get("/admin/m/houses/add/").await.status, 403);
    for path in ["/admin/m/users/", "/admin/schemata/", "/admin/fleet/"] {
        assert_eq!(carol.get(path).await.status, 404, "{path}");
    }
    assert_eq!(selected(&carol, "south").await.status, 404);
    // The two sites do not know each other's users.
    let schools = carol.get("/schools").await;
    assert_eq!(schools.location(), "/login?next=%2Fschools");
    let anna = Client::of(&app.url, "anna").await;
    let answer = anna.get("/admin").await;
    assert_eq!((answer.status, answer.location()), (303, "/admin/login"));
}
