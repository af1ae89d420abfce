//! The list and the form.

use crate::app::App;
use crate::client::Client;

const NORTH: &str = "/t/north/pupils";

#[tokio::test]
async fn a_pupil_is_made_changed_and_deleted_by_forms() {
    let app = App::shared();
    let anna = Client::of(&app.url, "anna").await;
    let mut fields = [
        ("given_name", "<b>Bo</b>"),
        ("family_name", "Zzyzx \"&"),
        ("born", "2014-05-31"),
        ("joined", "2025-09-01"),
        ("house", "Birch"),
    ];
    let made = anna.post(NORTH, &fields).await;
    assert_eq!(made.location(), "/t/north/pupils?done=saved", "{made:?}");

    let list = anna.get("/t/north/pupils?q=zzyzx").await;
    assert!(
        list.body
            .contains("Zzyzx &quot;&amp;, &lt;b&gt;Bo&lt;/b&gt;"),
        "{list:?}"
    );
    let &[id] = &*list.ids() else {
        panic!("{list:?}")
    };
    let pupil = format!("{NORTH}/{id}");
    let form = anna.get(&pupil).await;
    assert!(form.body.contains(r#"value="2014-05-31""#), "{form:?}");

    fields[4].1 = "Cedar";
    assert_eq!(anna.post(&pupil, &fields).await.status, 303);
    let list = anna.get("/t/north/pupils?q=zzyzx&house=Cedar").await;
    assert_eq!(list.ids(), [id]);

    // An id of one school is none in another.
    let elsewhere = format!("/t/south/pupils/{id}");
    assert_eq!(anna.get(&elsewhere).await.status, 404);
    let mut there = fields;
    there[4].1 = "Heron";
    assert_eq!(anna.post(&elsewhere, &there).await.status, 404);
    let delete = |of: &str| format!("{of}/delete");
    assert_eq!(anna.post(&delete(&elsewhere), &[]).await.status, 404);

    assert_eq!(anna.get(&delete(&pupil)).await.status, 405);
    let deleted = anna.post(&delete(&pupil), &[]).await;
    assert_eq!(deleted.location(), "/t/north/pupils?done=deleted");
    assert_eq!(anna.get(&pupil).await.status, 404);
    assert_eq!(anna.post(&pupil, &fields).await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_told_at_each_field_and_what_was_typed_in_stays() {
    let app = App::shared();
    let anna = Client::of(&app.url, "anna").await;
    let fields = [
        ("given_name", "Bo"),
        ("born", "2014-02-30"),
        ("house", "Heron"),
    ];
    let form = anna.post(NORTH, &fields).await;
    assert_eq!(form.status, 422);
    for id in ["family_name", "born", "joined", "house"] {
        assert!(
            form.body
                .contains(&format!(r#"aria-describedby="{id}-error""#)),
            "{id}"
        );
        assert!(
            form.body
                .contains(&format!(r#"<p class="error" id="{id}-error">"#)),
            "{id}"
        );
    }
    assert!(!form.body.contains("given_name-error"));
    assert!(form.body.contains(r#"value="Bo""#) && form.body.contains(r#"value="2014-02-30""#));
    // It has no fields at all, and zeros in them.
    assert_eq!(anna.post(NORTH, &[]).await.status, 422);
    assert_eq!(anna.post(NORTH, &[("given_name", "a\0")]).await.status, 422);
}

#[tokio::test]
async fn each_pupil_is_on_one_page() {
    let app = App::shared();
    let root = Client::of(&app.url, "root").await;
    let mut ids = Vec::new();
    let mut path = "/t/west/pupils".to_owned();
    loop {
        let page = root.get(&path).await;
        ids.extend(page.ids());
        let next = page.each("rel=\"next\" href=\"").next();
        let Some(next) = next.map(|it| it.replace("&amp;", "&")) else {
            break;
        };
        path = next;
    }
    assert_eq!(ids.len(), 287);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 287);
    // All are numbers of the third school.
    assert!(ids.iter().all(|id| id >> 32 == 3), "{ids:?}");
}

#[tokio::test]
async fn a_search_finds_what_is_called_so_and_takes_anything() {
    let app = App::shared();
    let root = Client::of(&app.url, "root").await;
    let total = async |query: &str| root.api("west", query).await.json()["total"].clone();
    assert_eq!(total("?q=folasade+adeyemi").await, 1);
    assert_eq!(total("?q=ADEYEMI").await, 2);
    assert_eq!(total("?q=%25").await, 0);
    assert_eq!(total("?q=%00").await, 287);
    assert_eq!(total("?q=%ff&page=x&house=nowhere").await, 0);
    assert_eq!(total("?page=-1&house=").await, 287);
    let page = root.get("/t/west/pupils?q=%3Cscript%3E").await;
    assert!(page.body.contains("No pupil is called so."));
    assert!(page.body.contains("&lt;script&gt;") && !page.body.contains("<script"));
}
