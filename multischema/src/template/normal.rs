//! The normal form of a template, and how a schema differs from it.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::{Facts, Key, ObjectKind};

/// What every schema of a template is like.
#[derive(Debug, Clone)]
pub(super) struct Normal {
    /// As the template has it.
    pub(super) template: BTreeMap<Key, Facts>,
    /// As a copy has it: PostgreSQL writes some expressions in other words once it has read them from its own.
    pub(super) copy: BTreeMap<Key, Facts>,
}

/// One object in which a schema differs from its template.
///
/// # Examples
///
/// ```no_run
/// use multischema::{ObjectKind, Template};
///
/// # fn example(pg: &mut diesel::PgConnection, school: &multischema::SchemaName) -> Result<(), multischema::TemplateError> {
/// for difference in Template::new().verify(pg, school)? {
///     if difference.kind == ObjectKind::Index && difference.schema.is_none() {
///         println!("{school} lacks the index {}", difference.object);
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name within the schema: that of a column is `documents.title`, that of the schema itself is empty.
    pub object: String,
    /// What is so of it in the template, line by line, and not in the schema; none if the template has no such object.
    pub template: Option<String>,
    /// What is so of it in the schema, and not in the template; none if the schema has no such object.
    pub schema: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            object,
            template,
            schema,
        } = self;
        match (template, schema) {
            (Some(_), None) => write!(f, "{kind} `{object}` is missing"),
            (None, Some(_)) => write!(f, "{kind} `{object}` is not in the template"),
            (template, schema) => write!(
                f,
                "{kind} `{object}` differs (template: {}; schema: {})",
                one_line(template.as_deref()),
                one_line(schema.as_deref())
            ),
        }
    }
}

fn one_line(facts: Option<&str>) -> String {
    match facts.unwrap_or_default().trim() {
        "" => "nothing of the kind".to_owned(),
        facts => facts.replace('\n', ", "),
    }
}

impl Normal {
    /// The objects in which a schema differs, of those that `is_counted`.
    pub(super) fn differing(
        &self,
        found: &BTreeMap<Key, Facts>,
        is_counted: impl Fn(&Key) -> bool,
    ) -> Vec<Key> {
        let mut differing = Vec::new();
        // Both are in order.
        let mut expected = self.copy.iter().peekable();
        for (key, facts) in found {
            while let Some((missing, _)) = expected.next_if(|(other, _)| *other < key) {
                differing.push(missing);
            }
            match expected.next_if(|(other, _)| *other == key) {
                Some((_, copy)) if self.allows(key, copy, facts) => {}
                _ => differing.push(key),
            }
        }
        differing.extend(expected.map(|(missing, _)| missing));
        differing.retain(|key| is_counted(key));
        differing.into_iter().cloned().collect()
    }

    fn allows(&self, key: &Key, copy: &Facts, found: &Facts) -> bool {
        let as_in_template = || {
            let template = self.template.get(key);
            template.is_some_and(|facts| facts.expressions == found.expressions)
        };
        copy.fixed == found.fixed && (copy.expressions == found.expressions || as_in_template())
    }
}

/// Turns differing objects into differences, from what people can read of both.
pub(super) fn differences(
    keys: Vec<Key>,
    template: &BTreeMap<Key, Facts>,
    schema: &BTreeMap<Key, Facts>,
) -> Vec<Difference> {
    let differences = keys.into_iter().map(|key| {
        let [theirs, own] = [template.get(&key), schema.get(&key)].map(|facts| facts.map(lines));
        let but = |lines: &Option<Vec<String>>, others: &Option<Vec<String>>| {
            let others = others.as_deref().unwrap_or_default();
            let lines = lines.as_ref()?.iter().filter(|line| !others.contains(line));
            Some(lines.map(String::as_str).collect::<Vec<_>>().join("\n"))
        };
        Difference {
            template: but(&theirs, &own),
            schema: but(&own, &theirs),
            kind: key.kind,
            object: key.name,
        }
    });
    differences.collect()
}

fn lines(facts: &Facts) -> Vec<String> {
    facts
        .fixed
        .lines()
        .chain(facts.expressions.lines())
        .map(str::to_owned)
        .collect()
}
