//! What users, roles and models may be called.

use multischema::InvalidLabelKind;

const MAX_LEN: usize = 200;

/// Refuses a word that breaks a rule; they are those of the label of a schema.
pub(crate) fn check(word: &str) -> Result<(), InvalidLabelKind> {
    let len = word.chars().count();
    if len == 0 {
        Err(InvalidLabelKind::Empty)
    } else if len > MAX_LEN {
        Err(InvalidLabelKind::TooLong { len })
    } else if let Some(found) = word.chars().find(|it| it.is_control()) {
        Err(InvalidLabelKind::Control { found })
    } else if word.trim() != word {
        Err(InvalidLabelKind::Padded)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use InvalidLabelKind as Kind;

    #[test]
    fn names_the_rule_that_a_word_breaks() {
        for (word, expected) in [
            ("", Err(Kind::Empty)),
            (" ", Err(Kind::Padded)),
            ("ann ", Err(Kind::Padded)),
            ("a\nb", Err(Kind::Control { found: '\n' })),
            ("a\0", Err(Kind::Control { found: '\0' })),
            (&"ü".repeat(201), Err(Kind::TooLong { len: 201 })),
            (&"ü".repeat(200), Ok(())),
            ("ann@example.com", Ok(())),
        ] {
            assert_eq!(check(word), expected, "for {word:?}");
        }
    }
}
