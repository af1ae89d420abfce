//! What depends on what, and the names of what is in other schemata.

use std::collections::{BTreeSet, HashMap};

use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Oid as SqlOid, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::catalog::Catalog;
use super::object::{ObjectId, Oid, class};

/// One object depends on another. A dependency of PostgreSQL's own objects is in no catalog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dependency {
    pub(crate) from: ObjectId,
    pub(crate) to: ObjectId,
}

/// What objects are called in SQL, from the schema that was read.
pub(crate) type Names = HashMap<ObjectId, String>;

#[derive(QueryableByName)]
struct DependencyRow {
    #[diesel(sql_type = SqlOid)]
    classid: Oid,
    #[diesel(sql_type = SqlOid)]
    objid: Oid,
    #[diesel(sql_type = SqlOid)]
    refclassid: Oid,
    #[diesel(sql_type = SqlOid)]
    refobjid: Oid,
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = SqlOid)]
    class: Oid,
    #[diesel(sql_type = SqlOid)]
    oid: Oid,
    #[diesel(sql_type = Text)]
    text: String,
}

/// Names of one catalog: `quote_ident` where the object is in the schema that is read, else with its schema.
macro_rules! names {
    ($class:literal, $catalog:literal, $name:literal, $namespace:literal) => {
        concat!(
            "SELECT ", $class, "::pg_catalog.oid AS class, o.oid, CASE WHEN o.", $namespace,
            " OPERATOR(pg_catalog.=) $1 THEN ", $name, " ELSE pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', ",
            $name, ") END AS text FROM pg_catalog.", $catalog, " o JOIN pg_catalog.pg_namespace n \
             ON n.oid OPERATOR(pg_catalog.=) o.", $namespace,
            " WHERE o.oid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT w.oid FROM wanted w WHERE w.class OPERATOR(pg_catalog.=) ",
            $class, "::pg_catalog.oid))"
        )
    };
}

impl Catalog {
    /// Every object of the schema that has a number of its own.
    pub(crate) fn objects(&self) -> Vec<ObjectId> {
        let relations = self.relations.iter().flat_map(|it| {
            [
                it.id(),
                ObjectId::type_(it.row_type),
                ObjectId::type_(it.array_type),
            ]
        });
        let types = self.types.iter().flat_map(|it| {
            [
                it.id(),
                ObjectId::type_(it.array_type),
                ObjectId::relation(it.relation),
            ]
        });
        let ranges = self
            .ranges
            .iter()
            .flat_map(|it| [it.multirange, it.multirange_array].map(ObjectId::type_));
        let mut objects: Vec<ObjectId> = relations.chain(types).chain(ranges).collect();
        objects.push(ObjectId::new(class::SCHEMA, self.namespace.oid));
        objects.extend(self.defaults.iter().map(|it| it.id()));
        objects.extend(self.constraints.iter().map(|it| it.id()));
        objects.extend(self.indexes.iter().map(|it| it.id()));
        objects.extend(self.functions.iter().map(|it| it.id()));
        objects.extend(self.come_along.iter().map(|(id, _)| *id));
        objects.extend(self.operators.iter().map(|it| it.id()));
        objects.extend(self.families.iter().map(|it| it.id()));
        objects.extend(self.classes.iter().map(|it| it.id()));
        objects.extend(self.members.iter().map(|it| it.id));
        objects.extend(self.casts.iter().map(|it| it.id()));
        objects.extend(self.collations.iter().map(|it| it.id()));
        objects.extend(self.rules.iter().map(|it| it.id()));
        objects.extend(self.triggers.iter().map(|it| it.id()));
        objects.extend(self.policies.iter().map(|it| it.id()));
        objects.extend(self.statistics.iter().map(|it| it.id()));
        objects.extend(self.searches.iter().map(|it| it.id));
        objects.retain(|it| it.oid != 0);
        objects
    }

    /// Reads what the objects of the schema depend on.
    #[expect(clippy::disallowed_methods, reason = "the text is constant")]
    pub(crate) fn dependencies(&self, pg: &mut PgConnection) -> QueryResult<Vec<Dependency>> {
        let (classes, oids) = pairs(self.objects());
        let query = diesel::sql_query(
            "SELECT d.classid, d.objid, d.refclassid, d.refobjid \
             FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS o (class, oid) JOIN pg_catalog.pg_depend d \
             ON d.classid OPERATOR(pg_catalog.=) o.class AND d.objid OPERATOR(pg_catalog.=) o.oid",
        );
        let query = query.bind::<Array<SqlOid>, _>(classes);
        let rows: Vec<DependencyRow> = query.bind::<Array<SqlOid>, _>(oids).load(pg)?;
        let dependencies = rows.into_iter().map(|row| Dependency {
            from: ObjectId::new(row.classid, row.objid),
            to: ObjectId::new(row.refclassid, row.refobjid),
        });
        Ok(dependencies.collect())
    }

    /// Asks what the objects are called that definitions have to name, in this schema and in others.
    #[expect(clippy::disallowed_methods, reason = "the text is constant")]
    pub(crate) fn names(&self, pg: &mut PgConnection) -> QueryResult<Names> {
        const NAMES: &str = concat!(
            "WITH wanted AS MATERIALIZED (SELECT class, oid FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS w (class, oid)) \
             SELECT w.class, w.oid, pg_catalog.format_type(w.oid, NULL) AS text FROM wanted w \
             WHERE w.class OPERATOR(pg_catalog.=) 1247::pg_catalog.oid UNION ALL \
             SELECT w.class, w.oid, w.oid::pg_catalog.regprocedure::pg_catalog.text AS text FROM wanted w \
             WHERE w.class OPERATOR(pg_catalog.=) 0::pg_catalog.oid UNION ALL \
             SELECT w.class, w.oid, m.amname AS text FROM wanted w JOIN pg_catalog.pg_am m \
             ON m.oid OPERATOR(pg_catalog.=) w.oid WHERE w.class OPERATOR(pg_catalog.=) 2601::pg_catalog.oid UNION ALL \
             SELECT w.class, w.oid, l.lanname AS text FROM wanted w JOIN pg_catalog.pg_language l \
             ON l.oid OPERATOR(pg_catalog.=) w.oid WHERE w.class OPERATOR(pg_catalog.=) 2612::pg_catalog.oid UNION ALL ",
            names!(
                "1259",
                "pg_class",
                "pg_catalog.quote_ident(o.relname)",
                "relnamespace"
            ),
            " UNION ALL ",
            names!(
                "1255",
                "pg_proc",
                "pg_catalog.quote_ident(o.proname)",
                "pronamespace"
            ),
            " UNION ALL ",
            names!("2617", "pg_operator", "o.oprname", "oprnamespace"),
            " UNION ALL ",
            names!(
                "3456",
                "pg_collation",
                "pg_catalog.quote_ident(o.collname)",
                "collnamespace"
            ),
            " UNION ALL ",
            names!(
                "2616",
                "pg_opclass",
                "pg_catalog.quote_ident(o.opcname)",
                "opcnamespace"
            ),
            " UNION ALL ",
            names!(
                "2753",
                "pg_opfamily",
                "pg_catalog.quote_ident(o.opfname)",
                "opfnamespace"
            ),
            " UNION ALL ",
            names!(
                "3600",
                "pg_ts_dict",
                "pg_catalog.quote_ident(o.dictname)",
                "dictnamespace"
            ),
            " UNION ALL ",
            names!(
                "3601",
                "pg_ts_parser",
                "pg_catalog.quote_ident(o.prsname)",
                "prsnamespace"
            ),
            " UNION ALL ",
            names!(
                "3764",
                "pg_ts_template",
                "pg_catalog.quote_ident(o.tmplname)",
                "tmplnamespace"
            ),
        );
        let (classes, oids) = pairs(self.named());
        let query = diesel::sql_query(NAMES).bind::<SqlOid, _>(self.namespace.oid);
        let query = query.bind::<Array<SqlOid>, _>(classes);
        let rows: Vec<NameRow> = query.bind::<Array<SqlOid>, _>(oids).load(pg)?;
        let names = rows
            .into_iter()
            .map(|row| (ObjectId::new(row.class, row.oid), row.text));
        Ok(names.collect())
    }

    /// The objects that definitions have to name which PostgreSQL does not write for us.
    fn named(&self) -> BTreeSet<ObjectId> {
        let mut named = BTreeSet::new();
        let mut name = |class: Oid, oids: &[Oid]| {
            named.extend(oids.iter().map(|oid| ObjectId::new(class, *oid)));
        };
        for it in &self.ranges {
            name(class::TYPE, &[it.subtype]);
            name(class::COLLATION, &[it.collation]);
            name(class::OPERATOR_CLASS, &[it.class]);
            name(class::FUNCTION, &[it.canonical, it.difference]);
        }
        for it in &self.aggregates {
            name(class::FUNCTION, &it.functions);
            name(class::TYPE, &[it.state, it.moving_state]);
            name(class::OPERATOR, &[it.sort_operator]);
        }
        for it in &self.operators {
            name(class::TYPE, &[it.left, it.right]);
            name(class::OPERATOR, &[it.commutator, it.negator]);
            name(class::FUNCTION, &it.functions);
        }
        for it in &self.classes {
            name(class::TYPE, &[it.type_, it.stored]);
            name(class::OPERATOR_FAMILY, &[it.family]);
        }
        for it in &self.members {
            name(class::TYPE, &[it.left, it.right]);
            name(class::OPERATOR_FAMILY, &[it.family, it.sort_family]);
            let what = if it.is_operator() {
                class::OPERATOR
            } else {
                class::SIGNATURE
            };
            name(what, &[it.member]);
        }
        for it in &self.casts {
            name(class::SIGNATURE, &[it.function]);
        }
        for it in &self.searches {
            name(class::FUNCTION, &it.functions);
            name(class::SEARCH_TEMPLATE, &[it.based_on]);
            name(class::SEARCH_PARSER, &[it.based_on]);
        }
        for it in &self.mappings {
            name(class::SEARCH_DICTIONARY, &it.dictionaries);
        }
        self.read_by_people(&mut name);
        named.retain(|it| it.oid != 0);
        named
    }

    /// What only the facts name.
    fn read_by_people(&self, name: &mut impl FnMut(Oid, &[Oid])) {
        for it in &self.relations {
            name(class::ACCESS_METHOD, &[it.method]);
        }
        for it in &self.columns {
            name(class::TYPE, &[it.type_]);
            name(class::COLLATION, &[it.collation]);
        }
        for it in &self.sequences {
            name(class::TYPE, &[it.type_]);
        }
        for it in &self.constraints {
            name(class::RELATION, &[it.referenced]);
            name(class::OPERATOR, &it.operators);
            name(class::OPERATOR, &it.exclusion_operators);
        }
        for it in &self.indexes {
            name(class::ACCESS_METHOD, &[it.method]);
            name(class::COLLATION, &it.collations);
            name(class::OPERATOR_CLASS, &it.classes);
        }
        for it in &self.types {
            name(class::TYPE, &[it.base]);
            name(class::COLLATION, &[it.collation]);
        }
        for it in &self.functions {
            name(class::LANGUAGE, &[it.language]);
            name(class::TYPE, &it.argument_types);
            name(class::TYPE, &it.all_argument_types);
            name(class::TYPE, &[it.returns, it.variadic]);
        }
        for it in &self.triggers {
            name(class::FUNCTION, &[it.function]);
        }
        for it in &self.parents {
            name(class::RELATION, &[it.parent]);
        }
    }
}

fn pairs(objects: impl IntoIterator<Item = ObjectId>) -> (Vec<Oid>, Vec<Oid>) {
    objects.into_iter().map(|it| (it.class, it.oid)).unzip()
}
