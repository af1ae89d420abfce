//! A schema that was made in the transaction that reads it.

use std::collections::{BTreeSet, HashSet};

use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::{QueryResult, RunQueryDsl};

use super::catalog::Catalog;
use super::details::Dependency;
use super::fields::{Fields, Malformed};
use super::object::{ObjectId, Oid};
use super::read::{Kinds, Row, facts, malformed};
use crate::kept::{Kept, Value};

/// How many numbers there are, that of the schema first, among which those of its objects are looked for: many more than
/// PostgreSQL gives out while one is made.
const REACH: Oid = 1 << 20;

/// A schema that was made a moment ago, and what it depends on.
pub(crate) struct Made {
    pub(crate) catalog: Catalog,
    older: Vec<Dependency>,
    /// The value that was asked for.
    pub(crate) value: String,
}

impl Made {
    /// Reads those facts that tell two schemata apart, as [`Catalog::read`] does, of one that was made in this transaction;
    /// in the same statement, what its objects of some `classes` depend on, and the value of an expression.
    ///
    /// Returns nothing if there is no such schema.
    pub(crate) fn read(
        pg: &mut PgConnection,
        schema: &str,
        kinds: &Kinds,
        classes: &BTreeSet<Oid>,
        expression: &str,
        version: u32,
    ) -> QueryResult<Option<Self>> {
        let facts = facts(kinds, version);
        let older = older();
        let query = Kept::new(
            format!("{facts} UNION ALL {older}"),
            [
                Value::Text(schema),
                Value::Oids(classes.iter().copied().collect()),
            ],
        );
        let query = query.then(&format!(
            " UNION ALL SELECT 'value'::pg_catalog.text, COALESCE({expression}, '')"
        ));
        let mut read = Self {
            catalog: Catalog::default(),
            older: Vec::new(),
            value: String::new(),
        };
        for row in query.load_iter::<Row, PgRowByRowLoadingMode>(pg)? {
            let Row { kind, record } = row?;
            match &*kind {
                "older" => {
                    let dependency = dependency(&record);
                    let dependency = dependency.map_err(|error| malformed(&kind, &error))?;
                    read.older.push(dependency);
                }
                "value" => read.value = record,
                _ => read.catalog.take(&kind, &record)?,
            }
        }
        read.catalog.sort();
        Ok((read.catalog.namespace.oid != 0).then_some(read))
    }

    /// Whether an object of the schema depends on one of `theirs`, as far as can be told: it is surely not so if this is
    /// false.
    pub(crate) fn may_depend_on(&self, theirs: &[ObjectId]) -> bool {
        let first = self.catalog.namespace.oid;
        let reach = first..=first.saturating_add(REACH);
        let own: HashSet<ObjectId> = self.catalog.objects().into_iter().collect();
        // PostgreSQL begins again when it has given out all numbers.
        if !own.iter().all(|it| reach.contains(&it.oid)) || theirs.iter().any(|it| it.oid >= first)
        {
            return true;
        }
        let theirs: HashSet<&ObjectId> = theirs.iter().collect();
        let mut older = self.older.iter();
        older.any(|it| own.contains(&it.from) && theirs.contains(&it.to))
    }
}

/// The query for what was there before the schema and something depends on that has a number within reach.
///
/// That something may be others'. It is much less than all that the schema's objects depend on, as most of that is in the
/// schema itself.
fn older() -> String {
    let last = Oid::MAX;
    format!(
        "SELECT 'older'::pg_catalog.text AS kind, \
         ROW(d.classid, d.objid, d.refclassid, d.refobjid)::pg_catalog.text AS record FROM pg_catalog.pg_depend d \
         WHERE d.classid OPERATOR(pg_catalog.=) ANY ($2) AND d.objid OPERATOR(pg_catalog.>=) (SELECT oid FROM named) \
         AND d.objid OPERATOR(pg_catalog.<=) (SELECT LEAST(oid::pg_catalog.int8 OPERATOR(pg_catalog.+) {REACH}, {last})::pg_catalog.oid \
         FROM named) AND d.refobjid OPERATOR(pg_catalog.<) (SELECT oid FROM named)"
    )
}

fn dependency(record: &str) -> Result<Dependency, Malformed> {
    let fields = &mut Fields::of(record)?;
    Ok(Dependency {
        from: ObjectId::new(fields.oid()?, fields.oid()?),
        to: ObjectId::new(fields.oid()?, fields.oid()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema with the number 1000 and a table, which depend on this.
    fn made(table: Oid, older: &[(Oid, Oid)]) -> Made {
        let mut catalog = Catalog::default();
        catalog.namespace.oid = 1000;
        let of_nothing = ObjectId::type_(0);
        catalog
            .come_along
            .push((ObjectId::relation(table), of_nothing));
        let older = older.iter().map(|(from, to)| Dependency {
            from: ObjectId::relation(*from),
            to: ObjectId::relation(*to),
        });
        Made {
            catalog,
            older: older.collect(),
            value: String::new(),
        }
    }

    #[test]
    fn what_depends_on_theirs_is_seen() {
        let theirs = [10, 20].map(ObjectId::relation);
        for (older, may) in [
            (vec![], false),
            (vec![(1001, 20)], true),
            // On something that all share.
            (vec![(1001, 15)], false),
            // Another's.
            (vec![(1002, 20)], false),
        ] {
            assert_eq!(made(1001, &older).may_depend_on(&theirs), may, "{older:?}");
        }
        // A number alone names several.
        let type_ = [ObjectId::type_(20)];
        assert!(!made(1001, &[(1001, 20)]).may_depend_on(&type_));
    }

    #[test]
    fn nothing_is_sure_of_numbers_that_were_not_looked_at() {
        let theirs = [ObjectId::relation(10)];
        for (table, may) in [
            (999, true),
            (1000, false),
            (1000 + REACH, false),
            (1001 + REACH, true),
        ] {
            assert_eq!(made(table, &[]).may_depend_on(&theirs), may, "{table}");
        }
        for (oid, may) in [(999, false), (1000, true), (5000, true)] {
            let theirs = [ObjectId::relation(10), ObjectId::relation(oid)];
            assert_eq!(made(1001, &[]).may_depend_on(&theirs), may, "{oid}");
        }
    }
}
