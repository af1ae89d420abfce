//! Passwords, of which only hashes are kept.

use argon2::Argon2;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// A verification takes 19 MiB, so not everybody may have one at once.
const AT_ONCE: usize = 4;

/// Returns the hash of a password, with a salt of its own.
pub fn hash(password: &str) -> Result<String, password_hash::Error> {
    let hash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

/// Tells right passwords from wrong ones.
#[derive(Debug)]
pub struct Passwords {
    /// What nobody's password is compared with, so that this takes as long as with somebody's.
    decoy: String,
    turns: Semaphore,
}

impl Passwords {
    pub fn new() -> Result<Self, password_hash::Error> {
        Ok(Self {
            decoy: hash("nobody's")?,
            turns: Semaphore::new(AT_ONCE),
        })
    }

    /// Returns whether the password is that of the hash; if there is none, `false` after the same time.
    pub async fn are_equal(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, JoinError> {
        // It is never closed.
        let _turn = self.turns.acquire().await;
        let is_somebody = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let verified = tokio::task::spawn_blocking(move || {
            Argon2::default().verify_password(password.as_bytes(), &*hash)
        });
        Ok(verified.await?.is_ok() && is_somebody)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_is_right() {
        let passwords = Passwords::new().unwrap();
        let stored = hash("right").unwrap();
        for (password, hash, expected) in [
            ("right", Some(stored.clone()), true),
            ("wrong", Some(stored), false),
            ("right", Some("no hash".to_owned()), false),
            ("nobody's", None, false),
        ] {
            let equal = passwords.are_equal(password.to_owned(), hash).await;
            assert_eq!(equal.unwrap(), expected, "{password}");
        }
    }
}
