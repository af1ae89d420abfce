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

impl InvalidLabelKind {
    /// Checks a label: it has 1 to 200 characters, none of them a control character, and no white space around it.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    ///
    /// ```
    /// use multischema::InvalidLabelKind;
    ///
    /// assert_eq!(InvalidLabelKind::check("Elm Street School"), Ok(()));
    /// assert_eq!(InvalidLabelKind::check(" Elm"), Err(InvalidLabelKind::Padded));
    /// ```
    pub fn check(label: &str) -> Result<(), Self> {
        let len = label.chars().count();
        if len == 0 {
            return Err(Self::Empty);
        }
        if len > MAX_LEN {
            return Err(Self::TooLong { len });
        }
        if let Some(found) = label.chars().find(|char| char.is_control()) {
            return Err(Self::Control { found });
        }
        if label.trim() != label {
            return Err(Self::Padded);
        }
        Ok(())
    }
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
            assert_eq!(Kind::check(label), expected, "for {label:?}");
        }
    }
}
