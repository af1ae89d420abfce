//! A copy that is made to try, and is gone when it was read.

use std::collections::{BTreeSet, HashMap};

use diesel::pg::PgConnection;
use diesel::result::Error;

use super::compile::{Attempt, Source, dependencies_of};
use super::error::TemplateError;
use super::ground::{Ground, path_to, set_path};
use super::ids::Ids;
use super::issue::TemplateIssue;
use super::normal::{Normal, differences};
use super::plan::{Copying, Plan};
use super::rows::Rows;
use super::sql;
use super::statement::Target;
use super::write;
use crate::catalog::{Block, Catalog, Counting, Dependency, Facts, Key, ObjectId, Own};
use crate::name::SchemaName;
use crate::quoted::Identifier;

impl Attempt<'_> {
    /// Makes a copy to see what comes of it: which rights it has, and how PostgreSQL writes what it read.
    pub(super) fn try_copy(
        &self,
        pg: &mut PgConnection,
        ground: &Ground,
        source: &Source,
        plan: &mut Plan,
    ) -> Result<(), TemplateError> {
        let Source {
            catalog,
            names,
            dependencies,
        } = source;
        let pid = sql::pid(pg).map_err(self.failed())?;
        let scratch = SchemaName::internal(format!("multischema_scratch_{pid}"));
        let block = (self.ids == Ids::Unique).then(|| Block::new(0));
        let target = Target {
            schema: &scratch,
            block,
            role: &ground.role,
        };
        let before = sql::locks(pg).map_err(self.failed())?;
        sql::run(
            pg,
            &plan.script(&target, &Copying::of(Rows::OfTemplate(&[]))),
        )
        .map_err(self.refused())?;
        let quoted = Identifier(scratch.as_str()).to_string();
        let mut found = self.found(pg, &scratch, ground)?;

        plan.rights = write::grants(catalog, &found);
        let rights = plan.rights.iter().map(|(_, right)| right.clone());
        let rights: Vec<_> = rights.chain(write::default_privileges(catalog)).collect();
        if !rights.is_empty() {
            let mut text = plan.acting(&target);
            rights
                .iter()
                .for_each(|statement| statement.write(&target, &mut text));
            text.push_str(&plan.acted(&target));
            text.push_str(&set_path(&path_to(&quoted)));
            sql::run(pg, &text).map_err(self.refused())?;
            found = self.found(pg, &scratch, ground)?;
            plan.last.extend(rights);
        }
        // The lock of a row in the registry, and some more.
        plan.locks = sql::locks(pg).map_err(self.failed())? - before + 10;

        let theirs = plan.counting_of_template();
        let own = Counting::in_block(block);
        plan.normal.template = catalog.facts(theirs, None);
        plan.normal.copy = found.facts(own, None);
        for key in &plan.keys {
            let facts = plan
                .normal
                .template
                .get(&key.fact)
                .cloned()
                .unwrap_or_default();
            plan.normal.copy.insert(key.fact.clone(), facts);
        }
        let theirs_by_name = by_name(catalog, dependencies);
        let found_dependencies = dependencies_of(&found, pg).map_err(self.failed())?;
        let own_by_name = by_name(&found, &found_dependencies);
        let unlike = unlike(&plan.normal, &theirs_by_name, &own_by_name);
        if unlike.is_empty() {
            return Ok(());
        }
        let found_names = found.names(pg).map_err(self.failed())?;
        let [template, copy] = [
            catalog.facts(theirs, Some(names)),
            found.facts(own, Some(&found_names)),
        ];
        let issues = differences(unlike, &template, &copy).into_iter();
        let issues = issues.map(|it| TemplateIssue::Unfaithful {
            kind: it.kind,
            object: it.object,
            template: it.template,
            copy: it.schema,
        });
        Err(TemplateError::Issues {
            template: self.template.clone(),
            issues: issues.collect(),
        })
    }

    fn found(
        &self,
        pg: &mut PgConnection,
        scratch: &SchemaName,
        ground: &Ground,
    ) -> Result<Catalog, TemplateError> {
        let found = self.read(pg, scratch.as_str(), ground)?;
        // It was made a moment ago.
        found.ok_or_else(|| self.failed()(Error::NotFound))
    }
}

/// What each object depends on, by names.
fn by_name(catalog: &Catalog, dependencies: &[Dependency]) -> HashMap<ObjectId, BTreeSet<String>> {
    let own = Own::of(catalog, None);
    let mut by_name: HashMap<ObjectId, BTreeSet<String>> = HashMap::new();
    for it in dependencies {
        let to = format!("{} {}", it.to.class, own.object(it.to.class, it.to.oid));
        by_name.entry(it.from).or_default().insert(to);
    }
    by_name
}

/// The keys of what is not the same in the template and in its copy. Expressions may be in other words, if they are about
/// the same objects.
fn unlike(
    normal: &Normal,
    theirs: &HashMap<ObjectId, BTreeSet<String>>,
    own: &HashMap<ObjectId, BTreeSet<String>>,
) -> Vec<Key> {
    let Normal { template, copy } = normal;
    let about = |facts: &Facts, of: &HashMap<ObjectId, BTreeSet<String>>| -> BTreeSet<String> {
        facts
            .expressed_by
            .iter()
            .filter_map(|id| of.get(id))
            .flatten()
            .cloned()
            .collect()
    };
    let alike = |key: &Key| match (template.get(key), copy.get(key)) {
        (Some(a), Some(b)) => {
            a.fixed == b.fixed
                && (a.expressions == b.expressions
                    || !a.expressions.is_empty()
                        && !b.expressions.is_empty()
                        && about(a, theirs) == about(b, own))
        }
        _ => false,
    };
    let keys: BTreeSet<&Key> = template.keys().chain(copy.keys()).collect();
    keys.into_iter()
        .filter(|key| !alike(key))
        .cloned()
        .collect()
}
