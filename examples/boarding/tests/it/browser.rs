//! What is seen in a browser. No page of the schools may run a script there.

mod admin;
mod chromium;
mod steps;

use std::sync::Arc;

use serde_json::json;
use thirtyfour::prelude::*;

use self::chromium::Chromium;
use self::steps::{fill, press, select, title};
use crate::app::App;

#[tokio::test]
async fn a_browser_works_in_two_schools_at_once() {
    if chromium::is_unwanted() {
        println!("left out, as MULTISCHEMA_NO_BROWSER=1 says");
        return;
    }
    let app = App::new();
    let url = app.url.clone();
    let chromium = Arc::new(Chromium::start(false).await);
    let told = tokio::spawn({
        let chromium = Arc::clone(&chromium);
        async move { tell(&chromium, &url).await }
    });
    // Whether it failed or panicked.
    let told = told.await;
    if !matches!(told, Ok(Ok(()))) {
        chromium.picture("failed").await;
    }
    Arc::into_inner(chromium).unwrap().quit().await;
    told.unwrap().unwrap();
}

async fn tell(chromium: &Chromium, url: &str) -> WebDriverResult<()> {
    let driver = chromium.driver();
    log_in(chromium, url).await?;
    choose(chromium).await?;
    make_a_pupil(chromium).await?;
    work_in_two_tabs(driver, url).await?;
    look_around(chromium, url).await?;
    log_out(driver).await
}

async fn log_in(chromium: &Chromium, url: &str) -> WebDriverResult<()> {
    let driver = chromium.driver();
    chromium.look(1280, "light").await;
    driver
        .goto("data:text/html,<title>plain</title><script>document.title='changed'</script>")
        .await?;
    assert_eq!(driver.title().await?, "plain", "a script has run");
    driver.goto(url).await?;
    title(driver, "Log in – Boarding").await?;
    chromium.picture("login").await;
    for password in ["wrong", "anna-demo"] {
        fill(driver, "name", "anna").await?;
        fill(driver, "password", password).await?;
        press(driver, "Log in").await?;
        if password == "wrong" {
            let error = driver.query(By::Id("error")).first().await?;
            assert_eq!(error.text().await?, "Name or password is wrong.");
            chromium.picture("login-wrong").await;
        }
    }
    title(driver, "Schools – Boarding").await
}

async fn choose(chromium: &Chromium) -> WebDriverResult<()> {
    let driver = chromium.driver();
    let schools = driver.find_all(By::Css("button.school strong")).await?;
    assert_eq!(
        texts(schools).await?,
        ["Northgate School", "Lakeside School"]
    );
    chromium.picture("schools").await;
    driver.find(By::Css("button.school")).await?.click().await?;
    title(driver, "Pupils – Northgate School – Boarding").await?;
    assert_only(driver, &["Birch", "Cedar", "Juniper", "Tamarack"]).await?;
    chromium.picture("pupils").await;

    // The first that the keyboard reaches leads past the header.
    driver.active_element().await?.send_keys(Key::Tab).await?;
    let first = driver.active_element().await?.text().await?;
    assert_eq!(first, "Skip to content");
    Ok(())
}

async fn make_a_pupil(chromium: &Chromium) -> WebDriverResult<()> {
    let driver = chromium.driver();
    driver
        .find(By::LinkText("New pupil"))
        .await?
        .click()
        .await?;
    title(driver, "New pupil – Northgate School – Boarding").await?;
    assert_labelled(driver).await?;
    fill(driver, "given_name", "Ada").await?;
    fill(driver, "family_name", "Zzyzx").await?;
    day(driver, "born", "05312014").await?;
    day(driver, "joined", "05302014").await?;
    select(driver, "house", "Cedar").await?;
    press(driver, "Save").await?;
    title(driver, "Not saved yet – Northgate School – Boarding").await?;
    let error = driver.find(By::Id("joined-error")).await?;
    assert_eq!(error.text().await?, "This is before the pupil was born.");
    chromium.picture("form").await;

    day(driver, "joined", "09012025").await?;
    press(driver, "Save").await?;
    title(driver, "Pupils – Northgate School – Boarding").await?;
    let notice = driver.find(By::Css(".notice")).await?;
    assert_eq!(notice.text().await?, "Saved.");
    find(driver, "zzyzx").await?;
    assert_eq!(names(driver).await?, ["Zzyzx, Ada"]);
    Ok(())
}

/// What is done in one tab does not change where the other one is.
async fn work_in_two_tabs(driver: &WebDriver, url: &str) -> WebDriverResult<()> {
    let first = driver.window().await?;
    select(driver, "school", "Lakeside School").await?;
    press(driver, "Switch").await?;
    title(driver, "Pupils – Lakeside School – Boarding").await?;
    driver
        .find(By::LinkText("New pupil"))
        .await?
        .click()
        .await?;
    title(driver, "New pupil – Lakeside School – Boarding").await?;

    let second = driver.new_tab().await?;
    driver.switch_to_window(second).await?;
    driver.goto(url).await?;
    // The session remembers what the first tab chose.
    title(driver, "Pupils – Lakeside School – Boarding").await?;
    select(driver, "school", "Northgate School").await?;
    press(driver, "Switch").await?;
    title(driver, "Pupils – Northgate School – Boarding").await?;

    driver.switch_to_window(first).await?;
    fill(driver, "given_name", "Bo").await?;
    fill(driver, "family_name", "Zzyzx").await?;
    day(driver, "born", "05312014").await?;
    day(driver, "joined", "09012025").await?;
    select(driver, "house", "Heron").await?;
    press(driver, "Save").await?;
    title(driver, "Pupils – Lakeside School – Boarding").await?;
    find(driver, "zzyzx").await?;
    assert_eq!(names(driver).await?, ["Zzyzx, Bo"]);
    assert_only(driver, &["Heron"]).await?;
    driver.close_window().await?;

    let left = driver.windows().await?.remove(0);
    driver.switch_to_window(left).await?;
    find(driver, "zzyzx").await?;
    assert_eq!(names(driver).await?, ["Zzyzx, Ada"]);
    Ok(())
}

/// Nothing is wider than a phone, and all of it can be looked at in the dark.
async fn look_around(chromium: &Chromium, url: &str) -> WebDriverResult<()> {
    let driver = chromium.driver();
    for (name, path) in [
        ("schools", "/schools"),
        ("pupils", "/t/south/pupils"),
        ("form", "/t/south/pupils/new"),
        ("refused", "/t/west/pupils"),
    ] {
        driver.goto(format!("{url}{path}")).await?;
        for (kind, width, colours) in [("dark", 1280, "dark"), ("phone", 360, "light")] {
            chromium.look(width, colours).await;
            chromium.picture(&format!("{name}-{kind}")).await;
            let metrics = chromium.tell("Page.getLayoutMetrics", json!({})).await;
            assert_eq!(metrics["cssContentSize"]["width"], width, "{name}, {kind}");
        }
    }
    chromium.look(1280, "light").await;
    chromium.picture("refused").await;
    Ok(())
}

async fn log_out(driver: &WebDriver) -> WebDriverResult<()> {
    driver
        .find(By::LinkText("To your schools"))
        .await?
        .click()
        .await?;
    title(driver, "Schools – Boarding").await?;
    press(driver, "Log out").await?;
    title(driver, "Log in – Boarding").await?;
    // The browser has kept nothing.
    driver.back().await?;
    title(driver, "Log in – Boarding").await
}

/// Types a day in, as month, day and year.
async fn day(driver: &WebDriver, id: &str, text: &str) -> WebDriverResult<()> {
    driver.find(By::Id(id)).await?.send_keys(text).await
}

/// Looks for a pupil, and waits for what was found.
async fn find(driver: &WebDriver, name: &str) -> WebDriverResult<()> {
    fill(driver, "q", name).await?;
    press(driver, "Search").await?;
    driver.query(By::LinkText("Show all")).first().await?;
    Ok(())
}

async fn names(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    texts(driver.find_all(By::Css("tbody th")).await?).await
}

async fn texts(elements: Vec<WebElement>) -> WebDriverResult<Vec<String>> {
    let mut texts = Vec::new();
    for element in elements {
        texts.push(element.text().await?);
    }
    Ok(texts)
}

/// All pupils that are shown are in these houses.
async fn assert_only(driver: &WebDriver, houses: &[&str]) -> WebDriverResult<()> {
    let shown = texts(driver.find_all(By::Css("td[data-label=House]")).await?).await?;
    assert!(
        !shown.is_empty() && shown.iter().all(|it| houses.contains(&it.as_str())),
        "{shown:?}"
    );
    Ok(())
}

/// All fields have a label.
async fn assert_labelled(driver: &WebDriver) -> WebDriverResult<()> {
    let fields = driver
        .find_all(By::Css("input:not([type=hidden]), select, textarea"))
        .await?;
    assert!(fields.len() > 4);
    for field in fields {
        let id = field.id().await?.unwrap_or_default();
        let label = driver.find(By::Css(format!("label[for='{id}']"))).await?;
        assert!(
            !label
                .prop("textContent")
                .await?
                .unwrap_or_default()
                .is_empty(),
            "{id}"
        );
    }
    Ok(())
}
