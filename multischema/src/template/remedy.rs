//! What can be done about what a schema lacks, by the template's own statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;

use super::compile::dependencies_of;
use super::draft::Draft;
use super::error::TemplateError;
use super::form::Deviation;
use super::ground::{LOCK_TIMEOUT, path_to, prelude};
use super::normal::{Difference, differences};
use super::plan::Plan;
use super::repair::{Maker, Repair};
use super::sql;
use super::statement::Statement;
use super::step::{Added, Step, steps};
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
        let mut draft = Draft::of(deviation, found);
        let own = columns(found);
        for step in &self.steps {
            match step {
                Step::Object {
                    kind,
                    makes,
                    function,
                    covers,
                    needs,
                    checks_rows,
                    statements,
                } => {
                    let function = function.as_ref();
                    let is_taken =
                        function.is_some_and(|(name, count)| draft.has_function(name, *count));
                    if !is_taken && makes.iter().all(|key| draft.lacks(key)) {
                        let name = &makes[0].name;
                        draft.make((*kind, name), *checks_rows, needs, statements, covers);
                    }
                }
                Step::Follow { after, statements } => draft.go_on(after, statements),
                Step::Columns { table, columns } => {
                    let Some(own) = own.get(table) else { continue };
                    let wanted = self.columns.get(table);
                    // Any other would come to stand in another place.
                    if !wanted.is_some_and(|wanted| wanted.starts_with(own)) {
                        continue;
                    }
                    for column in columns.iter().skip(own.len()) {
                        let Some(column) = column else { break };
                        let covers = BTreeSet::from([column.key.clone()]);
                        let name = (ObjectKind::Column, &*column.key.name);
                        let Added {
                            checks_rows,
                            needs,
                            statements,
                            ..
                        } = column;
                        if !draft.make(name, *checks_rows, needs, statements, &covers) {
                            break;
                        }
                    }
                }
            }
        }
        for (key, statement) in self.comments.iter().chain(&self.others) {
            draft.add(key, statement);
        }
        let comments = self.comments_on(deviation);
        draft.repairs.into_iter().chain(comments).collect()
    }

    /// Comments on what is there and has none.
    fn comments_on(&self, deviation: &Deviation) -> impl Iterator<Item = Repair> {
        let is_comment = |line: &str| line.starts_with("comment ");
        let bare = deviation.changed();
        let bare = bare.filter(move |(_, facts)| !facts.fixed.lines().any(is_comment));
        bare.filter_map(|(key, _)| {
            let (_, statement) = self.comments.iter().find(|(of, _)| of == key)?;
            Some(Repair {
                kind: key.kind,
                object: key.name.clone(),
                checks_rows: false,
                statements: vec![statement.clone()],
                covers: BTreeSet::new(),
            })
        })
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

/// Which keys there are of objects, by the objects.
pub(super) type Keys = HashMap<write::Part, Key>;
