//! Columns of tables and views, attributes of composite types, and their defaults.

use super::fields::{Fields, Malformed, in_full, rows, strings};
use super::grant::{Grants, grants};
use super::object::{ObjectId, Oid, class};

/// Of the relations, and of the composite types.
pub(super) const ROWS: &str = rows!("column":
    "a.attrelid", "a.attnum", "a.attname", "a.atttypid", "a.atttypmod", "a.attlen", "a.attnotnull", "a.attidentity",
    "a.attgenerated", "a.attstorage", "a.attcompression", "a.attstattarget", "a.attislocal", "a.attinhcount",
    "a.attcollation", strings!("a.attoptions"), strings!("a.attfdwoptions"),
    in_full!("pg_catalog.format_type(a.atttypid, a.atttypmod)"),
    in_full!("(SELECT t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid)"),
    in_full!("(SELECT t.typstorage FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid)"),
    in_full!("CASE WHEN a.attcollation OPERATOR(pg_catalog.<>) 0::pg_catalog.oid AND EXISTS (SELECT FROM pg_catalog.pg_type t \
        WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid AND t.typcollation OPERATOR(pg_catalog.<>) a.attcollation) \
        THEN a.attcollation::pg_catalog.regcollation END"),
    grants!("a.attacl", "'c'", "0::pg_catalog.oid");
    "FROM pg_catalog.pg_attribute a \
     WHERE a.attrelid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT relation FROM with_columns)) \
     AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped");

pub(super) const DEFAULT_ROWS: &str = rows!("default":
    "d.oid", "d.adrelid", "d.adnum", "e.expression",
    "CASE WHEN pg_catalog.strpos(e.expression, 'nextval(') OPERATOR(pg_catalog.>) 0 THEN (SELECT s.oid \
     FROM pg_catalog.pg_depend n JOIN pg_catalog.pg_class s ON s.oid OPERATOR(pg_catalog.=) n.refobjid \
     WHERE n.classid OPERATOR(pg_catalog.=) 2604::pg_catalog.oid AND n.objid OPERATOR(pg_catalog.=) d.oid \
     AND n.refclassid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid AND s.relkind OPERATOR(pg_catalog.=) 'S' LIMIT 1) END";
    "FROM pg_catalog.pg_attrdef d \
     CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression OFFSET 0) e WHERE d.adrelid OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT relation FROM with_columns))");

/// A column, as `pg_attribute` has it.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) relation: Oid,
    /// Counted with the columns that were dropped.
    pub(crate) number: i16,
    pub(crate) name: String,
    pub(crate) type_: Oid,
    pub(crate) type_modifier: i32,
    /// In bytes; negative if it varies.
    pub(crate) length: i16,
    pub(crate) not_null: bool,
    /// `a`lways, by `d`efault, or a blank.
    pub(crate) identity: char,
    /// `s`tored, `v`irtual, or a blank.
    pub(crate) generated: char,
    pub(crate) storage: char,
    pub(crate) compression: char,
    /// -1 is the default.
    pub(crate) statistics: i16,
    pub(crate) is_local: bool,
    /// How many parents have it.
    pub(crate) inherited: i16,
    pub(crate) collation: Oid,
    pub(crate) options: Vec<String>,
    pub(crate) server_options: Vec<String>,
    pub(crate) type_name: Option<String>,
    /// The type that the type is a domain of.
    pub(crate) base: Oid,
    /// How the type is stored if nothing is said.
    pub(crate) type_storage: char,
    /// Only if it is not the type's.
    pub(crate) collation_name: Option<String>,
    pub(crate) grants: Grants,
}

impl Column {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Malformed> {
        Ok(Self {
            relation: fields.oid()?,
            number: fields.number()?,
            name: fields.text()?,
            type_: fields.oid()?,
            type_modifier: fields.number()?,
            length: fields.number()?,
            not_null: fields.flag()?,
            identity: fields.letter()?,
            generated: fields.letter()?,
            storage: fields.letter()?,
            compression: fields.letter()?,
            statistics: fields.number_or(-1)?,
            is_local: fields.flag()?,
            inherited: fields.number()?,
            collation: fields.oid()?,
            options: fields.strings()?,
            server_options: fields.strings()?,
            type_name: fields.optional()?,
            base: fields.oid()?,
            type_storage: fields.letter()?,
            collation_name: fields.optional()?,
            grants: fields.grants()?,
        })
    }
}

/// A default, or the expression of a generated column.
#[derive(Debug, Clone)]
pub(crate) struct Default {
    pub(crate) oid: Oid,
    pub(crate) relation: Oid,
    pub(crate) column: i16,
    pub(crate) expression: String,
    /// The sequence that it draws from.
    sequence: Oid,
}

impl Default {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            relation: fields.oid()?,
            column: fields.number()?,
            expression: fields.text()?,
            sequence: fields.oid()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::DEFAULT, self.oid)
    }

    /// The sequence whose next number this is, and nothing else.
    pub(crate) fn sequence(&self) -> Option<Oid> {
        let call = self.expression.trim_start_matches("pg_catalog.");
        let name = call
            .strip_prefix("nextval('")?
            .strip_suffix("'::regclass)")?;
        let is_alone = !name.replace("''", "").contains('\'');
        (is_alone && self.sequence != 0).then_some(self.sequence)
    }
}
