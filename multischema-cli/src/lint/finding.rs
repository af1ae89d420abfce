//! What the lint has to say.

use std::fmt;

use serde::Serialize;

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// The migration fails, or does something else than it should.
    Error,
    /// It may be wrong.
    Warning,
    /// It is right, and worth to know.
    Info,
    /// The statement was not understood. It may be right or wrong.
    NotChecked,
}

impl Severity {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::NotChecked => "not checked",
        }
    }
}

/// What is wrong in one statement, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) rule: &'static str,
    /// The line in which the statement begins, from 1.
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            rule,
            line,
            message,
        } = self;
        write!(f, "line {line}: {}: {message} [{rule}]", severity.as_str())
    }
}

/// The findings of a file, gathered.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: Vec<Finding>,
    line: usize,
}

impl Findings {
    /// For a file with which the lint itself failed.
    pub(super) fn none_checked() -> Self {
        let mut findings = Self {
            line: 1,
            ..Self::default()
        };
        findings.unknown(
            "not-checked",
            "the lint failed here; look at the file yourself",
        );
        findings
    }

    /// Says in which line the next ones are.
    pub(super) fn at(&mut self, line: usize) {
        self.line = line;
    }

    pub(super) fn error(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Error, rule, message.into());
    }

    pub(super) fn warning(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Warning, rule, message.into());
    }

    pub(super) fn info(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::Info, rule, message.into());
    }

    /// Says that a statement was not read, so that its silence is not taken for praise.
    pub(super) fn not_checked(&mut self, statement: &str, reason: &str) {
        let first = first_words(statement);
        let message = format!("`{first}` is not understood ({reason}); look at it yourself");
        self.push(Severity::NotChecked, "not-checked", message);
    }

    /// Says that one part of a statement cannot be told from its text.
    pub(super) fn unknown(&mut self, rule: &'static str, message: impl Into<String>) {
        self.push(Severity::NotChecked, rule, message.into());
    }

    fn push(&mut self, severity: Severity, rule: &'static str, message: String) {
        let finding = Finding {
            severity,
            rule,
            line: self.line,
            message,
        };
        // A name that a statement has twice is one mistake.
        if !self.all.contains(&finding) {
            self.all.push(finding);
        }
    }

    pub(super) fn in_order(mut self) -> Vec<Finding> {
        self.all.sort_by_key(|it| it.line);
        self.all
    }
}

fn first_words(statement: &str) -> String {
    const WORDS: usize = 5;
    const CHARS: usize = 60;
    let words: Vec<&str> = statement.split_whitespace().take(WORDS + 1).collect();
    let shown = words[..words.len().min(WORDS)].join(" ");
    let short: String = shown.chars().take(CHARS).collect();
    if words.len() > WORDS || short.len() < shown.len() {
        short + " …"
    } else {
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_are_on_one_line() {
        assert_eq!(first_words("DO\n\t$$ x $$"), "DO $$ x $$");
        assert_eq!(first_words("a b c d e f"), "a b c d e …");
        assert_eq!(first_words(&"é".repeat(70)), "é".repeat(60) + " …");
    }

    #[test]
    fn one_mistake_is_said_once() {
        let mut findings = Findings::default();
        findings.at(2);
        findings.error("a", "b");
        findings.error("a", "b");
        findings.at(1);
        findings.error("a", "b");
        let lines: Vec<_> = findings.in_order().iter().map(|it| it.line).collect();
        assert_eq!(lines, [1, 2]);
    }
}
