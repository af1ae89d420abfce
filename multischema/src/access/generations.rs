//! What was heard of changes. What was read before is of an earlier generation, and is not believed.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what was heard, of schemata and of members.
#[derive(Default)]
pub(super) struct Generations {
    schemata: AtomicU64,
    members: AtomicU64,
}

/// What a notification says that was changed. It is a hint: nothing is taken from it but what has to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint<'a> {
    /// One of those who listen is looking whether it hears itself.
    Nothing,
    /// Members.
    Members,
    /// One schema, or several.
    Schemata(Option<&'a str>),
    /// Whatever else somebody sends.
    Anything,
}

impl<'a> Hint<'a> {
    /// Begins what a listener sends to itself.
    pub(super) const PROOF: &'static str = "proof:";

    pub(super) fn of(payload: &'a str) -> Self {
        match payload {
            "members:" => Self::Members,
            "schemata:" | "*" => Self::Schemata(None),
            _ if payload.starts_with(Self::PROOF) => Self::Nothing,
            _ if payload.contains(':') || payload.is_empty() => Self::Anything,
            name => Self::Schemata(Some(name)),
        }
    }
}

impl Generations {
    pub(super) fn hear(&self, hint: Hint<'_>) {
        match hint {
            Hint::Nothing => {}
            Hint::Members => add(&self.members),
            Hint::Schemata(_) => add(&self.schemata),
            Hint::Anything => {
                add(&self.members);
                add(&self.schemata);
            }
        }
    }

    pub(super) fn schemata(&self) -> u64 {
        self.schemata.load(Ordering::Acquire)
    }

    pub(super) fn members(&self) -> u64 {
        self.members.load(Ordering::Acquire)
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_may_be_anything() {
        let cases = [
            ("members:", Hint::Members),
            ("schemata:", Hint::Schemata(None)),
            ("*", Hint::Schemata(None)),
            ("school_a", Hint::Schemata(Some("school_a"))),
            ("proof:1", Hint::Nothing),
            ("", Hint::Anything),
            ("members:ann", Hint::Anything),
        ];
        for (payload, expected) in cases {
            assert_eq!(Hint::of(payload), expected, "for {payload:?}");
        }
    }
}
