//! A small template in a file of SQL, and what is to be so of a copy.
//!
//! ```sql
//! -- What the case shows.
//! --! shared
//! CREATE TABLE public.plans (…);       -- made in `public` before
//! --! template
//! CREATE TABLE t (…);                  -- made in the template
//! --! use
//! SELECT count(*) FROM t;              -- done in the copy, when the template is gone
//! --= 0
//! INSERT INTO t VALUES (-1);
//! --x violates check constraint
//! ```
//!
//! `--= …` is what a statement returns, a row a line and `|` between columns; `--x …` is part of the error it fails with.
//! Above `--! shared`, `--! from 18` leaves the case to servers of that version and newer, and `--! icu` to those that were
//! built with ICU; `--! narrow` says that its ids
//! are too narrow to be unique across schemata, and `--! pinned` that the rows it comes to have cannot be copied. `pg_dump` can be no judge of all: `--! unlike` says that the template's name
//! is in a string, or that what it writes restores as something else; `--! unsettled` that restoring would change it.

use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct Case {
    pub(super) name: String,
    pub(super) from: u32,
    pub(super) is_narrow: bool,
    /// Whether its rows, after it was used, refer to objects of the schema by their numbers.
    pub(super) is_pinned: bool,
    pub(super) needs_icu: bool,
    pub(super) judge: Judge,
    pub(super) shared: String,
    pub(super) template: String,
    pub(super) uses: Vec<Use>,
}

/// Whether `pg_dump` can judge.
#[derive(PartialEq)]
pub(super) enum Judge {
    /// By the definitions of the template once they were restored.
    Settled,
    /// By those of the template itself.
    Unsettled,
    None,
}

pub(super) struct Use {
    pub(super) sql: String,
    pub(super) expected: Expected,
}

pub(super) enum Expected {
    Nothing,
    Rows(String),
    Error(String),
}

impl Case {
    /// All cases in a folder.
    pub(super) fn all(group: &str) -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("it/template/cases")
            .join(group);
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let only = std::env::var("MULTISCHEMA_CASE").unwrap_or_default();
        let cases = files.iter().map(|file| Self::read(file));
        cases.filter(|case| case.name.contains(&only)).collect()
    }

    fn read(file: &Path) -> Self {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(file).unwrap();
        let mut case = Self {
            name,
            from: 0,
            is_narrow: false,
            is_pinned: false,
            needs_icu: false,
            judge: Judge::Settled,
            shared: "SELECT;\n".to_owned(),
            template: String::new(),
            uses: Vec::new(),
        };
        let mut section = "";
        let mut statement = String::new();
        for line in text.lines() {
            if let Some(directive) = line.strip_prefix("--! ") {
                match directive.split_once(' ') {
                    Some(("from", version)) => case.from = version.parse().unwrap(),
                    _ if directive == "narrow" => case.is_narrow = true,
                    _ if directive == "pinned" => case.is_pinned = true,
                    _ if directive == "icu" => case.needs_icu = true,
                    _ if directive == "unlike" => case.judge = Judge::None,
                    _ if directive == "unsettled" => case.judge = Judge::Unsettled,
                    _ => section = directive,
                }
                assert!(
                    ["", "shared", "template", "use"].contains(&section),
                    "{}: what is {line}?",
                    case.name
                );
                continue;
            }
            match section {
                "shared" => case.shared.push_str(&format!("{line}\n")),
                "template" => case.template.push_str(&format!("{line}\n")),
                "use" => case.read_use(line, &mut statement),
                _ => assert!(
                    line.starts_with("-- ") || line.is_empty(),
                    "{}: {line}",
                    case.name
                ),
            }
        }
        assert!(
            statement.trim().is_empty(),
            "{}: {statement:?} has no end",
            case.name
        );
        assert!(!case.uses.is_empty(), "{} shows nothing", case.name);
        case
    }

    fn read_use(&mut self, line: &str, statement: &mut String) {
        if let Some(rows) = line.strip_prefix("--= ").or((line == "--=").then_some("")) {
            let last = self.uses.last_mut().unwrap();
            match &mut last.expected {
                Expected::Rows(all) => all.push_str(&format!("\n{rows}")),
                other => *other = Expected::Rows(rows.to_owned()),
            }
        } else if let Some(error) = line.strip_prefix("--x ") {
            self.uses.last_mut().unwrap().expected = Expected::Error(error.to_owned());
        } else {
            statement.push_str(line);
            statement.push('\n');
            if line.ends_with(';') {
                let sql = std::mem::take(statement)
                    .trim()
                    .trim_end_matches(';')
                    .to_owned();
                self.uses.push(Use {
                    sql,
                    expected: Expected::Nothing,
                });
            }
        }
    }
}
