//! One statement that reads a whole schema.

use std::collections::BTreeSet;

use diesel::pg::PgConnection;
use diesel::result::Error;
use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::catalog::Catalog;
use super::collation::{self, Collation};
use super::column::{self, Column, Default};
use super::comment::{self, Comment};
use super::constraint::{self, Constraint};
use super::fields::{Fields, Malformed};
use super::function::{self, Aggregate, Function};
use super::index::{self, Index};
use super::inheritance::{self, Parent};
use super::object::ObjectId;
use super::operator::{self, Cast, Family, Member, Operator, OperatorClass};
use super::other::{self, Other};
use super::policy::{self, Policy};
use super::relation::{self, Relation};
use super::rule::{self, Rule};
use super::schema::{self, DefaultPrivileges, Namespace};
use super::search::{self, Mapping, Search};
use super::sequence::{self, Sequence};
use super::statistics::{self, Statistics};
use super::trigger::{self, Trigger};
use super::types::{self, Range, Type};

/// What all queries begin from. Objects are found by their dependency on the schema, as no catalog has an index by
/// schema: a scan would cost more with every schema there is.
const BEGIN: &str = "\
    WITH named AS MATERIALIZED (SELECT n.oid FROM pg_catalog.pg_namespace n \
    WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name), \
    wanted AS MATERIALIZED (SELECT $2 AS in_full), \
    own AS MATERIALIZED (SELECT d.classid, d.objid FROM pg_catalog.pg_depend d \
    WHERE d.refclassid OPERATOR(pg_catalog.=) 2615::pg_catalog.oid \
    AND d.refobjid OPERATOR(pg_catalog.=) (SELECT oid FROM named)), \
    with_columns AS MATERIALIZED (\
    SELECT c.oid AS relation FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY(\
    SELECT objid FROM own WHERE classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid)) \
    AND c.relkind OPERATOR(pg_catalog.<>) 'S' \
    UNION ALL SELECT t.typrelid FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) ANY (ARRAY(\
    SELECT objid FROM own WHERE classid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid)) \
    AND t.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid), \
    own_types AS MATERIALIZED (\
    SELECT objid AS type FROM own WHERE classid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid \
    UNION ALL SELECT c.reltype FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY(\
    SELECT relation FROM with_columns)) AND c.reltype OPERATOR(pg_catalog.<>) 0::pg_catalog.oid) ";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    fields: Vec<Option<String>>,
}

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Detail<'a> {
    /// What tells two schemata apart, of those kinds of rows that another schema has, and some more.
    Facts(&'a Kinds),
    /// Everything: that, and how each object is made.
    Definitions,
}

/// Kinds of rows, so that what is not there need not be asked for.
#[derive(Debug, Clone, PartialEq, Eq, std::default::Default)]
pub(crate) struct Kinds(BTreeSet<&'static str>);

/// Of these a schema may have some without having any other object.
const ALWAYS: [&str; 9] = [
    "schema",
    "relation",
    "column",
    "default",
    "constraint",
    "index",
    "rule",
    "trigger",
    "policy",
];

impl Kinds {
    /// Constraints alone.
    pub(crate) fn constraints() -> Self {
        Self(BTreeSet::from(["schema", "constraint"]))
    }

    /// What draws from which sequences.
    pub(crate) fn sequences() -> Self {
        Self(BTreeSet::from([
            "schema", "relation", "column", "default", "sequence",
        ]))
    }
}

impl Catalog {
    /// Reads a schema. What refers to its objects is written without the schema's name if the search path of the
    /// connection begins with it.
    ///
    /// Returns nothing if there is no such schema.
    pub(crate) fn read(
        pg: &mut PgConnection,
        schema: &str,
        detail: Detail<'_>,
        version: u32,
    ) -> QueryResult<Option<Self>> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the text is constant, the name a value"
        )]
        let query = diesel::sql_query(text(version, detail))
            .bind::<Text, _>(schema)
            .bind::<Bool, _>(matches!(detail, Detail::Definitions));
        let rows: Vec<Row> = query.load(pg)?;
        let mut namespace = None;
        let mut read = Self::default();
        for Row { kind, fields } in rows {
            let added = read.add(&mut namespace, &kind, fields);
            added.map_err(|error| malformed(&kind, &error))?;
        }
        let Some(namespace) = namespace else {
            return Ok(None);
        };
        read.namespace = namespace;
        read.sort();
        Ok(Some(read))
    }

    /// The kinds of rows that this schema has.
    pub(crate) fn kinds(&self) -> Kinds {
        let counts = [
            ("privileges", self.privileges.len()),
            ("sequence", self.sequences.len()),
            ("inheritance", self.parents.len()),
            ("type", self.types.len()),
            ("range", self.ranges.len()),
            ("function", self.functions.len()),
            ("aggregate", self.aggregates.len()),
            ("operator", self.operators.len()),
            ("family", self.families.len()),
            ("class", self.classes.len()),
            ("member", self.members.len()),
            ("cast", self.casts.len()),
            ("collation", self.collations.len()),
            ("statistics", self.statistics.len()),
            ("search", self.searches.len()),
            ("mapping", self.mappings.len()),
            ("comment", self.comments.len()),
        ];
        let found = counts.into_iter().filter(|(_, count)| *count > 0);
        Kinds(found.map(|(kind, _)| kind).chain(ALWAYS).collect())
    }

    fn add(
        &mut self,
        namespace: &mut Option<Namespace>,
        kind: &str,
        fields: Vec<Option<String>>,
    ) -> Result<(), Malformed> {
        let fields = &mut Fields::new(fields);
        match kind {
            "schema" => *namespace = Some(Namespace::read(fields)?),
            "privileges" => self.privileges.push(DefaultPrivileges::read(fields)?),
            "relation" => self.relations.push(Relation::read(fields)?),
            "column" => self.columns.push(Column::read(fields)?),
            "default" => self.defaults.push(Default::read(fields)?),
            "constraint" => self.constraints.push(Constraint::read(fields)?),
            "index" => self.indexes.push(Index::read(fields)?),
            "sequence" => self.sequences.push(Sequence::read(fields)?),
            "inheritance" => self.parents.push(Parent::read(fields)?),
            "type" => match Type::read(fields)? {
                // Found by its range.
                multirange if multirange.kind == 'm' => {}
                other => self.types.push(other),
            },
            "range" => self.ranges.push(Range::read(fields)?),
            "function" => match Function::read(fields)? {
                made if made.comes_with != 0 => {
                    let type_ = ObjectId::type_(made.comes_with);
                    self.come_along.push((made.id(), type_));
                }
                other => self.functions.push(other),
            },
            "aggregate" => self.aggregates.push(Aggregate::read(fields)?),
            "operator" => self.operators.push(Operator::read(fields)?),
            "family" => self.families.push(Family::read(fields)?),
            "class" => self.classes.push(OperatorClass::read(fields)?),
            "member" => self.members.push(Member::read(fields)?),
            "cast" => self.casts.push(Cast::read(fields)?),
            "collation" => self.collations.push(Collation::read(fields)?),
            "rule" => self.rules.push(Rule::read(fields)?),
            "trigger" => self.triggers.push(Trigger::read(fields)?),
            "policy" => self.policies.push(Policy::read(fields)?),
            "statistics" => self.statistics.push(Statistics::read(fields)?),
            "search" => self.searches.push(Search::read(fields)?),
            "mapping" => self.mappings.push(Mapping::read(fields)?),
            "comment" => self.comments.push(Comment::read(fields)?),
            "other" => self.others.push(Other::read(fields)?),
            _ => return Err("no kind of object".into()),
        }
        Ok(())
    }
}

fn malformed(kind: &str, error: &Malformed) -> Error {
    Error::DeserializationError(format!("a {kind} of the catalogs: {error}").into())
}

/// The statement for a version of PostgreSQL, as `server_version_num` gives it.
fn text(version: u32, detail: Detail<'_>) -> String {
    let constraints = match version {
        180_000.. => constraint::ROWS_OF_18,
        _ => constraint::ROWS,
    };
    let collations = match version {
        170_000.. => collation::ROWS_OF_17,
        160_000.. => collation::ROWS_OF_16,
        _ => collation::ROWS,
    };
    let queries = [
        ("schema", schema::ROWS),
        ("privileges", schema::PRIVILEGE_ROWS),
        ("relation", relation::ROWS),
        ("column", column::ROWS),
        ("default", column::DEFAULT_ROWS),
        ("constraint", constraints),
        ("index", index::ROWS),
        ("sequence", sequence::ROWS),
        ("inheritance", inheritance::ROWS),
        ("type", types::ROWS),
        ("range", types::RANGE_ROWS),
        ("function", function::ROWS),
        ("aggregate", function::AGGREGATE_ROWS),
        ("operator", operator::ROWS),
        ("family", operator::FAMILY_ROWS),
        ("class", operator::CLASS_ROWS),
        ("member", operator::MEMBER_ROWS),
        ("cast", operator::CAST_ROWS),
        ("collation", collations),
        ("rule", rule::ROWS),
        ("trigger", trigger::ROWS),
        ("policy", policy::ROWS),
        ("statistics", statistics::ROWS),
        ("search", search::PARSER_ROWS),
        ("search", search::TEMPLATE_ROWS),
        ("search", search::DICTIONARY_ROWS),
        ("search", search::CONFIGURATION_ROWS),
        ("mapping", search::MAPPING_ROWS),
        ("comment", comment::ROWS),
        ("other", other::ROWS),
    ];
    let queries = queries.into_iter().filter(|(kind, _)| match detail {
        Detail::Facts(Kinds(kinds)) => kinds.contains(kind),
        Detail::Definitions => true,
    });
    let queries: Vec<&str> = queries.map(|(_, query)| query).collect();
    format!("{BEGIN}{}", queries.join(" UNION ALL "))
}
