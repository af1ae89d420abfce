//! One statement that reads a whole schema.

use std::collections::BTreeSet;

use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::result::Error;
use diesel::sql_types::Text;
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::catalog::Catalog;
use super::collation::{self, Collation};
use super::column::{self, Column, Default};
use super::comment::{self, Comment};
use super::constraint::{self, Constraint};
use super::fields::{Fields, Malformed};
use super::function::{self, Aggregate, Function};
use super::index::{self, Index, IndexColumn};
use super::inheritance::{self, Parent};
use super::object::{ObjectId, Oid, class};
use super::operator::{self, Cast, Family, Member, Operator, OperatorClass};
use super::other::{self, Other};
use super::policy::{self, Policy};
use super::relation::{self, Relation};
use super::rows::{Rows, own};
use super::rule::{self, Rule};
use super::schema::{self, DefaultPrivileges, Namespace};
use super::search::{self, Mapping, Search};
use super::sequence::{self, Sequence};
use super::statistics::{self, Statistics};
use super::trigger::{self, Trigger};
use super::types::{self, Range, Type};
use crate::kept::{Kept, Value};

/// Gathers the objects of the schema that is `named`. They are found by their dependency on it, as no catalog has an index by
/// schema: a scan would cost more with every schema there is.
const OWN: &str = "own AS MATERIALIZED (SELECT d.classid, d.objid FROM pg_catalog.pg_depend d \
    WHERE d.refclassid OPERATOR(pg_catalog.=) 2615::pg_catalog.oid \
    AND d.refobjid OPERATOR(pg_catalog.=) (SELECT oid FROM named))";

/// Nothing but the tables whose numbers are `$1`.
const GIVEN: &str = "WITH with_columns AS MATERIALIZED (SELECT pg_catalog.unnest($1) AS oid) ";

/// What is gathered from those and from the `relations` among them.
const MORE: &str = concat!(
    "with_columns AS MATERIALIZED (\
     SELECT oid FROM relations WHERE relkind OPERATOR(pg_catalog.<>) 'S' \
     UNION ALL SELECT t.typrelid FROM pg_catalog.pg_type t WHERE ",
    own!("t.oid", types),
    " AND t.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid), \
     all_types AS MATERIALIZED (\
     SELECT objid AS oid FROM own WHERE classid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid \
     UNION ALL SELECT reltype FROM relations WHERE reltype OPERATOR(pg_catalog.<>) 0::pg_catalog.oid)"
);

/// The statement that reads a schema, of the texts that read it, its relations, and all that is asked for.
pub(super) fn statement(schema: &str, relations: &str, asked: &[&str]) -> String {
    format!(
        "WITH named AS MATERIALIZED ({schema}), {OWN}, relations AS MATERIALIZED ({relations}), {MORE} {}",
        asked.join(" UNION ALL ")
    )
}

/// The statement that reads those facts of a schema that tell it from another.
pub(super) fn facts(Kinds(kinds): &Kinds, version: u32) -> String {
    let text_of = |rows: &Rows| match rows.kind {
        "default" if !kinds.contains(GENERATED) => column::PLAIN_DEFAULT_ROWS.facts,
        _ => rows.facts,
    };
    one(version, |kind| kinds.contains(kind), text_of)
}

/// The statement that reads one schema, by the texts of some kinds of rows.
fn one(
    version: u32,
    is_asked: impl Fn(&str) -> bool,
    text_of: impl Fn(&Rows) -> &'static str,
) -> String {
    let queries = Catalog::queries(version).into_iter();
    let asked = queries.filter(|it| is_asked(it.kind));
    let asked: Vec<&str> = asked.map(|it| part(it, &text_of)).collect();
    statement(text_of(&schema::ROWS), text_of(&relation::ROWS), &asked)
}

/// The part of the statement that asks for one kind of rows.
pub(super) fn part(rows: &Rows, text_of: impl FnOnce(&Rows) -> &'static str) -> &'static str {
    match rows.kind {
        // They are read already, for the others.
        "schema" => "SELECT kind, record FROM named",
        "relation" => "SELECT kind, record FROM relations",
        _ => text_of(rows),
    }
}

#[derive(QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    #[diesel(sql_type = Text)]
    pub(super) record: String,
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

/// No rows of their own, but those among the defaults that may name columns.
const GENERATED: &str = "generated";

/// The catalogs of what belongs to a table or type, beside indexes.
const INNER: [Oid; 5] = [
    class::CAST,
    class::CONSTRAINT,
    class::RULE,
    class::TRIGGER,
    class::POLICY,
];

impl Kinds {
    /// The schema alone, and not what is in it.
    pub(crate) fn schema() -> Self {
        Self(BTreeSet::from(["schema"]))
    }

    /// What draws from which sequences.
    #[cfg(feature = "migrations")]
    pub(crate) fn sequences() -> Self {
        Self(BTreeSet::from([
            "schema", "relation", "column", "default", GENERATED, "sequence",
        ]))
    }
}

impl Catalog {
    /// Reads a schema. What refers to its objects is written without the schema's name if the search path of the
    /// connection begins with it.
    ///
    /// Returns nothing if there is no such schema.
    #[expect(
        clippy::disallowed_methods,
        reason = "the text is constant, the name a value"
    )]
    pub(crate) fn read(
        pg: &mut PgConnection,
        schema: &str,
        detail: Detail<'_>,
        version: u32,
    ) -> QueryResult<Option<Self>> {
        let text = match detail {
            Detail::Facts(kinds) => facts(kinds, version),
            Detail::Definitions => one(version, |_| true, |rows| rows.full),
        };
        let query = diesel::sql_query(text).bind::<Text, _>(schema);
        let read = Self::of(query.load_iter::<Row, PgRowByRowLoadingMode>(pg)?)?;
        Ok((read.namespace.oid != 0).then_some(read))
    }

    /// Reads the foreign keys of some of its tables anew, in the place of all constraints: those facts that tell two schemata
    /// apart.
    pub(crate) fn refresh_keys(
        &mut self,
        pg: &mut PgConnection,
        tables: Vec<Oid>,
        version: u32,
    ) -> QueryResult<()> {
        let facts = constraint::rows(version).facts;
        let query = Kept::new(
            format!("{GIVEN}{facts} AND c.contype OPERATOR(pg_catalog.=) 'f'"),
            [Value::Oids(tables)],
        );
        let read = Self::of(query.load_iter::<Row, PgRowByRowLoadingMode>(pg)?)?;
        self.constraints = read.constraints;
        Ok(())
    }

    /// Takes rows as they come, while PostgreSQL reads on.
    fn of(rows: impl Iterator<Item = QueryResult<Row>>) -> QueryResult<Self> {
        let mut read = Self::default();
        for row in rows {
            let Row { kind, record } = row?;
            read.take(&kind, &record)?;
        }
        read.sort();
        Ok(read)
    }

    /// Takes one row.
    pub(super) fn take(&mut self, kind: &str, record: &str) -> QueryResult<()> {
        let added = self.add(kind, record);
        added.map_err(|error| malformed(kind, &error))
    }

    /// The queries for a version of PostgreSQL, as `server_version_num` gives it.
    pub(super) fn queries(version: u32) -> [&'static Rows; 41] {
        [
            &schema::ROWS,
            &schema::PRIVILEGE_ROWS,
            &relation::ROWS,
            &relation::TOAST_ROWS,
            &relation::SERVER_ROWS,
            &column::ROWS,
            &column::DEFAULT_ROWS,
            constraint::rows(version),
            &constraint::DOMAIN_ROWS,
            &index::ROWS,
            &index::COLUMN_ROWS,
            &index::PARENT_ROWS,
            &sequence::ROWS,
            &inheritance::ROWS,
            &types::ROWS,
            &types::RANGE_ROWS,
            &function::ROWS,
            &function::COMPANION_ROWS,
            &function::AGGREGATE_ROWS,
            &operator::ROWS,
            &operator::FAMILY_ROWS,
            &operator::CLASS_ROWS,
            &operator::OPERATOR_MEMBER_ROWS,
            &operator::FUNCTION_MEMBER_ROWS,
            &operator::CAST_ROWS,
            collation::rows(version),
            &rule::ROWS,
            &trigger::ROWS,
            &policy::ROWS,
            &statistics::ROWS,
            &search::PARSER_ROWS,
            &search::TEMPLATE_ROWS,
            &search::DICTIONARY_ROWS,
            &search::CONFIGURATION_ROWS,
            &search::MAPPING_ROWS,
            &comment::ROWS,
            &comment::INNER_ROWS,
            &other::ROWS,
            &other::EXTENSION_ROWS,
            &other::TRANSFORM_ROWS,
            &other::LABEL_ROWS,
        ]
    }

    /// The kinds of rows that this schema has.
    pub(crate) fn kinds(&self) -> Kinds {
        let is_index = |id: ObjectId| self.indexes.iter().any(|index| index.id() == id);
        let is_inner = |id: ObjectId| INNER.contains(&id.class) || is_index(id);
        let comments = self.comments.iter();
        let inner_comments = comments.filter(|it| is_inner(it.object)).count();
        let with = |has: fn(&Relation) -> bool| self.relations.iter().filter(|it| has(it)).count();
        let on = |has: fn(&Index) -> bool| self.indexes.iter().filter(|it| has(it)).count();
        let generated = self.columns.iter().filter(|it| it.generated != ' ').count();
        let counts = [
            (GENERATED, generated),
            ("privileges", self.privileges.len()),
            ("sequence", self.sequences.len()),
            ("toast", with(|it| !it.toast_options.is_empty())),
            ("server", with(|it| it.server.is_some())),
            ("domain constraint", self.types.len()),
            ("index column", on(|it| !it.details.is_empty())),
            ("index parent", on(|it| it.parent != 0)),
            ("inheritance", self.parents.len()),
            ("type", self.types.len()),
            ("range", self.ranges.len()),
            ("function", self.functions.len()),
            ("companion", self.come_along.len()),
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
            ("comment", self.comments.len() - inner_comments),
            ("inner comment", inner_comments),
        ];
        let found = counts.into_iter().filter(|(_, count)| *count > 0);
        Kinds(found.map(|(kind, _)| kind).chain(ALWAYS).collect())
    }

    fn add(&mut self, kind: &str, record: &str) -> Result<(), Malformed> {
        let fields = &mut Fields::of(record)?;
        match kind {
            "schema" => self.namespace = Namespace::read(fields)?,
            "privileges" => self.privileges.push(DefaultPrivileges::read(fields)?),
            "relation" => self.relations.push(Relation::read(fields)?),
            "column" => self.columns.push(Column::read(fields)?),
            "default" => self.defaults.push(Default::read(fields)?),
            "toast" => {
                let relation = self.on_relation(fields.oid()?)?;
                relation.toast_options = fields.strings()?;
            }
            "server" => {
                let relation = self.on_relation(fields.oid()?)?;
                relation.server = fields.optional()?;
                relation.server_options = fields.strings()?;
            }
            "constraint" | "domain constraint" => self.constraints.push(Constraint::read(fields)?),
            "index" => self.indexes.push(Index::read(fields)?),
            "index column" => {
                let index = self.on_index(fields.oid()?)?;
                index.details.push(IndexColumn::read(fields)?);
                index.details.sort();
            }
            "index parent" => {
                let index = self.on_index(fields.oid()?)?;
                index.parent = fields.oid()?;
            }
            "sequence" => self.sequences.push(Sequence::read(fields)?),
            "inheritance" => self.parents.push(Parent::read(fields)?),
            "type" => match Type::read(fields)? {
                // Found by its range.
                multirange if multirange.kind == 'm' => {}
                other => self.types.push(other),
            },
            "range" => self.ranges.push(Range::read(fields)?),
            "function" => self.functions.push(Function::read(fields)?),
            "companion" => {
                let function = ObjectId::function(fields.oid()?);
                self.functions.retain(|it| it.id() != function);
                let type_ = ObjectId::type_(fields.oid()?);
                self.come_along.push((function, type_));
            }
            "aggregate" => self.aggregates.push(Aggregate::read(fields)?),
            "operator" => self.operators.push(Operator::read(fields)?),
            "family" => self.families.push(Family::read(fields)?),
            "class" => self.classes.push(OperatorClass::read(fields)?),
            "member" => self.members.push(Member::read(fields)?),
            "cast" => self.casts.push(Cast::read(fields)?),
            "collation" => self.collations.push(Collation::read(fields)?),
            "rule" => self.rules.push(Rule::read(fields)?),
            "trigger" => {
                let trigger = Trigger::read(fields)?;
                if !trigger.is_guard {
                    self.triggers.push(trigger);
                }
            }
            "policy" => self.policies.push(Policy::read(fields)?),
            "statistics" => self.statistics.push(Statistics::read(fields)?),
            "search" => self.searches.push(Search::read(fields)?),
            "mapping" => self.mappings.push(Mapping::read(fields)?),
            "comment" | "inner comment" => self.comments.push(Comment::read(fields)?),
            "other" => self.others.push(Other::read(fields)?),
            _ => return Err("no kind of object".into()),
        }
        Ok(())
    }
}

impl Catalog {
    fn on_relation(&mut self, oid: Oid) -> Result<&mut Relation, Malformed> {
        let relation = self.relations.iter_mut().find(|it| it.oid == oid);
        relation.ok_or_else(|| "no such relation".into())
    }

    fn on_index(&mut self, oid: Oid) -> Result<&mut Index, Malformed> {
        let index = self.indexes.iter_mut().find(|it| it.oid == oid);
        index.ok_or_else(|| "no such index".into())
    }
}

pub(super) fn malformed(kind: &str, error: &Malformed) -> Error {
    Error::DeserializationError(format!("a {kind} of the catalogs: {error}").into())
}
