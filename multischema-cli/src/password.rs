//! Passwords that are typed in, piped in, or made.

use std::io::{self, BufRead, IsTerminal};

use crate::args::Password;
use crate::exit::Exit;
use crate::failure::Failure;

/// Bytes that a line with a password may have.
const MAX_LINE: u64 = 4096;

impl Password {
    /// Refuses what is no place for a password.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.misplaced.is_empty() {
            return Ok(());
        }
        let error = "there are too many arguments; a password is none, as others can see the command line of a program";
        Err(Failure::new(Exit::Refused, error).hint(WAYS))
    }

    /// Returns the password.
    pub(crate) fn read(&self) -> Result<String, Failure> {
        if self.generate {
            generated()
        } else if self.from_stdin {
            line(io::stdin().lock())
        } else if io::stdin().is_terminal() {
            typed()
        } else {
            let error = "there is no terminal to type a password at";
            Err(Failure::new(Exit::Refused, error).hint(WAYS))
        }
    }
}

const WAYS: &str = "type it when you are asked for it, or use `--password-stdin` or `--generate`";

/// Asks for it twice, as it is not seen.
fn typed() -> Result<String, Failure> {
    let ask = |words| {
        rpassword::prompt_password(words).map_err(|error| Failure::new(Exit::Failed, error))
    };
    let password = ask("Password: ")?;
    if password == ask("Password again: ")? {
        return Ok(password);
    }
    let error = "the two passwords are not the same; nothing was done";
    Err(Failure::new(Exit::Refused, error))
}

fn line(input: impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    let read = input.take(MAX_LINE).read_line(&mut line);
    // What was read is not repeated.
    read.map_err(|error| {
        let error = format!(
            "no password could be read from standard input: {}",
            error.kind()
        );
        Failure::new(Exit::Failed, error)
    })?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => Err(Failure::new(
            Exit::Refused,
            "there is no password in the first line of standard input",
        )),
        line => Ok(line.to_owned()),
    }
}

/// Letters and digits that nobody takes for others: 5 random bits each.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 100 bits.
const LEN: usize = 20;

fn generated() -> Result<String, Failure> {
    let mut random = [0; LEN];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(Exit::Failed, format!("there is no randomness: {error}")))?;
    let letters = random.map(|it| char::from(LETTERS[usize::from(it % 32)]));
    let groups = letters.chunks(5).map(|it| it.iter().collect::<String>());
    Ok(groups.collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_password_without_its_end() {
        for (input, expected) in [
            (" a b \r\nmore\n", Some(" a b ")),
            ("ä", Some("ä")),
            ("a\n", Some("a")),
            ("\n", None),
            ("", None),
        ] {
            let read = line(input.as_bytes());
            assert_eq!(read.ok().as_deref(), expected, "{input:?}");
        }
        let error = line(&b"secret\xff\n"[..]).unwrap_err();
        assert!(!error.lines().contains("secret"), "{}", error.lines());
    }

    #[test]
    fn no_password_is_made_twice() {
        let (one, other) = (generated().unwrap(), generated().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 23, "{one}");
    }
}
