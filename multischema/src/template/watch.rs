//! Whether a template is still what it was when it was read.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::once;

use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Oid as SqlOid, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use crate::catalog::{Catalog, Dependency, ObjectId, Oid, RelationKind, class};

/// Where the rows of the catalogs are that a template was read from, and the names that are not its own.
///
/// A statement that changes an object writes its rows anew, with the number of its transaction in `xmin`; one that makes or
/// drops an object adds or removes rows. So the number of rows and the sum of those transactions change with whatever is
/// done, by whomever, and it costs little to ask for them. What belongs to a table is looked for by the table, so that what
/// is new is seen; what is new in the schema depends on it.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// A query whose parameters are the role that makes schemata, and these numbers of objects.
    text: String,
    maker: String,
    objects: Vec<Vec<Oid>>,
}

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Text)]
    fingerprint: String,
}

/// What is on a relation, and how its rows name that.
///
/// A default is not among them: with it, PostgreSQL writes the row of its column anew.
const ON_RELATIONS: [(&str, &str); 5] = [
    ("pg_constraint", "conrelid"),
    ("pg_index", "indrelid"),
    ("pg_trigger", "tgrelid"),
    ("pg_rewrite", "ev_class"),
    ("pg_policy", "polrelid"),
];

impl Watch {
    pub(super) fn of(catalog: &Catalog, dependencies: &[Dependency], maker: &str) -> Self {
        let mut draft = Draft::default();
        draft.relations(catalog);
        draft.types(catalog);
        draft.functions(catalog);
        draft.searches(catalog);
        let own: BTreeSet<ObjectId> = catalog.objects().into_iter().collect();
        draft.add("pg_description", "objoid", own.iter().map(|id| id.oid));
        draft.others(dependencies, &own);
        // Of two numbers of transactions, PostgreSQL gives the distance, and that from now: so each is taken from the first
        // there is.
        let text = format!(
            "SELECT pg_catalog.concat_ws(' ', (SELECT pg_catalog.concat_ws(' ', pg_catalog.count(*), \
             pg_catalog.count(*) OPERATOR(pg_catalog.*) pg_catalog.age('3'::pg_catalog.xid) OPERATOR(pg_catalog.-) \
             pg_catalog.sum(pg_catalog.age(a.xmin))) FROM ({}) a), {}) AS fingerprint",
            draft.rows.join(" UNION ALL "),
            if draft.names.is_empty() {
                "NULL".to_owned()
            } else {
                draft.names.join(", ")
            },
        );
        Self {
            text,
            maker: maker.to_owned(),
            objects: draft.objects,
        }
    }

    /// Looks at the catalogs as they are now. It takes no lock that anybody waits for, or has to be waited for.
    #[expect(
        clippy::disallowed_methods,
        reason = "the text is made of constants, the role and the numbers are values"
    )]
    pub(super) fn look(&self, pg: &mut PgConnection) -> QueryResult<String> {
        let query = diesel::sql_query(&self.text).into_boxed();
        let mut query = query.bind::<Text, _>(&self.maker);
        for oids in &self.objects {
            query = query.bind::<Array<SqlOid>, _>(oids);
        }
        Ok(query.get_result::<Seen>(pg)?.fingerprint)
    }
}

/// A watch that is not complete.
#[derive(Default)]
struct Draft {
    /// Queries for the transactions by which rows were written.
    rows: Vec<String>,
    /// Sub-selects that stand for names.
    names: Vec<String>,
    objects: Vec<Vec<Oid>>,
}

impl Draft {
    /// A parameter of the query.
    fn parameter(&mut self, oids: Vec<Oid>) -> String {
        let known = self.objects.iter().position(|it| *it == oids);
        let place = known.unwrap_or_else(|| {
            self.objects.push(oids);
            self.objects.len() - 1
        });
        format!("${}", place + 2)
    }

    /// Watches the rows of a catalog that have one of these numbers in `column`.
    fn add(&mut self, table: &str, column: &str, oids: impl IntoIterator<Item = Oid>) {
        self.add_rows(table, column, oids, "");
    }

    fn add_rows(
        &mut self,
        table: &str,
        column: &str,
        oids: impl IntoIterator<Item = Oid>,
        condition: &str,
    ) {
        let oids: Vec<Oid> = oids.into_iter().filter(|oid| *oid != 0).collect();
        if oids.is_empty() {
            return;
        }
        let any = self.parameter(oids);
        // The planner is not to see the numbers; see `own!` of the catalog.
        let of = format!(
            "r.{column} OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT pg_catalog.unnest({any}))){condition}"
        );
        self.rows.push(rows(table, &of));
    }

    fn relations(&mut self, catalog: &Catalog) {
        let schema = once(catalog.namespace.oid);
        self.add("pg_namespace", "oid", schema.clone());
        // Of those that are for no schema, only the maker's count.
        let any = self.parameter(schema.clone().collect());
        self.rows.push(rows(
            "pg_default_acl",
            &format!(
                "r.defaclnamespace OPERATOR(pg_catalog.=) ANY ({any}) OR (r.defaclnamespace OPERATOR(pg_catalog.=) 0::pg_catalog.oid \
                 AND r.defaclrole OPERATOR(pg_catalog.=) pg_catalog.to_regrole(pg_catalog.quote_ident($1)))"
            ),
        ));
        let in_schema = " AND r.refclassid OPERATOR(pg_catalog.=) 2615::pg_catalog.oid";
        self.add_rows("pg_depend", "refobjid", schema, in_schema);

        let behind_types = catalog.types.iter().map(|it| it.relation);
        let relations = catalog
            .relations
            .iter()
            .map(|it| it.oid)
            .chain(behind_types);
        let indexes = catalog.indexes.iter().map(|it| it.oid);
        let all = relations.clone().chain(indexes);
        self.add("pg_class", "oid", all.clone());
        let real = " AND r.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2";
        self.add_rows("pg_attribute", "attrelid", all.clone(), real);
        // Who gets the first parent is written anew as well, in its columns or as a partition.
        if !catalog.parents.is_empty() {
            self.add("pg_inherits", "inhrelid", all);
        }
        for (table, column) in ON_RELATIONS {
            self.add(table, column, relations.clone());
        }
        let foreign = relations.clone().filter(|oid| {
            let of = catalog.relation(*oid);
            of.is_some_and(|it| it.kind == RelationKind::ForeignTable)
        });
        self.add("pg_foreign_table", "ftrelid", foreign);
        let statistics = catalog.statistics.iter().map(|it| it.oid);
        self.add("pg_statistic_ext", "oid", statistics);

        let sequences = catalog.sequences.iter().map(|it| it.relation);
        // `OWNED BY` writes their rows anew as well.
        self.add("pg_sequence", "seqrelid", sequences);
    }

    fn types(&mut self, catalog: &Catalog) {
        let types = catalog.types.iter().map(|it| it.oid);
        let of_kind = |kind| catalog.types.iter().filter(move |it| it.kind == kind);
        self.add("pg_type", "oid", types.clone());
        self.add("pg_enum", "enumtypid", of_kind('e').map(|it| it.oid));
        self.add("pg_constraint", "contypid", of_kind('d').map(|it| it.oid));
        let row_types = catalog.relations.iter().map(|it| it.row_type);
        let all = types.chain(row_types).filter(|oid| *oid != 0).collect();
        let all = self.parameter(all);
        self.rows.push(rows(
            "pg_cast",
            &format!(
                "r.castsource OPERATOR(pg_catalog.=) ANY ({all}) OR r.casttarget OPERATOR(pg_catalog.=) ANY ({all})"
            ),
        ));
        self.add(
            "pg_collation",
            "oid",
            catalog.collations.iter().map(|it| it.oid),
        );
    }

    fn functions(&mut self, catalog: &Catalog) {
        let functions = catalog.functions.iter().map(|it| it.oid);
        self.add("pg_proc", "oid", functions);
        let operators = catalog.operators.iter().map(|it| it.oid);
        self.add("pg_operator", "oid", operators);
        let classes = catalog.classes.iter().map(|it| it.oid);
        self.add("pg_opclass", "oid", classes);
        let families = catalog.families.iter().map(|it| it.oid);
        for (table, column) in [
            ("pg_opfamily", "oid"),
            ("pg_amop", "amopfamily"),
            ("pg_amproc", "amprocfamily"),
        ] {
            self.add(table, column, families.clone());
        }
    }

    fn searches(&mut self, catalog: &Catalog) {
        for it in &catalog.searches {
            let rows: &[_] = match it.id.class {
                class::SEARCH_PARSER => &[("pg_ts_parser", "oid")],
                class::SEARCH_TEMPLATE => &[("pg_ts_template", "oid")],
                class::SEARCH_DICTIONARY => &[("pg_ts_dict", "oid")],
                _ => &[("pg_ts_config", "oid"), ("pg_ts_config_map", "mapcfg")],
            };
            for (table, column) in rows {
                self.add(table, column, [it.id.oid]);
            }
        }
    }

    /// Watches what objects of other schemata are called that definitions name.
    fn others(&mut self, dependencies: &[Dependency], own: &BTreeSet<ObjectId>) {
        let mut named: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
        for id in dependencies.iter().map(|it| it.to) {
            if !own.contains(&id) {
                named.entry(id.class).or_default().insert(id.oid);
            }
        }
        for (class, oids) in named {
            let Some((table, name, namespace)) = named_in(class) else {
                continue;
            };
            let any = self.parameter(oids.into_iter().collect());
            self.names.push(format!(
                "(SELECT pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat(r.oid, ' ', r.{name}, ' ', r.{namespace}), 0)) \
                 FROM pg_catalog.{table} r WHERE r.oid OPERATOR(pg_catalog.=) ANY ({any}))"
            ));
        }
    }
}

fn rows(table: &str, of: &str) -> String {
    format!("SELECT r.xmin FROM pg_catalog.{table} r WHERE {of}")
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
