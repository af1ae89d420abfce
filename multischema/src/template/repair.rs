//! SQL that makes what a schema lacks.

use std::collections::BTreeSet;
use std::fmt;

use super::ground::{LOCK_TIMEOUT, path_to, prelude};
use super::plan::Plan;
use super::statement::{Statement, Target};
use crate::catalog::{Key, ObjectKind};
use crate::name::SchemaName;
use crate::quoted::Identifier;

/// One object that a schema lacks, or its comment, which can be made as it is in the template.
///
/// Nothing is ever dropped, replaced or filled by one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repair {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name within the schema, as in [`Difference`](crate::Difference).
    pub object: String,
    /// Whether it fails if the rows there are do not suit it, as for a unique index or a constraint. It changes nothing then.
    pub checks_rows: bool,
    pub(super) statements: Vec<Statement>,
    /// What is there after it.
    pub(super) covers: BTreeSet<Key>,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.object)
    }
}

/// Who makes objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Maker {
    role: String,
    maker: String,
}

impl Maker {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            role: plan.role.clone(),
            maker: plan.maker.clone(),
        }
    }

    /// Writes repairs for one schema, which PostgreSQL calls `called`: to be run in a transaction.
    pub(crate) fn script<'a>(
        &self,
        called: &SchemaName,
        repairs: impl IntoIterator<Item = &'a Repair>,
    ) -> Option<String> {
        let target = Target {
            schema: called,
            block: None,
            role: &self.role,
        };
        let mut statements = String::new();
        for repair in repairs {
            let all = repair.statements.iter();
            all.for_each(|statement| statement.write(&target, &mut statements));
        }
        if statements.is_empty() {
            return None;
        }
        let path = path_to(&Identifier(called.as_str()).to_string());
        let act = |role: &str| match self.maker == self.role {
            true => String::new(),
            false => format!("SET LOCAL ROLE {};\n", Identifier(role)),
        };
        Some(format!(
            "{}{}{statements}{}",
            prelude(&path, LOCK_TIMEOUT),
            act(&self.maker),
            act(&self.role)
        ))
    }
}
