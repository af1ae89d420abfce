//! Who sends a request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use axum_core::response::Response;
use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use multischema::User;

/// What a trait's method returns that waits for something.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Says who sends a request: the application's own users, whom it has authenticated.
///
/// The layer asks on every request. A closure is one that needs not wait: see [`identity`].
///
/// # Examples
///
/// Users whose ids an outer layer has put into the request's extensions:
///
/// ```
/// use axum_core::response::Response;
/// use http::request::Parts;
/// use multischema::User;
/// use multischema_axum::{BoxFuture, Identity};
///
/// #[derive(Clone)]
/// struct Account { id: i64, is_admin: bool }
///
/// struct Accounts;
///
/// impl Identity for Accounts {
///     fn identify<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<User>, Response>> {
///         Box::pin(async move {
///             let account = request.extensions.get::<Account>();
///             Ok(account.map(|it| User::new(it.id.to_string()).superuser(it.is_admin)))
///         })
///     }
/// }
/// ```
pub trait Identity: Send + Sync + 'static {
    /// Returns the user, or `None` if nobody is logged in.
    ///
    /// # Errors
    ///
    /// The response for a request that cannot go on, for example as its token is a forged one.
    fn identify<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<User>, Response>>;

    /// Returns the headers that say who it is, so that caches keep answers apart by them. Those count as well that an outer layer
    /// looks at. By default none: without them, name in [`Vary`](http::header::VARY) yourself what your answers differ by.
    fn vary(&self) -> Vec<HeaderName> {
        Vec::new()
    }
}

/// An [`Identity`] that a closure finds in the request.
///
/// Whatever it looks at was most likely made of `Cookie` or `Authorization`, so answers have `Vary` with both. One that goes by other
/// headers implements [`Identity::vary`]. A name too many costs a cache some hits; one that is missing gives what nobody was answered to
/// a user.
///
/// # Examples
///
/// With `axum-login`, whose layer is outside of ours:
///
/// ```
/// # mod axum_login { #[derive(Clone)] pub struct AuthSession<B> { pub user: Option<u64>, b: B } }
/// # #[derive(Clone)] struct Backend;
/// # type AuthSession = axum_login::AuthSession<Backend>;
/// use multischema::User;
///
/// let users = multischema_axum::identity(|request| {
///     let session = request.extensions.get::<AuthSession>()?;
///     let user = session.user.as_ref()?;
///     Some(User::new(user.to_string()))
/// });
/// ```
pub fn identity<F>(find: F) -> impl Identity
where
    F: Fn(&Parts) -> Option<User> + Send + Sync + 'static,
{
    Found(find)
}

struct Found<F>(F);

impl<F> fmt::Debug for Found<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

impl<F> Identity for Found<F>
where
    F: Fn(&Parts) -> Option<User> + Send + Sync + 'static,
{
    fn identify<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<User>, Response>> {
        Box::pin(std::future::ready(Ok((self.0)(request))))
    }

    fn vary(&self) -> Vec<HeaderName> {
        vec![COOKIE, AUTHORIZATION]
    }
}
