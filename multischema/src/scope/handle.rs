//! How a scope holds on to its session.

use std::ops::DerefMut;

use diesel::pg::PgConnection;

use super::session::Session;

/// What a scoped connection holds: a [`Session`], owned or borrowed.
///
/// Write it as a bound where a function takes any tenant connection:
/// `fn work(conn: &mut TenantConnection<impl SessionHandle>)`. No type outside of this library implements it.
pub trait SessionHandle: Send + sealed::Sealed {
    /// What the session holds its PostgreSQL connection by.
    type Pg: DerefMut<Target = PgConnection> + Send;

    /// Returns the session.
    #[doc(hidden)]
    fn session(&mut self) -> &mut Session<Self::Pg>;
}

impl<P: DerefMut<Target = PgConnection> + Send> SessionHandle for Session<P> {
    type Pg = P;

    fn session(&mut self) -> &mut Self {
        self
    }
}

impl<P: DerefMut<Target = PgConnection> + Send> SessionHandle for &mut Session<P> {
    type Pg = P;

    fn session(&mut self) -> &mut Session<P> {
        self
    }
}

pub(crate) mod sealed {
    use super::{DerefMut, PgConnection, Session};

    pub trait Sealed {}
    impl<P: DerefMut<Target = PgConnection>> Sealed for Session<P> {}
    impl<P: DerefMut<Target = PgConnection>> Sealed for &mut Session<P> {}
}
