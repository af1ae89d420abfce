//! Types: enums, domains, composites, ranges.

use super::fields::{Fields, Malformed};
use super::grant::{Grants, grants};
use super::object::{ObjectId, Oid};
use super::rows::{Rows, own, rows};

pub(super) const ROWS: Rows = rows!("type":
    "t.oid", "t.typname", "t.typtype", "t.typisdefined", "pg_catalog.pg_get_userbyid(t.typowner)",
    "t.typarray", "t.typrelid", "t.typbasetype", "t.typtypmod", "t.typnotnull", "t.typcollation",
    "COALESCE(pg_catalog.pg_get_expr(t.typdefaultbin, 0::pg_catalog.oid), t.typdefault)",
    @full "CASE WHEN t.typbasetype OPERATOR(pg_catalog.<>) 0::pg_catalog.oid \
        THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END",
    @full "CASE WHEN t.typcollation OPERATOR(pg_catalog.<>) 0::pg_catalog.oid AND EXISTS (SELECT FROM pg_catalog.pg_type b \
        WHERE b.oid OPERATOR(pg_catalog.=) t.typbasetype AND b.typcollation OPERATOR(pg_catalog.<>) t.typcollation) \
        THEN t.typcollation::pg_catalog.regcollation END",
    // To sort them is more for PostgreSQL than for us.
    "CASE WHEN t.typtype OPERATOR(pg_catalog.=) 'e' THEN (SELECT ROW(pg_catalog.array_agg(e.enumlabel), \
     pg_catalog.array_agg(e.enumsortorder)) FROM pg_catalog.pg_enum e WHERE e.enumtypid OPERATOR(pg_catalog.=) t.oid) END",
    grants!("t.typacl", "'T'", "t.typowner");
    "FROM pg_catalog.pg_type t WHERE ", own!("t.oid", types));

pub(super) const RANGE_ROWS: Rows = rows!("range":
    "r.rngtypid", "r.rngsubtype", "r.rngmultitypid",
    "(SELECT m.typarray FROM pg_catalog.pg_type m WHERE m.oid OPERATOR(pg_catalog.=) r.rngmultitypid)",
    "(SELECT m.typname FROM pg_catalog.pg_type m WHERE m.oid OPERATOR(pg_catalog.=) r.rngmultitypid)",
    "r.rngcollation", "r.rngsubopc",
    "r.rngcanonical::pg_catalog.oid", "r.rngsubdiff::pg_catalog.oid";
    "FROM pg_catalog.pg_range r WHERE ", own!("r.rngtypid", types));

/// A type, as `pg_type` has it; those that come with a table are with the relations.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    /// `e`num, `d`omain, `c`omposite, `r`ange, `m`ultirange, `b`ase, `p`seudo.
    pub(crate) kind: char,
    pub(crate) is_defined: bool,
    pub(crate) owner: String,
    pub(crate) array_type: Oid,
    /// The relation that has a composite type's attributes.
    pub(crate) relation: Oid,
    pub(crate) base: Oid,
    pub(crate) base_modifier: i32,
    pub(crate) not_null: bool,
    pub(crate) collation: Oid,
    pub(crate) default: Option<String>,
    pub(crate) base_name: Option<String>,
    pub(crate) collation_name: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) grants: Grants,
}

impl Type {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            name: fields.text()?,
            kind: fields.letter()?,
            is_defined: fields.flag()?,
            owner: fields.text()?,
            array_type: fields.oid()?,
            relation: fields.oid()?,
            base: fields.oid()?,
            base_modifier: fields.number()?,
            not_null: fields.flag()?,
            collation: fields.oid()?,
            default: fields.optional()?,
            base_name: fields.optional()?,
            collation_name: fields.optional()?,
            labels: match fields.optional()? {
                Some(record) => labels(&mut Fields::of(&record)?)?,
                None => Vec::new(),
            },
            grants: fields.grants()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::type_(self.oid)
    }
}

/// The labels of an enum, in their order. A label that was put between two others has a fraction: only the order counts.
fn labels(fields: &mut Fields<'_>) -> Result<Vec<String>, Malformed> {
    let [labels, places] = [fields.strings()?, fields.strings()?];
    let places: Result<Vec<f32>, _> = places.iter().map(|it| it.parse()).collect();
    let mut sorted: Vec<(f32, String)> = places?.into_iter().zip(labels).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(sorted.into_iter().map(|(_, label)| label).collect())
}

/// What a range type is of, as `pg_range` has it.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    pub(crate) type_: Oid,
    pub(crate) subtype: Oid,
    pub(crate) multirange: Oid,
    pub(crate) multirange_array: Oid,
    pub(crate) multirange_name: String,
    pub(crate) collation: Oid,
    pub(crate) class: Oid,
    pub(crate) canonical: Oid,
    pub(crate) difference: Oid,
}

impl Range {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            type_: fields.oid()?,
            subtype: fields.oid()?,
            multirange: fields.oid()?,
            multirange_array: fields.oid()?,
            multirange_name: fields.text()?,
            collation: fields.oid()?,
            class: fields.oid()?,
            canonical: fields.oid()?,
            difference: fields.oid()?,
        })
    }
}
