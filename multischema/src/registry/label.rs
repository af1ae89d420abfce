//! What people may call a schema.

/// The rule that an invalid label breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLabelKind {
    /// There is no label.
    #[error("it is empty")]
    Empty,
    /// It would not fit on anybody's screen.
    #[error("it has {len} characters, and at most {MAX_LEN} are allowed")]
    TooLong {
        /// The length in characters.
        len: usize,
    },
    /// Two labels could look the same.
    #[error("it begins or ends with white space")]
    Padded,
    /// A character that cannot be seen.
    #[error("it has the control character {found:?}")]
    Control {
        /// The first such character.
        found: char,
    },
}

const MAX_LEN: usize = 200;

pub(super) fn check(label: &str) -> Result<(), InvalidLabelKind> {
    let len = label.chars().count();
    if len == 0 {
        return Err(InvalidLabelKind::Empty);
    }
    if len > MAX_LEN {
        return Err(InvalidLabelKind::TooLong { len });
    }
    if let Some(found) = label.chars().find(|char| char.is_control()) {
        return Err(InvalidLabelKind::Control { found });
    }
    if label.trim() != label {
        return Err(InvalidLabelKind::Padded);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use InvalidLabelKind as Kind;

    #[test]
    fn names_the_rule_that_a_label_breaks() {
        let cases = [
            ("", Err(Kind::Empty)),
            (" ", Err(Kind::Padded)),
            ("Elm ", Err(Kind::Padded)),
            ("\u{a0}Elm", Err(Kind::Padded)),
            ("Elm\nStreet", Err(Kind::Control { found: '\n' })),
            ("a\0", Err(Kind::Control { found: '\0' })),
            (&"ü".repeat(201), Err(Kind::TooLong { len: 201 })),
            (&"ü".repeat(200), Ok(())),
            ("Elm Street School 😀", Ok(())),
        ];
        for (label, expected) in cases {
            assert_eq!(check(label), expected, "for {label:?}");
        }
    }
}
