//! The frame around what a page is about.

use maud::{DOCTYPE, Markup, Render, html};

/// A page without a header: nobody is logged in, or it is not known who is. `base` is the path at which the site is mounted, without a
/// slash at its end.
pub(crate) fn bare(base: &str, title: &str, content: &Markup) -> Markup {
    document(base, title, &html! {}, &html! {}, content)
}

/// A whole page.
pub(crate) fn document(
    base: &str,
    title: &str,
    header: &Markup,
    messages: &Markup,
    content: &Markup,
) -> Markup {
    html! {
        (Room::around(content))
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="none";
                title { (title) }
                link rel="stylesheet" href={ (base) "/static/style.css" };
                script src={ (base) "/static/script.js" } defer {}
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                (header)
                main #content tabindex="-1" { (messages) (content) }
            }
        }
    }
}

/// Room for what a page is made of, in bytes: what is long is not moved as the page grows.
pub(crate) struct Room(pub(crate) usize);

impl Room {
    /// For what is in this, and some more around it.
    pub(crate) fn around(markup: &Markup) -> Self {
        Self(markup.0.len() + 8 * 1024)
    }
}

impl Render for Room {
    fn render_to(&self, page: &mut String) {
        page.reserve(self.0);
    }
}
