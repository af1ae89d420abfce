//! Passwords, of which only hashes are kept.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::task::JoinError;
use tokio::time::timeout;

/// Characters that a password has at least.
pub(crate) const MIN_LEN: usize = 12;
/// Bytes that it has at most: more is no password.
const MAX_LEN: usize = 1024;

/// A verification takes 19 MiB, so not everybody may have one at once.
const AT_ONCE: usize = 4;
/// How long to wait for that.
const PATIENCE: Duration = Duration::from_secs(10);

/// What nobody's password is compared with, so that this takes as long as with somebody's. Nobody knows what it is the hash of.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGtub3dzIGl0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The rule that a password breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPasswordKind {
    /// It is easily guessed.
    #[error("it has fewer than {MIN_LEN} characters")]
    TooShort,
    /// It is no password.
    #[error("it has more than {MAX_LEN} bytes")]
    TooLong,
    /// It is the first that is guessed.
    #[error("it is the user's name")]
    Name,
}

/// Refuses a password that is guessed too easily.
pub(crate) fn check(name: &str, password: &str) -> Result<(), InvalidPasswordKind> {
    if password.len() > MAX_LEN {
        Err(InvalidPasswordKind::TooLong)
    } else if password.chars().count() < MIN_LEN {
        Err(InvalidPasswordKind::TooShort)
    } else if password.trim().to_lowercase() == name.trim().to_lowercase() {
        Err(InvalidPasswordKind::Name)
    } else {
        Ok(())
    }
}

/// Returns the hash of a password, with a salt of its own.
pub(crate) fn hash(password: &str) -> Result<String, password_hash::Error> {
    let hash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

/// Why a password was not looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unchecked {
    #[error("too many passwords were to be checked at once")]
    Busy,
    #[error("a password could not be hashed")]
    Hash(#[from] password_hash::Error),
    #[error("the thread that was to do it is gone")]
    Gone(#[from] JoinError),
}

/// Hashes passwords and tells right ones from wrong ones, aside and a few at once.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Returns whether the password is that of the hash; if there is none, `false` after the same time.
    pub(crate) async fn are_equal(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Unchecked> {
        let is_somebody = hash.is_some();
        let verified = self.aside(move || {
            let hash = hash.as_deref().unwrap_or(DECOY);
            Argon2::default().verify_password(password.as_bytes(), hash)
        });
        Ok(verified.await?.is_ok() && is_somebody)
    }

    /// Returns the hash of a password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Unchecked> {
        Ok(self.aside(move || hash(&password)).await??)
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unchecked> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        // It is never closed.
        let turn = turn.map_err(|_| Unchecked::Busy)?;
        let task = tokio::task::spawn_blocking(move || {
            // Until it is done, also where nobody waits for it any more.
            let _turn = turn;
            work()
        });
        Ok(task.await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::phc::PasswordHash;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_is_right() {
        let passwords = Passwords::new();
        let stored = passwords.hash("right".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        for (password, hash, expected) in [
            ("right", Some(stored.clone()), true),
            ("wrong", Some(stored), false),
            ("right", Some("no hash".to_owned()), false),
            ("", None, false),
        ] {
            let equal = passwords.are_equal(password.to_owned(), hash).await;
            assert_eq!(equal.unwrap(), expected, "{password}");
        }
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_no_turn_to_others_while_the_work_goes_on() {
        let passwords = Passwords::new();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let work = passwords.aside(move || wait.recv());
        let waited = timeout(Duration::from_millis(200), work).await;
        assert!(waited.is_err(), "it was done at once");
        assert_eq!(passwords.turns.available_permits(), AT_ONCE - 1);
        go_on.send(()).unwrap();
        while passwords.turns.available_permits() < AT_ONCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[test]
    fn nobodys_hash_takes_what_somebodys_takes() {
        let decoy = PasswordHash::new(DECOY).unwrap();
        let stored = hash("somebody's").unwrap();
        let stored = PasswordHash::new(&stored).unwrap();
        assert_eq!(
            (decoy.algorithm, decoy.version, &decoy.params),
            (stored.algorithm, stored.version, &stored.params)
        );
        let len = |it: &PasswordHash| it.hash.as_ref().map(|it| it.as_bytes().len());
        assert_eq!(len(&decoy), len(&stored));
    }

    #[test]
    fn what_is_guessed_first_is_no_password() {
        for (password, expected) in [
            ("", Err(InvalidPasswordKind::TooShort)),
            ("elf zeichen", Err(InvalidPasswordKind::TooShort)),
            ("zwölf zeich.", Ok(())),
            ("Ann@Example.com", Err(InvalidPasswordKind::Name)),
            (&"x".repeat(1025), Err(InvalidPasswordKind::TooLong)),
            (&"x".repeat(1024), Ok(())),
        ] {
            assert_eq!(check("ann@example.com", password), expected, "{password}");
        }
    }
}
