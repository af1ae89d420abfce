//! What somebody does in a browser, on whichever page is there.

use std::time::{Duration, Instant};

use thirtyfour::components::SelectElement;
use thirtyfour::prelude::*;

/// Waits for a page.
pub(crate) async fn title(driver: &WebDriver, expected: &str) -> WebDriverResult<()> {
    let start = Instant::now();
    loop {
        let title = driver.title().await?;
        if title == expected {
            return Ok(());
        }
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "expected {expected:?}, found {title:?} at {}",
            driver.current_url().await?
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn fill(driver: &WebDriver, id: &str, text: &str) -> WebDriverResult<()> {
    let field = driver.query(By::Id(id)).first().await?;
    field.clear().await?;
    field.send_keys(text).await
}

pub(crate) async fn select(driver: &WebDriver, id: &str, text: &str) -> WebDriverResult<()> {
    let field = driver.query(By::Id(id)).first().await?;
    SelectElement::new(&field)
        .await?
        .select_by_visible_text(text)
        .await
}

pub(crate) async fn press(driver: &WebDriver, words: &str) -> WebDriverResult<()> {
    let button = By::XPath(format!("//button[normalize-space()='{words}']"));
    driver.query(button).first().await?.click().await
}

pub(crate) async fn go(driver: &WebDriver, words: &str) -> WebDriverResult<()> {
    let link = By::LinkText(words);
    driver.query(link).first().await?.click().await
}
