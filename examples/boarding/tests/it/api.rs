//! The pupils as JSON.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::client::{Answer, Client};

async fn create(client: &Client, school: &str, pupil: &Value) -> Answer {
    let request = client.request(Method::POST, "/api/pupils");
    let request = request.header("X-Change-Schema", school);
    let request = request.header("Content-Type", "application/json");
    client.send(request.body(pupil.to_string())).await
}

#[tokio::test]
async fn the_header_says_which_school() {
    let app = App::shared();
    let anna = Client::of(&app.url, "anna").await;
    for school in ["north", "south"] {
        let answer = anna.api(school, "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["school"], school);
        assert_eq!(answer.json()["pupils"].as_array().unwrap().len(), 20);
    }
    let answer = anna.api("west", "").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"], "there is no such schema");
    // She has two, and chose none.
    assert_eq!(anna.get("/api/pupils").await.status, 400);
}

#[tokio::test]
async fn a_pupil_is_made_in_the_school_of_the_header_and_in_no_other() {
    let app = App::shared();
    let anna = Client::of(&app.url, "anna").await;
    let pupil = json!({
        "given_name": "Ada", "family_name": "Xylander", "born": "2014-05-31", "joined": "2025-09-01", "house": "Heron",
    });
    let made = create(&anna, "south", &pupil).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json()["house"], "Heron");

    let there = anna.api("south", "?q=xyl%20ada").await;
    assert_eq!(there.json()["pupils"], json!([made.json()]));
    assert_eq!(anna.api("north", "?q=xyl").await.json()["total"], 0);

    // The house is one of the other school.
    let refused = create(&anna, "north", &pupil).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.json(),
        json!({ "errors": { "house": "Choose one of the houses." } })
    );
    let no_json = create(&anna, "north", &json!("Ada")).await;
    assert!((400..500).contains(&no_json.status), "{no_json:?}");
    assert!(no_json.json()["error"].is_string());
}
