//! Who asks, and what may be said of them by that alone.

use crate::lifecycle::SchemaStatus;

/// A user, as the application knows them.
///
/// The id is text and is compared byte by byte, so `Ann` and `ann` are two. Whether the user is a superuser is for the
/// application to say: the library keeps no users.
///
/// # Examples
///
/// ```
/// use multischema::User;
///
/// let ann = User::new("ann@example.com");
/// let root = User::new(1.to_string()).superuser(true);
/// assert!(!ann.is_superuser() && root.is_superuser());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User {
    id: String,
    is_superuser: bool,
}

impl User {
    /// A user who is no superuser.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            is_superuser: false,
        }
    }

    /// Sets whether the user is a superuser.
    ///
    /// Defaults to `false`.
    #[must_use]
    pub fn superuser(mut self, is_superuser: bool) -> Self {
        self.is_superuser = is_superuser;
        self
    }

    /// Returns the id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns whether the user is a superuser.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.is_superuser
    }

    /// The statuses that a schema may have for the user to use it: that is the whole rule, but for membership, which a
    /// superuser needs none of.
    pub(crate) fn usable(&self) -> &'static [SchemaStatus] {
        if self.is_superuser {
            &[SchemaStatus::Active, SchemaStatus::Suspended]
        } else {
            &[SchemaStatus::Active]
        }
    }
}

/// The rule that the id of a user breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUserKind {
    /// An empty id is often that of somebody who is not known.
    #[error("it is empty")]
    Empty,
    /// It would not fit into an index.
    #[error("it has {len} bytes, and at most {MAX_LEN} are allowed")]
    TooLong {
        /// The length in bytes.
        len: usize,
    },
    /// PostgreSQL's text cannot hold it.
    #[error("it has a zero byte")]
    Nul,
}

/// What the library's migration says as well.
const MAX_LEN: usize = 1000;

/// Refuses an id that nobody can have.
pub(crate) fn check(id: &str) -> Result<(), InvalidUserKind> {
    match id.len() {
        0 => Err(InvalidUserKind::Empty),
        len if len > MAX_LEN => Err(InvalidUserKind::TooLong { len }),
        _ if id.contains('\0') => Err(InvalidUserKind::Nul),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_rule_that_an_id_breaks() {
        let cases = [
            ("", Err(InvalidUserKind::Empty)),
            ("a\0b", Err(InvalidUserKind::Nul)),
            (
                &"ü".repeat(501),
                Err(InvalidUserKind::TooLong { len: 1002 }),
            ),
            (&"ü".repeat(500), Ok(())),
            (" O'Neill \"😀\" \n", Ok(())),
        ];
        for (id, expected) in cases {
            assert_eq!(check(id), expected, "for {id:?}");
        }
    }
}
