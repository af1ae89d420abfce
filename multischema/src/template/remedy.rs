//! What can be done about what a schema lacks, by the template's own statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;

use super::compile::dependencies_of;
use super::error::TemplateError;
use super::form::Deviation;
use super::ground::{LOCK_TIMEOUT, path_to, prelude};
use super::normal::{Difference, differences};
use super::plan::Plan;
use super::repair::{Maker, Repair};
use super::sql;
use super::statement::Statement;
use super::step::{Step, steps};
use super::write;
use crate::catalog::{Catalog, Counting, Detail, Facts, Key, Names, ObjectKind};
use crate::name::SchemaName;
use crate::quoted::Identifier;
use crate::transaction::{depth, roll_back_to};

/// The template, as people read it, and how each of its objects is made.
pub(crate) struct Remedies {
    words: BTreeMap<Key, Facts>,
    /// In an order in which each finds what it needs.
    steps: Vec<Step>,
    /// Comments, owners and rights, by what they are about.
    comments: Vec<(Key, Statement)>,
    others: Vec<(Key, Statement)>,
    /// The columns of each table, in their order.
    columns: BTreeMap<String, Vec<String>>,
    maker: Maker,
}

impl Plan {
    /// Reads the template once more, for people, and for what can be repaired.
    pub(crate) fn remedies(&self, pg: &mut PgConnection) -> Result<Remedies, TemplateError> {
        let floor = depth(pg);
        AnsiTransactionManager::begin_transaction(pg).map_err(self.failed())?;
        let read = self.read_for_remedies(pg);
        roll_back_to(pg, floor);
        read
    }

    fn read_for_remedies(&self, pg: &mut PgConnection) -> Result<Remedies, TemplateError> {
        let path = path_to(&Identifier(self.template.as_str()).to_string());
        sql::run(pg, &prelude(&path, LOCK_TIMEOUT)).map_err(self.failed())?;
        let name = self.template.as_str();
        let read = Catalog::read(pg, name, Detail::Definitions, self.version);
        let catalog = read.map_err(self.failed())?;
        let counting = self.counting_of_template();
        let is_same = |it: &Catalog| it.facts(counting, None) == self.normal.template;
        let Some(catalog) = catalog.filter(is_same) else {
            return Err(self.outdated());
        };
        let names = catalog.names(pg).map_err(self.failed())?;
        let dependencies = dependencies_of(&catalog, pg).map_err(self.failed())?;
        let keys = catalog.keys();
        let key = |part: &write::Part| keys.get(part).cloned();
        let comments = write::comments(&catalog).into_iter();
        let owners = write::owners(&catalog, &self.maker).into_iter();
        let owners = owners.filter_map(|(id, owner)| Some((key(&(id, 0))?, Statement::new(owner))));
        let rights = self.rights.iter();
        let rights = rights.filter_map(|(part, right)| Some((key(part)?, right.clone())));
        Ok(Remedies {
            words: catalog.facts(counting, Some(&names)),
            steps: steps(&catalog, &names, &dependencies, &keys, self.ids),
            comments: comments
                .filter_map(|(part, it)| Some((key(&part)?, it)))
                .collect(),
            others: owners.chain(rights).collect(),
            columns: columns(&catalog),
            maker: Maker::of(self),
        })
    }

    /// Names what a schema has that is called `called` in PostgreSQL: for people.
    pub(crate) fn names_in(
        &self,
        pg: &mut PgConnection,
        called: &SchemaName,
        found: &Catalog,
    ) -> Result<Names, TemplateError> {
        let floor = depth(pg);
        AnsiTransactionManager::begin_transaction(pg).map_err(self.failed())?;
        let path = path_to(&Identifier(called.as_str()).to_string());
        let names = sql::run(pg, &prelude(&path, LOCK_TIMEOUT)).and_then(|()| found.names(pg));
        roll_back_to(pg, floor);
        names.map_err(self.failed())
    }

    /// In what a schema differs, for people.
    pub(crate) fn in_words_of(
        &self,
        remedies: &Remedies,
        deviation: &Deviation,
        found: &Catalog,
        names: &Names,
        number: i32,
    ) -> Vec<Difference> {
        let own = found.facts(Counting::in_block(self.block(number)), Some(names));
        differences(deviation.keys().cloned().collect(), &remedies.words, &own)
    }
}

impl Remedies {
    pub(crate) fn maker(&self) -> &Maker {
        &self.maker
    }

    /// What can be made of what is missing in the schema `found`.
    pub(crate) fn repairs(&self, deviation: &Deviation, found: &Catalog) -> Vec<Repair> {
        let mut draft = Draft {
            missing: deviation.missing().collect(),
            made: BTreeSet::new(),
            repairs: Vec::new(),
        };
        let own = columns(found);
        for step in &self.steps {
            match step {
                Step::Object {
                    kind,
                    makes,
                    covers,
                    needs,
                    checks_rows,
                    statements,
                } => {
                    if makes.iter().all(|key| draft.missing.contains(key)) && draft.has(needs) {
                        draft.make(*kind, &makes[0].name, *checks_rows, statements, covers);
                    }
                }
                Step::Follow { after, statements } => draft.add(after, statements),
                Step::Columns { table, columns } => {
                    let Some(own) = own.get(table) else { continue };
                    let wanted = self.columns.get(table).map(Vec::as_slice);
                    let wanted = wanted.unwrap_or_default();
                    // Any other would come to stand in another place.
                    if !wanted.starts_with(own) {
                        continue;
                    }
                    for column in &columns[own.len().min(columns.len())..] {
                        let Some(column) = column.as_ref().filter(|it| draft.has(&it.needs)) else {
                            break;
                        };
                        let covers = BTreeSet::from([column.key.clone()]);
                        let name = &column.key.name;
                        draft.make(ObjectKind::Column, name, false, &column.statements, &covers);
                    }
                }
            }
        }
        for (key, statement) in self.comments.iter().chain(&self.others) {
            draft.add(key, std::slice::from_ref(statement));
        }
        let mut repairs = draft.repairs;
        let is_comment = |line: &str| line.starts_with("comment ");
        for (key, facts) in deviation.changed() {
            if facts.fixed.lines().any(is_comment) {
                continue;
            }
            let comment = self.comments.iter().find(|(of, _)| of == key);
            repairs.extend(comment.map(|(_, statement)| Repair {
                kind: key.kind,
                object: key.name.clone(),
                checks_rows: false,
                statements: vec![statement.clone()],
                covers: BTreeSet::new(),
            }));
        }
        repairs
    }
}

/// The names of columns, by their tables.
fn columns(catalog: &Catalog) -> BTreeMap<String, Vec<String>> {
    let tables = catalog.relations.iter().filter(|it| it.kind.is_table());
    let columns = tables.map(|it| {
        let names = catalog.columns_of(it.oid).map(|it| it.name.clone());
        (it.name.clone(), names.collect())
    });
    columns.collect()
}

struct Draft<'a> {
    missing: BTreeSet<&'a Key>,
    made: BTreeSet<Key>,
    repairs: Vec<Repair>,
}

impl Draft<'_> {
    /// Whether all these are there, or will be.
    fn has(&self, needs: &BTreeSet<Key>) -> bool {
        let mut needs = needs.iter();
        needs.all(|key| !self.missing.contains(key) || self.made.contains(key))
    }

    fn make(
        &mut self,
        kind: ObjectKind,
        object: &str,
        checks_rows: bool,
        statements: &[Statement],
        covers: &BTreeSet<Key>,
    ) {
        self.made.extend(covers.iter().cloned());
        self.repairs.push(Repair {
            kind,
            object: object.to_owned(),
            checks_rows,
            statements: statements.to_vec(),
            covers: covers.clone(),
        });
    }

    /// Adds to what makes an object, if it is made.
    fn add(&mut self, key: &Key, statements: &[Statement]) {
        let mut repairs = self.repairs.iter_mut();
        if let Some(repair) = repairs.find(|repair| repair.covers.contains(key)) {
            repair.statements.extend_from_slice(statements);
        }
    }
}

/// Which keys there are of objects, by the objects.
pub(super) type Keys = HashMap<write::Part, Key>;
