//! A plan: what is sent to make one more schema of a template, and what it is like then.

use std::fmt;

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::busy::or_busy;
use super::error::TemplateError;
use super::ground::{BY_INDEX, LOCK_TIMEOUT, path_to, prelude, set_path};
use super::ids::Ids;
use super::normal::Normal;
use super::rows::{HISTORY, Rows, Tables};
use super::sql;
use super::statement::{Statement, Target};
use super::watch::Watch;
use super::write::{Part, add_constraint, is_global};
use crate::catalog::{Block, Catalog, Counting, Key, Kinds, ObjectId, ObjectKind, Oid, class};
use crate::name::SchemaName;
use crate::quoted::Identifier;

const KEYS: &str = "multischema_keys";
/// Undoes the keys, and gives back the locks that they have.
pub(super) const BACK_TO_KEYS: &str =
    "ROLLBACK TO SAVEPOINT multischema_keys; RELEASE SAVEPOINT multischema_keys";

/// How a schema is made that is equal to the template.
///
/// It was made by [`Template::plan`](crate::Template::plan) from the template as it was then. A change of the template
/// since is found out before it is used.
pub struct Plan {
    pub(super) template: SchemaName,
    pub(super) ids: Ids,
    /// As `server_version_num` gives it.
    pub(super) version: u32,
    pub(super) watch: Watch,
    /// What was seen of the template when it was read.
    pub(super) fingerprint: String,
    /// What was seen of its rows then: see [`Tables::watch`].
    pub(super) rows: String,
    /// The tables that had rows then.
    pub(super) filled: Vec<Oid>,
    /// Who owns the template.
    pub(super) owner: String,
    /// The role that it was made for.
    pub(super) role: String,
    /// Who owns new objects when they are made.
    pub(super) maker: String,
    /// All up to the rows.
    pub(super) early: Vec<Statement>,
    pub(super) tables: Tables,
    /// All after the rows, triggers among it.
    pub(super) late: Vec<Statement>,
    /// Foreign keys that go in circles, and rules.
    pub(super) late_keys: Vec<Statement>,
    /// Fills materialized views.
    pub(super) refresh: Vec<Statement>,
    /// Comments, owners and rights.
    pub(super) last: Vec<Statement>,
    /// Those of them that are rights, with the objects of the template that they are to.
    pub(super) rights: Vec<(Part, Statement)>,
    pub(super) keys: Vec<GlobalKey>,
    pub(super) normal: Normal,
    /// What has to be read to compare a copy.
    pub(super) kinds: Kinds,
    /// The objects of the template, on which nothing of a copy may depend.
    pub(super) objects: Vec<ObjectId>,
    /// How many locks a copy takes, as counted.
    pub(super) locks: i64,
}

/// Which rows a new schema gets, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copying<'a> {
    pub(crate) rows: Rows<'a>,
    /// The search path on which triggers fire; none if they do not.
    pub(crate) firing: Option<&'a str>,
}

impl<'a> Copying<'a> {
    pub(crate) fn of(rows: Rows<'a>) -> Self {
        Self { rows, firing: None }
    }
}

/// A foreign key to a table of another schema. Adding it locks that table until the end of the transaction, so it comes
/// last.
#[derive(Debug, Clone)]
pub(super) struct GlobalKey {
    pub(super) table: String,
    /// What is so of it.
    pub(super) fact: Key,
    statement: Statement,
}

impl GlobalKey {
    /// All of a schema, in the same order for everybody: two who make schemata at once do not wait for each other in a
    /// circle.
    pub(super) fn of(catalog: &Catalog) -> Vec<Self> {
        let own = catalog
            .constraints
            .iter()
            .filter(|it| it.parent == 0 && is_global(catalog, it));
        let mut keys: Vec<_> = own
            .filter_map(|it| {
                let table = catalog.relation(it.relation)?;
                let name = format!("{}.{}", table.name, it.name);
                let fact = Key {
                    kind: ObjectKind::Constraint,
                    name,
                };
                let statement = Statement::new(add_constraint(table, it));
                let table = table.name.clone();
                let key = Self {
                    table,
                    fact,
                    statement,
                };
                Some((it.referenced, key))
            })
            .collect();
        keys.sort_by(|(a, key), (b, other)| (a, &key.fact).cmp(&(b, &other.fact)));
        keys.into_iter().map(|(_, key)| key).collect()
    }
}

impl Plan {
    /// Returns the template that it makes schemata of.
    #[must_use]
    pub fn template(&self) -> &SchemaName {
        &self.template
    }

    /// Returns whether ids are unique across the schemata that it makes.
    #[must_use]
    pub fn ids(&self) -> Ids {
        self.ids
    }

    /// Returns about how many entries of the server's table of locks one schema takes while it is made.
    #[must_use]
    pub fn locks(&self) -> i64 {
        self.locks
    }

    /// Returns what tells the template, as it was when the plan was made, from any other state of it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Returns the SQL by which a schema is made, but for rows of the template: for people to read, and to measure.
    ///
    /// `number` is that of the schema in the registry, which says where its ids begin.
    #[must_use]
    pub fn sql(&self, schema: &SchemaName, number: i32) -> String {
        let block = self.block(number);
        let target = Target {
            schema,
            block,
            role: &self.maker,
        };
        let mut text = self.script(&target, &Copying::of(Rows::OfTemplate(&[])));
        if let Some(keys) = self.keys_script(&target) {
            text.push_str(&keys);
        }
        text
    }

    /// Whether the role `maker` can make schemata by it.
    pub(crate) fn is_for(&self, role: &str) -> bool {
        self.role == role
    }

    /// Whether Diesel's history is among the tables.
    pub(crate) fn has_history(&self) -> bool {
        self.tables.names().any(|name| name == HISTORY)
    }

    /// Whether functions of the template's own run when a schema is made: on rows that are copied, or in a view that is
    /// filled.
    pub(crate) fn runs_others(&self) -> bool {
        !self.refresh.is_empty() || self.tables.any_but_history(&self.filled)
    }

    /// Whether the template is still what it was, on a connection of whatever kind: it asks one question, and leaves nothing.
    pub(crate) fn is_current(&self, pg: &mut PgConnection) -> QueryResult<bool> {
        Ok(self.watch.look(pg)? == self.fingerprint)
    }

    pub(super) fn outdated(&self) -> TemplateError {
        TemplateError::Outdated {
            template: self.template.clone(),
        }
    }

    /// The version of the server, as `server_version_num` gives it.
    pub(crate) fn server(&self) -> u32 {
        self.version
    }

    /// How many locks it takes at most to read a schema: PostgreSQL locks the tables that a query is from which it writes.
    pub(crate) fn locks_to_read(&self) -> i64 {
        use ObjectKind::{Function, MaterializedView, Policy, Rule, View};

        let has_queries = |kind| matches!(kind, View | MaterializedView | Rule | Policy | Function);
        if !self.normal.copy.keys().any(|key| has_queries(key.kind)) {
            return 0;
        }
        let relations = self.objects.iter();
        let relations = relations.filter(|it| it.class == class::RELATION).count();
        i64::try_from(relations).unwrap_or(i64::MAX)
    }

    /// How many locks a copy with these rows takes.
    pub(super) fn locks_with(&self, rows: Rows<'_>) -> i64 {
        match rows {
            Rows::OfTemplate(_) | Rows::None => self.locks,
            Rows::SameIds | Rows::NewIds => {
                let read = self.objects.iter();
                let read = read.filter(|it| it.class == class::RELATION).count();
                self.locks + i64::try_from(2 * read).unwrap_or(i64::MAX)
            }
        }
    }

    /// Has nobody change the tables whose rows are copied, until the transaction ends: that must be asked for before it reads
    /// anything, or it would see the rows as they were before a change.
    pub(crate) fn lock(&self, pg: &mut PgConnection, rows: Rows<'_>) -> QueryResult<()> {
        match self.tables.lock(&self.template, rows) {
            Some(lock) => sql::run(pg, &lock),
            None => Ok(()),
        }
    }

    /// How the sequences of the template are taken to count.
    pub(super) fn counting_of_template(&self) -> Counting {
        match self.ids {
            Ids::Unique => Counting::Template,
            Ids::PerSchema => Counting::AsMade,
        }
    }

    pub(super) fn block(&self, number: i32) -> Option<Block> {
        (self.ids == Ids::Unique).then(|| Block::new(number))
    }

    /// All but the keys to tables of other schemata.
    pub(super) fn script(&self, target: &Target<'_>, copying: &Copying<'_>) -> String {
        let schema = Identifier(target.schema.as_str()).to_string();
        let mut text = format!(
            "CREATE SCHEMA {schema} AUTHORIZATION {};\n",
            Identifier(&self.owner)
        );
        text.push_str(&prelude(&path_to(&schema), LOCK_TIMEOUT));
        text.push_str(&self.acting(target));
        let write = |statements: &[Statement], text: &mut String| {
            statements
                .iter()
                .for_each(|statement| statement.write(target, text));
        };
        write(&self.early, &mut text);
        match copying.firing {
            None => {
                self.tables.copy(&self.template, copying.rows, &mut text);
                write(&self.late, &mut text);
            }
            Some(path) => {
                write(&self.late, &mut text);
                text.push_str(&set_path(path));
                self.tables.copy(&self.template, copying.rows, &mut text);
                text.push_str(&set_path(&path_to(&schema)));
            }
        }
        for statements in [&self.late_keys, &self.refresh, &self.last] {
            write(statements, &mut text);
        }
        text.push_str(&self.acted(target));
        text.push_str(BY_INDEX);
        text
    }

    /// The keys to tables of other schemata, if there are any: all or none.
    pub(super) fn keys_script(&self, target: &Target<'_>) -> Option<String> {
        if self.keys.is_empty() {
            return None;
        }
        let mut keys = String::new();
        self.keys
            .iter()
            .for_each(|key| key.statement.write(target, &mut keys));
        let path = set_path(&path_to(&Identifier(target.schema.as_str()).to_string()));
        let [acting, acted] = [self.acting(target), self.acted(target)];
        Some(format!(
            "SAVEPOINT {KEYS};\n{path}{acting}{}{acted}RELEASE SAVEPOINT {KEYS};\n",
            or_busy(&keys)
        ))
    }

    /// Acts as the owner of what is made, if that is not the role of the connection.
    pub(super) fn acting(&self, target: &Target<'_>) -> String {
        if self.maker == target.role {
            return String::new();
        }
        format!("SET LOCAL ROLE {};\n", Identifier(&self.maker))
    }

    /// Acts as the role of the connection again.
    pub(super) fn acted(&self, target: &Target<'_>) -> String {
        if self.maker == target.role {
            return String::new();
        }
        format!("SET LOCAL ROLE {};\n", Identifier(target.role))
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("template", &self.template)
            .field("ids", &self.ids)
            .field("locks", &self.locks)
            .finish_non_exhaustive()
    }
}
