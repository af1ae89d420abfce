//! Where the site is mounted.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;

/// The path at which the site is mounted, without a slash at its end: what all links begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base(Arc<str>);

impl Base {
    /// That of a request, which has the path below it.
    pub(crate) fn of(request: &Parts) -> Self {
        if let Some(found) = request.extensions.get::<Self>() {
            return found.clone();
        }
        let here = request.uri.path();
        let whole = match request.extensions.get() {
            Some(OriginalUri(it)) => it.path(),
            None => here,
        };
        // At `/admin` and at `/admin/`, what is below is `/`.
        let base = whole.strip_suffix(here);
        let base = base.unwrap_or(if here == "/" { whole } else { "" });
        Self(base.trim_end_matches('/').into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the site begins. Not with a slash at its end: below `nest`, axum has nothing there.
    pub(crate) fn start(&self) -> &str {
        match self.as_str() {
            "" => "/",
            base => base,
        }
    }

    /// The path if it is one of this site's that is no way in or out, and else where the site begins.
    pub(crate) fn local(&self, path: &str) -> String {
        let local = multischema_axum::local_path(path);
        let end = |it: char| matches!(it, '/' | '?' | '#');
        let below = local.strip_prefix(self.as_str());
        let below = below.filter(|it| it.is_empty() || it.starts_with(end));
        let page = below.and_then(|it| it.strip_prefix('/')?.split(end).next());
        match (below, page) {
            (None | Some("/"), _) | (_, Some("login" | "logout")) => self.start().to_owned(),
            _ => local,
        }
    }

    /// The page for logging in, which leads on to `next`.
    pub(crate) fn login(&self, next: Option<&str>) -> String {
        let login = format!("{}/login", self.0);
        match next.map(|it| self.local(it)) {
            Some(next) if next != self.start() => {
                let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
                format!("{login}?next={next}")
            }
            _ => login,
        }
    }
}

/// Puts the [`Base`] of a request among its extensions, so that it is known further below.
pub(crate) async fn keep(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // An outer site's, if there is one.
    parts.extensions.remove::<Base>();
    let base = Base::of(&parts);
    parts.extensions.insert(base);
    next.run(Request::from_parts(parts, body)).await
}

impl<S: Sync> FromRequestParts<S> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn base(whole: &str, here: &str) -> String {
        let mut request = Request::builder().uri(here).body(()).unwrap();
        let whole = OriginalUri(whole.parse().unwrap());
        request.extensions_mut().insert(whole);
        Base::of(&request.into_parts().0).as_str().to_owned()
    }

    #[test]
    fn the_base_is_what_is_left_of_the_path() {
        for (whole, here, expected) in [
            ("/", "/", ""),
            ("/pupils/", "/pupils/", ""),
            ("/admin", "/", "/admin"),
            ("/admin/", "/", "/admin"),
            ("/admin/pupils/1?q=/admin", "/pupils/1?q=/admin", "/admin"),
            ("/a%20b/admin/x", "/x", "/a%20b/admin"),
            ("https://h/admin/x", "/x", "/admin"),
            ("/rewritten", "/x", ""),
        ] {
            assert_eq!(base(whole, here), expected, "{whole}");
        }
    }

    #[test]
    fn nobody_is_sent_off_the_site() {
        let base = Base("/admin".into());
        for path in [
            "/admin",
            "/admin?a=b",
            "/admin/pupils?q=a%20b",
            "/admin/loginx",
        ] {
            assert_eq!(base.local(path), path);
        }
        for path in [
            "",
            "/",
            "/admin/",
            "/administer",
            "/other",
            "//evil.example/admin/",
            "/\\evil.example",
            "/admin/../other",
            "/admin/login",
            "/admin/login?next=/admin/x",
            "/admin/logout",
            "https://evil.example/admin/",
            "/admin?__schema=b",
            "/admin/__change_schema__/b",
        ] {
            assert_eq!(base.local(path), "/admin", "{path}");
        }
        assert_eq!(base.local("/admin/x?__schema=b&q=1"), "/admin/x?q=1");
        assert_eq!(Base("".into()).local("//evil.example"), "/evil.example");
        assert_eq!(Base("".into()).local("/pupils"), "/pupils");
    }

    #[test]
    fn the_way_back_is_asked_for() {
        let base = Base("/admin".into());
        assert_eq!(base.login(None), "/admin/login");
        assert_eq!(base.login(Some("/admin")), "/admin/login");
        let login = base.login(Some("/admin/a?b=c&d"));
        assert_eq!(login, "/admin/login?next=%2Fadmin%2Fa%3Fb%3Dc%26d");
    }
}
