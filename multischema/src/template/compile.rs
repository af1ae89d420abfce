//! From a template to a plan: it is read, a copy is made to try, read as well, and gone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;
use diesel::result::Error;

use super::busy::ask;
use super::error::TemplateError;
use super::ground::{Ground, LOCK_TIMEOUT, path_to, prelude};
use super::ids::Ids;
use super::issue::TemplateIssue;
use super::normal::Normal;
use super::obstacles::issues;
use super::plan::{GlobalKey, Plan};
use super::rows::{Rows, Tables};
use super::sql;
use super::statement::Statement;
use super::unit::{Unit, ordered};
use super::watch::Watch;
use super::write::{self, Apart};
use crate::catalog::{
    Catalog, ConstraintKind, Dependency, Detail, Names, ObjectId, ObjectKind, Oid, RelationKind,
    class,
};
use crate::name::SchemaName;
use crate::quoted::Identifier;
use crate::transaction::{depth, roll_back_to};

/// How often a template is read again that changes meanwhile.
const ATTEMPTS: usize = 3;

/// Makes the plan of `template`, as it is now.
pub(super) fn compile(
    pg: &mut PgConnection,
    template: &SchemaName,
    ids: Ids,
) -> Result<Plan, TemplateError> {
    for _ in 0..ATTEMPTS {
        let floor = depth(pg);
        let attempt = Attempt { template, ids };
        AnsiTransactionManager::begin_transaction(pg).map_err(attempt.failed())?;
        let plan = attempt.plan(pg);
        // Whatever was made is gone, and what was set is as it was.
        roll_back_to(pg, floor);
        let plan = match plan {
            Err(TemplateError::Changing { .. }) => continue,
            plan => plan?,
        };
        let seen = ask(template, || plan.watch.look(pg))?;
        if seen == plan.fingerprint {
            return Ok(plan);
        }
    }
    Err(TemplateError::Changing {
        template: template.clone(),
    })
}

/// One attempt to make a plan.
pub(super) struct Attempt<'a> {
    pub(super) template: &'a SchemaName,
    pub(super) ids: Ids,
}

/// The template as it was read.
pub(super) struct Source {
    pub(super) catalog: Catalog,
    pub(super) names: Names,
    pub(super) dependencies: Vec<Dependency>,
}

impl Attempt<'_> {
    pub(super) fn failed(&self) -> impl Fn(Error) -> TemplateError + use<> {
        let template = self.template.clone();
        move |source| TemplateError::Query {
            template: template.clone(),
            source,
        }
    }

    pub(super) fn refused(&self) -> impl Fn(Error) -> TemplateError + use<> {
        let template = self.template.clone();
        move |source| TemplateError::refused(&template, source)
    }

    pub(super) fn read(
        &self,
        pg: &mut PgConnection,
        schema: &str,
        ground: &Ground,
    ) -> Result<Option<Catalog>, TemplateError> {
        let version = ground.version();
        ask(self.template, || {
            Catalog::read(pg, schema, Detail::Definitions, version)
        })
    }

    fn plan(&self, pg: &mut PgConnection) -> Result<Plan, TemplateError> {
        let ground = Ground::find(pg).map_err(self.failed())?;
        if ground.version() < 150_000 {
            return Err(TemplateError::OldServer {
                major: ground.version() / 10_000,
            });
        }
        let source = Identifier(self.template.as_str()).to_string();
        sql::run(pg, &prelude(&path_to(&source), LOCK_TIMEOUT)).map_err(self.failed())?;
        let template = || self.template.clone();
        let Some(catalog) = self.read(pg, self.template.as_str(), &ground)? else {
            return Err(TemplateError::Missing {
                template: template(),
            });
        };
        if catalog.is_empty() {
            return Err(TemplateError::Empty {
                template: template(),
            });
        }
        let dependencies = dependencies_of(&catalog, pg).map_err(self.failed())?;
        let names = catalog.names(pg).map_err(self.failed())?;

        let maker = maker(&ground, &catalog);
        let watch = Watch::of(&catalog, &dependencies, &maker);
        let seen = ask(self.template, || watch.look(pg))?;
        // Each of those questions sees what was committed before it. With the same answer before and after, all are of one
        // moment.
        let again = self.read(pg, self.template.as_str(), &ground)?;
        if !again.is_some_and(|again| again.is_same(&catalog)) {
            return Err(TemplateError::Changing {
                template: template(),
            });
        }
        let mut issues = issues(&catalog, self.ids);
        let units = match self.units(&catalog, &names, &dependencies) {
            Ok(units) => units,
            Err(circle) => {
                issues.push(circle);
                Vec::new()
            }
        };
        let order = in_order(&units, ObjectKind::Table);
        let tables = Tables::of(&catalog, self.ids, &order, &constraints_apart(&units));
        let rows_seen = ask(self.template, || {
            sql::value(pg, &tables.watch(self.template))
        })?;
        let filled = ask(self.template, || sql::filled(pg, &tables.oids()))?;
        let rows = Rows::OfTemplate(&filled);
        let found = tables.references(pg, self.template, rows);
        issues.extend(found.map_err(self.failed())?);
        if !issues.is_empty() {
            return Err(TemplateError::Issues {
                template: template(),
                issues,
            });
        }

        let refresh = refresh(&catalog, &in_order(&units, ObjectKind::MaterializedView));
        let (early, late) = split(units);
        // A rule is no trigger, and would have rows go elsewhere where triggers are to fire.
        let (late_keys, late) = late
            .into_iter()
            .partition(|unit| unit.kind == ObjectKind::Rule || is_foreign_key(&catalog, unit));
        let statements =
            |units: Vec<Unit>| units.into_iter().flat_map(|unit| unit.statements).collect();
        let mut plan = Plan {
            template: template(),
            ids: self.ids,
            version: ground.version(),
            watch,
            fingerprint: seen,
            rows: rows_seen,
            filled,
            owner: catalog.namespace.owner.clone(),
            role: ground.role.clone(),
            maker,
            early: statements(early),
            tables,
            late: statements(late),
            late_keys: statements(late_keys),
            refresh,
            last: Vec::new(),
            rights: Vec::new(),
            keys: GlobalKey::of(&catalog),
            normal: Normal {
                template: BTreeMap::new(),
                copy: BTreeMap::new(),
            },
            kinds: catalog.kinds(),
            objects: catalog.objects(),
            locks: estimate(&catalog),
        };
        let comments = write::comments(&catalog).into_iter();
        plan.last.extend(comments.map(|(_, comment)| comment));
        let owners = write::owners(&catalog, &plan.maker).into_iter();
        plan.last
            .extend(owners.map(|(_, owner)| Statement::new(owner)));
        ground.check_room(self.template, plan.locks)?;
        let source = Source {
            catalog,
            names,
            dependencies,
        };
        self.try_copy(pg, &ground, &source, &mut plan)?;
        Ok(plan)
    }

    /// All units in their order. What is in a circle is taken apart.
    pub(super) fn units(
        &self,
        catalog: &Catalog,
        names: &Names,
        dependencies: &[Dependency],
    ) -> Result<Vec<Unit>, TemplateIssue> {
        let mut apart = Apart::default();
        loop {
            let units = write::units(catalog, names, &apart, self.ids);
            let labels: HashMap<ObjectId, String> = units
                .iter()
                .flat_map(|unit| {
                    unit.makes
                        .iter()
                        .map(|id| (*id, format!("{} `{}`", unit.kind, unit.name)))
                })
                .collect();
            match ordered(units, dependencies) {
                Ok(units) => return Ok(units),
                Err(knot) if apart.widen(catalog, &knot) => {}
                Err(knot) => {
                    let objects = knot.iter().filter_map(|it| labels.get(&it.from).cloned());
                    let objects: BTreeSet<String> = objects.collect();
                    return Err(TemplateIssue::Circle {
                        objects: objects.into_iter().collect(),
                    });
                }
            }
        }
    }
}

/// All dependencies but those of sequences on the columns that they belong to, whose defaults depend on them.
pub(super) fn dependencies_of(
    catalog: &Catalog,
    pg: &mut PgConnection,
) -> Result<Vec<Dependency>, Error> {
    let owned: HashMap<ObjectId, ObjectId> = catalog
        .sequences
        .iter()
        .filter_map(|it| {
            let owner = it.owner.filter(|owner| !owner.is_identity)?;
            Some((
                ObjectId::relation(it.relation),
                ObjectId::relation(owner.relation),
            ))
        })
        .collect();
    let mut dependencies = catalog.dependencies(pg)?;
    dependencies.retain(|it| owned.get(&it.from) != Some(&it.to));
    Ok(dependencies)
}

/// The role whose objects the new ones are when they are made.
fn maker(ground: &Ground, catalog: &Catalog) -> String {
    if ground.is_superuser {
        ground.role.clone()
    } else {
        catalog.namespace.owner.clone()
    }
}

/// What comes before the rows, and what after them.
fn split(mut units: Vec<Unit>) -> (Vec<Unit>, Vec<Unit>) {
    let is_table = |unit: &Unit| matches!(unit.kind, ObjectKind::Table | ObjectKind::ForeignTable);
    let late = units
        .iter()
        .position(|unit| unit.is_late)
        .unwrap_or(units.len());
    let tables = units
        .iter()
        .rposition(|unit| is_table(unit) && !unit.is_late)
        .map_or(0, |last| last + 1);
    let late = units.split_off(late.max(tables));
    (units, late)
}

/// The relations of one kind, in the order in which they are made.
fn in_order(units: &[Unit], kind: ObjectKind) -> Vec<Oid> {
    let made = units
        .iter()
        .filter(|unit| unit.kind == kind)
        .flat_map(|unit| &unit.makes);
    made.filter(|id| id.class == class::RELATION)
        .map(|id| id.oid)
        .collect()
}

/// The constraints that are not made with their tables.
fn constraints_apart(units: &[Unit]) -> HashSet<ObjectId> {
    let apart = units.iter().filter(|it| it.kind == ObjectKind::Constraint);
    apart.flat_map(|unit| unit.makes.iter().copied()).collect()
}

fn is_foreign_key(catalog: &Catalog, unit: &Unit) -> bool {
    let mut keys = catalog.constraints.iter();
    unit.kind == ObjectKind::Constraint
        && keys.any(|it| it.kind == ConstraintKind::ForeignKey && unit.makes.contains(&it.id()))
}

/// Fills the materialized views that are filled in the template.
fn refresh(catalog: &Catalog, views: &[Oid]) -> Vec<Statement> {
    let views = views.iter().filter_map(|oid| catalog.relation(*oid));
    let views = views.filter(|it| it.kind == RelationKind::MaterializedView && it.is_populated);
    views
        .map(|it| {
            Statement::new(format!(
                "REFRESH MATERIALIZED VIEW {}",
                Identifier(&it.name)
            ))
        })
        .collect()
}

/// How many locks a copy takes: one for each relation, its tables for long values, and what it refers to. What it takes is
/// counted when it is tried.
fn estimate(catalog: &Catalog) -> i64 {
    let tables = catalog
        .relations
        .iter()
        .filter(|it| it.kind.is_table())
        .count();
    let others = catalog.relations.len() + catalog.indexes.len() + catalog.types.len();
    i64::try_from(3 * tables + others + catalog.functions.len() + 20).unwrap_or(i64::MAX)
}
