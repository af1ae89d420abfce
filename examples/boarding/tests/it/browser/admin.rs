//! What a new user does at `/admin`, with scripts.

use thirtyfour::prelude::*;

use super::chromium::{self, Chromium};
use super::steps::{fill, go, press, select, title};
use crate::app::App;

#[tokio::test]
async fn a_superuser_changes_a_pupil_and_finds_it_in_the_log_from_another_school() {
    if chromium::is_unwanted() {
        println!("left out, as MULTISCHEMA_NO_BROWSER=1 says");
        return;
    }
    let app = App::new();
    let chromium = Chromium::start(true).await;
    let done = look_after(&chromium, &format!("{}/admin", app.url)).await;
    if done.is_err() {
        chromium.picture("admin-failed").await;
    }
    chromium.quit().await;
    done.unwrap();
}

async fn look_after(chromium: &Chromium, url: &str) -> WebDriverResult<()> {
    let driver = chromium.driver();
    chromium.look(1280, "light").await;
    driver.goto(url).await?;
    fill(driver, "name", "root").await?;
    fill(driver, "password", "root-demo-admin").await?;
    press(driver, "Log in").await?;
    title(driver, "Start – Boarding schools").await?;

    // A school is selected as soon as it is chosen, and again from the list, which stays.
    select(driver, "schema", "Northgate School").await?;
    title(driver, "Start – Northgate School – Boarding schools").await?;
    go(driver, "Pupils").await?;
    title(driver, "Pupils – Northgate School – Boarding schools").await?;
    let north = names(driver).await?;
    select(driver, "schema", "Lakeside School").await?;
    title(driver, "Pupils – Lakeside School – Boarding schools").await?;
    let south = names(driver).await?;
    assert!(!south.is_empty() && south.iter().all(|it| !north.contains(it)));
    chromium.picture("admin-list").await;

    driver
        .query(By::Css("tbody th a"))
        .first()
        .await?
        .click()
        .await?;
    driver.query(By::Id("v-given_name")).first().await?;
    let selector = driver.find(By::Id("schema")).await?;
    assert!(
        !selector.is_enabled().await?,
        "the object would not be there"
    );
    fill(driver, "v-given_name", "Zaphod").await?;
    press(driver, "Save and continue").await?;
    driver
        .query(By::XPath(
            "//*[contains(@class, 'messages')]//*[contains(., 'Zaphod')]",
        ))
        .first()
        .await?;
    let object = driver.current_url().await?;
    chromium.picture("admin-saved").await;

    // From the other school, the log leads there.
    driver.goto(format!("{url}?__schema=north")).await?;
    title(driver, "Start – Northgate School – Boarding schools").await?;
    go(driver, "The whole log").await?;
    go(driver, "All that you may see").await?;
    chromium.picture("admin-log").await;
    let entry = By::XPath("//li[contains(., 'Lakeside School')]//a[contains(., 'Zaphod')]");
    driver.query(entry).first().await?.click().await?;
    driver.query(By::Id("v-given_name")).first().await?;
    assert_eq!(driver.current_url().await?.path(), object.path());
    let name = driver.find(By::Id("v-given_name")).await?;
    assert_eq!(name.value().await?.as_deref(), Some("Zaphod"));
    let page = driver.title().await?;
    assert!(
        page.ends_with(" – Lakeside School – Boarding schools"),
        "{page}"
    );
    chromium.picture("admin-from-log").await;
    Ok(())
}

async fn names(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let mut names = Vec::new();
    for link in driver.find_all(By::Css("tbody th a")).await? {
        names.push(link.attr("href").await?.unwrap_or_default());
    }
    Ok(names)
}
