//! Signatures of what a form is about.

use std::fmt::{self, Write};

use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use subtle::ConstantTimeEq;

/// The secret of a session: what no browser and no other session has.
pub(crate) type Secret = [u8; 32];

/// Signs what a form is about, for one session.
///
/// A page of another site does not have the signature, so it can have no form that is accepted, even from a browser that does not say where a
/// request comes from; nor does a form of one session work in another, or for another object or schema than it was made for.
#[derive(Clone)]
pub(crate) struct Tokens {
    secret: Secret,
}

impl Tokens {
    pub(crate) fn new(secret: Secret) -> Self {
        Self { secret }
    }

    /// Returns the signature of `about`, as 64 hexadecimal digits.
    pub(crate) fn sign(&self, about: &str) -> String {
        let mac = Blake2sMac256::new(&self.secret.into());
        hex(&mac.chain_update(about.as_bytes()).finalize().into_bytes())
    }

    /// Returns whether the token is the signature of `about`.
    pub(crate) fn is_signed(&self, about: &str, token: &str) -> bool {
        let right = self.sign(about);
        right.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The secret that [`hex`] wrote.
pub(crate) fn secret(text: &str) -> Option<Secret> {
    let mut secret = Secret::default();
    if text.len() != 2 * secret.len() || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in secret.iter_mut().zip(0..) {
        *byte = u8::from_str_radix(&text[2 * digits..2 * digits + 2], 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_that_of_one_session_and_one_thing() {
        let tokens = Tokens::new([7; 32]);
        let token = tokens.sign("school_a pupils 1");
        assert!(tokens.is_signed("school_a pupils 1", &token));
        for (of, about, token) in [
            (7, "school_b pupils 1", &*token),
            (8, "school_a pupils 1", &*token),
            (7, "school_a pupils 1", ""),
            (7, "school_a pupils 1", &token[..63]),
            (7, "school_a pupils 1", &token.to_uppercase()),
        ] {
            assert!(
                !Tokens::new([of; 32]).is_signed(about, token),
                "{of} {about} {token}"
            );
        }
        assert!(!format!("{tokens:?}").contains('7'));
    }

    #[test]
    fn a_secret_is_what_was_written() {
        let bytes: Secret = std::array::from_fn(|it| u8::try_from(it * 8).unwrap());
        assert_eq!(secret(&hex(&bytes)), Some(bytes));
        for text in [
            "",
            "00",
            &"zz".repeat(32),
            &"é".repeat(32),
            &"+1".repeat(31),
        ] {
            assert_eq!(secret(text), None, "{text}");
        }
    }
}
