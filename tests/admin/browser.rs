//! The admin site in a browser: with scripts and without, on a screen and a phone, in light and dark colours.

#[path = "../../examples/boarding/tests/it/browser/chromium.rs"]
mod chromium;
#[path = "../../examples/boarding/tests/it/browser/steps.rs"]
mod steps;

use std::env;
use std::fs;
use std::net::Ipv4Addr;

use axum::Router;
use serde_json::Value;
use thirtyfour::prelude::*;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use self::chromium::Chromium;
use self::steps::{fill, go, press, select, title};
use crate::auth_site::PASSWORD;
use crate::port::Port;
use crate::school::School;

/// Fills a school.
fn fill_in(school: &School) {
    school.world.run_in(
        "a",
        "INSERT INTO houses (name) VALUES ('North'), ('South');
         INSERT INTO pupils (name, born, mood, is_new, notes, house_id)
         SELECT (ARRAY['Ada', 'Ben', 'Cleo', 'Dan', 'Emma'])[1 + i % 5] || ' ' || (ARRAY['Lee', 'Kim', 'Ray', 'Fox', 'Day'])[1 + i / 5 % 5],
                date '2010-01-01' + i * 37, (ARRAY['glad', 'sad']::mood[])[1 + i % 2], i % 5 = 0, 'Note ' || i,
                (SELECT id FROM houses ORDER BY id OFFSET i % 2 LIMIT 1)
         FROM generate_series(1, 25) i",
    );
    school
        .world
        .run_in("b", "INSERT INTO pupils (name) VALUES ('Zoe of B')");
}

/// Has somebody work in a browser, in a school with some rows.
fn in_browser(with_scripts: bool, work: impl AsyncFnOnce(&Chromium, &str) -> WebDriverResult<()>) {
    if chromium::is_unwanted() {
        println!("left out, as MULTISCHEMA_NO_BROWSER=1 says");
        return;
    }
    let school = School::new();
    fill_in(&school);
    visit(&school.runtime, school.router.clone(), with_scripts, work);
}

/// Has somebody visit a site in a browser; if it fails, there is a picture.
fn visit(
    runtime: &Runtime,
    router: Router,
    with_scripts: bool,
    work: impl AsyncFnOnce(&Chromium, &str) -> WebDriverResult<()>,
) {
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/admin", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let chromium = Chromium::start(with_scripts).await;
        let worked = work(&chromium, &url).await;
        if worked.is_err() {
            chromium.picture("failed").await;
        }
        chromium.quit().await;
        worked.unwrap();
    });
}

#[test]
fn without_a_script_everything_can_be_done() {
    in_browser(false, async |chromium, url| {
        let driver = chromium.driver();
        chromium.look(1280, "light").await;
        log_in(driver, url, "ann").await?;
        chromium.picture("start-none").await;
        select(driver, "schema", "School A").await?;
        press(driver, "Select").await?;
        title(driver, "Start – School A – Schools").await?;
        chromium.picture("start").await;
        go(driver, "Pupils").await?;
        title(driver, "Pupils – School A – Schools").await?;
        chromium.picture("list").await;

        fill(driver, "q", "lee").await?;
        press(driver, "Search").await?;
        wait_for(driver, By::LinkText("Show all")).await?;
        assert_eq!(driver.find_all(By::Css("tbody tr")).await?.len(), 5);
        select(driver, "f-is.mood", "sad").await?;
        press(driver, "Apply").await?;
        wait_for(driver, By::XPath("//*[text()='3 rows' or text()='2 rows']")).await?;

        driver.find(By::Css("tbody th a")).await?.click().await?;
        wait_for(driver, By::Id("schema-note")).await?;
        assert!(!driver.find(By::Id("schema")).await?.is_enabled().await?);
        chromium.picture("object").await;
        fill(driver, "v-code", "toolong").await?;
        // The browser itself keeps what is too long out.
        assert_eq!(
            driver
                .find(By::Id("v-code"))
                .await?
                .value()
                .await?
                .as_deref(),
            Some("too")
        );
        fill(driver, "v-tags", "no json").await?;
        press(driver, "Save").await?;
        wait_for(driver, By::Id("v-tags-error")).await?;
        chromium.picture("object-error").await;
        fill(driver, "v-tags", "[\"x\"]").await?;
        press(driver, "Save").await?;
        // Back to the list as it was filtered.
        wait_for(driver, By::Css(".messages")).await?;
        assert_eq!(
            driver.find(By::Id("q")).await?.value().await?.as_deref(),
            Some("lee")
        );
        chromium.picture("saved").await;

        for (width, colours, name) in [
            (375, "light", "phone"),
            (375, "dark", "phone-dark"),
            (1280, "dark", "dark"),
        ] {
            chromium.look(width, colours).await;
            chromium.picture(&format!("list-{name}")).await;
            let wide = chromium
                .tell("Page.getLayoutMetrics", serde_json::json!({}))
                .await;
            let content = wide["cssContentSize"]["width"].as_f64().unwrap();
            assert!(content <= f64::from(width), "{name} is {content} wide");
        }
        Ok(())
    });
}

#[test]
fn with_a_script_the_schema_is_selected_at_once_and_the_keyboard_is_enough() {
    in_browser(true, async |chromium, url| {
        let driver = chromium.driver();
        log_in(driver, url, "ann").await?;
        select(driver, "schema", "School B").await?;
        title(driver, "Start – School B – Schools").await?;
        driver.goto(format!("{url}/m/pupils/")).await?;
        wait_for(driver, By::LinkText("Zoe of B")).await?;

        // The first stop leads past the bar; `/` leads to the search.
        driver.action_chain().send_keys(Key::Tab).perform().await?;
        assert_eq!(
            driver.active_element().await?.text().await?,
            "Skip to the content"
        );
        driver.action_chain().send_keys("/").perform().await?;
        assert_eq!(
            driver.active_element().await?.id().await?.as_deref(),
            Some("q")
        );
        driver
            .action_chain()
            .send_keys("nobody")
            .send_keys(Key::Enter + "")
            .perform()
            .await?;
        wait_for(driver, By::XPath("//*[text()='Nothing is like that.']")).await?;
        Ok(())
    });
}

#[test]
fn how_far_a_run_is_is_seen_as_it_goes_on() {
    if chromium::is_unwanted() {
        println!("left out, as MULTISCHEMA_NO_BROWSER=1 says");
        return;
    }
    // A schema takes a moment, so that one can look.
    let slow = "ALTER TABLE notes ADD t text; SELECT pg_sleep(0.7)";
    let port = Port::new(&[("2026-01-02-000002_text", slow)]);
    visit(
        &port.runtime,
        port.router.clone(),
        true,
        async |chromium, url| {
            let driver = chromium.driver();
            chromium.look(1280, "light").await;
            log_in(driver, url, "root").await?;
            driver.goto(format!("{url}/fleet/")).await?;
            press(driver, "Start a run").await?;
            wait_for(driver, By::Id("run-count")).await?;
            // It would be gone if the page were loaded again.
            driver
                .execute("window.isThePage = true", Vec::new())
                .await?;
            let mut told = Vec::new();
            while told.last().is_none_or(|it| it != "4 of 5 schemata") {
                let count = driver.execute(
                "return window.isThePage ? document.getElementById('run-count').textContent : 'loaded again'",
                Vec::new(),
            );
                let count: String = count.await?.convert()?;
                assert_ne!(count, "loaded again", "{told:?}");
                if told.last() != Some(&count) {
                    told.push(count);
                }
            }
            assert!(told.len() > 2, "{told:?}");
            chromium.picture("run").await;
            // What has come of it is on the page, which loads itself again.
            wait_for(driver, By::XPath("//*[contains(., '5 up to date')]")).await?;
            wait_for(
                driver,
                By::XPath("//button[normalize-space()='Start a run']"),
            )
            .await
        },
    );
}

/// `axe-core` is fetched by `./ci`, which says where it is.
#[test]
fn nothing_serious_keeps_people_out() {
    let Some(axe) = env::var_os("MULTISCHEMA_AXE").filter(|it| !it.is_empty()) else {
        println!("left out, as MULTISCHEMA_AXE does not say where axe-core is");
        return;
    };
    let axe = fs::read_to_string(axe).unwrap();
    in_browser(true, async |chromium, url| {
        let driver = chromium.driver();
        driver.goto(format!("{url}/login")).await?;
        assert_usable(driver, &axe).await?;
        log_in(driver, url, "root").await?;
        for colours in ["light", "dark"] {
            chromium.look(1280, colours).await;
            for page in [
                "",
                "?__schema=a",
                "/m/pupils/",
                "/m/pupils/?q=lee&is.mood=sad",
                "/m/pupils/add/",
                "/m/plans/",
                "/password",
                "/nosuch",
                "/m/pupils/?nosuch=1",
                "/log/",
                "/log/?all=1",
                "/schemata/",
                "/schemata/a/",
                "/fleet/",
            ] {
                driver.goto(format!("{url}{page}")).await?;
                assert_usable(driver, &axe).await?;
                let name: String = page.chars().filter(char::is_ascii_alphanumeric).collect();
                chromium.picture(&format!("{colours}-{name}")).await;
            }
            driver.goto(format!("{url}/m/pupils/")).await?;
            driver.find(By::Css("tbody th a")).await?.click().await?;
            wait_for(driver, By::Id("schema-note")).await?;
            assert_usable(driver, &axe).await?;
            for link in ["History", "Delete"] {
                go(driver, link).await?;
                wait_for(driver, By::Id("schema-note")).await?;
                assert_usable(driver, &axe).await?;
                chromium.picture(&format!("{colours}-{link}")).await;
                driver.back().await?;
            }
        }
        Ok(())
    });
}

async fn assert_usable(driver: &WebDriver, axe: &str) -> WebDriverResult<()> {
    let script = format!(
        "{axe}; const done = arguments[arguments.length - 1];
         axe.run().then(it => done(it.violations.map(it => [it.id, it.impact, it.nodes.map(it => it.html + ' ' + it.failureSummary)])));"
    );
    let found = driver.execute_async(script, Vec::new()).await?;
    let found: Vec<Value> = found.convert()?;
    let is_serious =
        |it: &&Value| matches!(it[1].as_str(), Some("serious" | "critical" | "moderate"));
    let serious: Vec<&Value> = found.iter().filter(is_serious).collect();
    assert!(
        serious.is_empty(),
        "{}: {serious:#?}",
        driver.current_url().await?
    );
    Ok(())
}

async fn log_in(driver: &WebDriver, url: &str, name: &str) -> WebDriverResult<()> {
    driver.goto(url).await?;
    fill(driver, "name", name).await?;
    fill(driver, "password", PASSWORD).await?;
    press(driver, "Log in").await?;
    wait_for(driver, By::Css("nav.user")).await
}

async fn wait_for(driver: &WebDriver, what: By) -> WebDriverResult<()> {
    driver.query(what).first().await.map(drop)
}
