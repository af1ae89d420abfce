//! Whether a template is still what it was when it was read.

use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Oid as SqlOid, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use crate::catalog::{Catalog, Dependency, ObjectId, Oid, class};

/// The rows of the catalogs that a template was read from, and the names that are not its own.
///
/// A statement that changes an object writes its rows anew, with the number of its transaction in `xmin`; one that makes or
/// drops an object adds or removes a dependency on another. So the number of rows and the sum of those transactions change
/// with whatever is done, by whomever, and it costs little to ask for them.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// By the table of the catalog, and the column in it.
    rows: BTreeMap<(&'static str, &'static str), Vec<Oid>>,
    /// What others depend on, by catalog.
    depended: BTreeMap<Oid, Vec<Oid>>,
    /// Objects of other schemata that definitions name.
    named: BTreeMap<Oid, Vec<Oid>>,
    /// Tables that may have rows.
    pub(super) tables: Vec<Oid>,
    /// The role whose default privileges count.
    maker: String,
}

/// What was seen.
#[derive(Debug, QueryableByName)]
pub(crate) struct Seen {
    #[diesel(sql_type = Text)]
    pub(super) fingerprint: String,
    /// The tables that may have rows: they take up room.
    #[diesel(sql_type = Array<SqlOid>)]
    pub(super) filled: Vec<Oid>,
}

impl Watch {
    pub(super) fn of(catalog: &Catalog, dependencies: &[Dependency], maker: &str) -> Self {
        let own: BTreeSet<ObjectId> = catalog.objects().into_iter().collect();
        let mut watch = Self {
            rows: BTreeMap::new(),
            depended: BTreeMap::new(),
            named: BTreeMap::new(),
            tables: Vec::new(),
            maker: maker.to_owned(),
        };
        let relations = || {
            let relations = catalog.relations.iter().map(|it| it.oid);
            let indexes = catalog.indexes.iter().map(|it| it.oid);
            relations
                .chain(indexes)
                .chain(catalog.types.iter().map(|it| it.relation))
        };
        watch.add("pg_namespace", "oid", [catalog.namespace.oid]);
        watch.add("pg_class", "oid", relations());
        watch.add("pg_attribute", "attrelid", relations());
        watch.add(
            "pg_attrdef",
            "oid",
            catalog.defaults.iter().map(|it| it.oid),
        );
        watch.add(
            "pg_constraint",
            "oid",
            catalog.constraints.iter().map(|it| it.oid),
        );
        watch.add(
            "pg_index",
            "indexrelid",
            catalog.indexes.iter().map(|it| it.oid),
        );
        watch.add(
            "pg_inherits",
            "inhrelid",
            catalog.parents.iter().map(|it| it.child),
        );
        watch.add(
            "pg_sequence",
            "seqrelid",
            catalog.sequences.iter().map(|it| it.relation),
        );
        watch.add(
            "pg_trigger",
            "tgrelid",
            catalog.relations.iter().map(|it| it.oid),
        );
        watch.add("pg_rewrite", "oid", catalog.rules.iter().map(|it| it.oid));
        watch.add("pg_policy", "oid", catalog.policies.iter().map(|it| it.oid));
        watch.add("pg_type", "oid", catalog.types.iter().map(|it| it.oid));
        watch.add(
            "pg_enum",
            "enumtypid",
            catalog.types.iter().map(|it| it.oid),
        );
        watch.add("pg_proc", "oid", catalog.functions.iter().map(|it| it.oid));
        watch.add(
            "pg_operator",
            "oid",
            catalog.operators.iter().map(|it| it.oid),
        );
        watch.add("pg_opclass", "oid", catalog.classes.iter().map(|it| it.oid));
        watch.add(
            "pg_opfamily",
            "oid",
            catalog.families.iter().map(|it| it.oid),
        );
        watch.add("pg_cast", "oid", catalog.casts.iter().map(|it| it.oid));
        watch.add(
            "pg_collation",
            "oid",
            catalog.collations.iter().map(|it| it.oid),
        );
        watch.add(
            "pg_statistic_ext",
            "oid",
            catalog.statistics.iter().map(|it| it.oid),
        );
        for it in &catalog.searches {
            let rows: &[_] = match it.id.class {
                class::SEARCH_PARSER => &[("pg_ts_parser", "oid")],
                class::SEARCH_TEMPLATE => &[("pg_ts_template", "oid")],
                class::SEARCH_DICTIONARY => &[("pg_ts_dict", "oid")],
                _ => &[("pg_ts_config", "oid"), ("pg_ts_config_map", "mapcfg")],
            };
            for (table, column) in rows {
                watch.add(table, column, [it.id.oid]);
            }
        }
        watch.add("pg_description", "objoid", own.iter().map(|id| id.oid));
        for id in &own {
            if matches!(
                id.class,
                class::RELATION
                    | class::TYPE
                    | class::SCHEMA
                    | class::OPERATOR_FAMILY
                    | class::SEARCH_CONFIGURATION
            ) {
                watch.depended.entry(id.class).or_default().push(id.oid);
            }
        }
        let named: BTreeSet<ObjectId> = dependencies
            .iter()
            .map(|it| it.to)
            .filter(|to| !own.contains(to))
            .collect();
        for id in named {
            watch.named.entry(id.class).or_default().push(id.oid);
        }
        let tables = catalog
            .relations
            .iter()
            .filter(|it| it.kind == crate::catalog::RelationKind::Table);
        watch.tables = tables.map(|it| it.oid).collect();
        watch
    }

    fn add(
        &mut self,
        table: &'static str,
        column: &'static str,
        oids: impl IntoIterator<Item = Oid>,
    ) {
        let oids: Vec<Oid> = oids.into_iter().filter(|oid| *oid != 0).collect();
        if !oids.is_empty() {
            self.rows.entry((table, column)).or_default().extend(oids);
        }
    }

    /// Looks at the catalogs as they are now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the text is made of constants and numbers, the role is a value"
    )]
    pub(super) fn look(&self, pg: &mut PgConnection) -> QueryResult<Seen> {
        let mut parts: Vec<String> = Vec::new();
        for ((table, column), oids) in &self.rows {
            parts.push(sum(
                table,
                &format!("r.{column} OPERATOR(pg_catalog.=) ANY ({})", array(oids)),
            ));
        }
        for (class, oids) in &self.depended {
            let of_class = format!(
                "r.refclassid OPERATOR(pg_catalog.=) {class}::pg_catalog.oid AND r.refobjid OPERATOR(pg_catalog.=) ANY ({})",
                array(oids)
            );
            parts.push(sum("pg_depend", &of_class));
        }
        for (class, oids) in &self.named {
            if let Some((table, name, namespace)) = named_in(*class) {
                parts.push(format!(
                    "(SELECT pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat(r.oid, ' ', r.{name}, ' ', r.{namespace}), 0)) \
                     FROM pg_catalog.{table} r WHERE r.oid OPERATOR(pg_catalog.=) ANY ({}))",
                    array(oids)
                ));
            }
        }
        parts.push(sum(
            "pg_default_acl",
            "r.defaclnamespace OPERATOR(pg_catalog.=) 0::pg_catalog.oid AND r.defaclrole OPERATOR(pg_catalog.=) \
             (SELECT o.oid FROM pg_catalog.pg_roles o WHERE o.rolname OPERATOR(pg_catalog.=) $1::pg_catalog.name)",
        ));
        let text = format!(
            "SELECT pg_catalog.concat_ws(' ', {}) AS fingerprint, \
             ARRAY(SELECT t.oid FROM pg_catalog.unnest({}) AS t (oid) \
             WHERE pg_catalog.pg_relation_size(t.oid::pg_catalog.regclass) OPERATOR(pg_catalog.>) 0::pg_catalog.int8) AS filled",
            parts.join(", "),
            array(&self.tables)
        );
        diesel::sql_query(text)
            .bind::<Text, _>(&self.maker)
            .get_result(pg)
    }
}

/// How many rows of a catalog there are, and by which transactions they were written.
fn sum(table: &str, of: &str) -> String {
    format!(
        "(SELECT pg_catalog.concat(pg_catalog.count(*), ':', pg_catalog.sum(r.xmin::pg_catalog.text::pg_catalog.int8)) \
         FROM pg_catalog.{table} r WHERE {of})"
    )
}

fn array(oids: &[Oid]) -> String {
    let oids: Vec<String> = oids.iter().map(Oid::to_string).collect();
    format!("'{{{}}}'::pg_catalog.oid[]", oids.join(","))
}

/// Where the names of a catalog are.
fn named_in(class: Oid) -> Option<(&'static str, &'static str, &'static str)> {
    match class {
        class::RELATION => Some(("pg_class", "relname", "relnamespace")),
        class::TYPE => Some(("pg_type", "typname", "typnamespace")),
        class::FUNCTION => Some(("pg_proc", "proname", "pronamespace")),
        class::OPERATOR => Some(("pg_operator", "oprname", "oprnamespace")),
        class::OPERATOR_CLASS => Some(("pg_opclass", "opcname", "opcnamespace")),
        class::COLLATION => Some(("pg_collation", "collname", "collnamespace")),
        class::SCHEMA => Some(("pg_namespace", "nspname", "oid")),
        class::SEARCH_CONFIGURATION => Some(("pg_ts_config", "cfgname", "cfgnamespace")),
        class::SEARCH_DICTIONARY => Some(("pg_ts_dict", "dictname", "dictnamespace")),
        _ => None,
    }
}
