//! Columns of tables and views, attributes of composite types, and their defaults.

use super::fields::{Fields, Malformed};
use super::grant::{Grants, grants};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, rows};
use crate::quoted::unquoted;

/// Of the relations, and of the composite types.
pub(super) const ROWS: Rows = rows!("column":
    "a.attrelid", "a.attnum", "a.attname", "a.atttypid", "a.atttypmod", "a.attlen", "a.attnotnull", "a.attidentity",
    "a.attgenerated", "a.attstorage", "a.attcompression", "a.attstattarget", "a.attislocal", "a.attinhcount",
    "a.attcollation", "a.attoptions", "a.attfdwoptions",
    @full "pg_catalog.format_type(a.atttypid, a.atttypmod)",
    @full "(SELECT t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid)",
    @full "(SELECT t.typstorage FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid)",
    @full "CASE WHEN a.attcollation OPERATOR(pg_catalog.<>) 0::pg_catalog.oid AND EXISTS (SELECT FROM pg_catalog.pg_type t \
        WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid AND t.typcollation OPERATOR(pg_catalog.<>) a.attcollation) \
        THEN a.attcollation::pg_catalog.regcollation END",
    grants!("a.attacl", "'c'", "0::pg_catalog.oid");
    "FROM pg_catalog.pg_attribute a \
     WHERE ", own!("a.attrelid", with_columns), " \
     AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 AND NOT a.attisdropped");

pub(super) const DEFAULT_ROWS: Rows = rows!("default":
    "d.oid", "d.adrelid", "d.adnum", "pg_catalog.pg_get_expr(d.adbin, d.adrelid)";
    "FROM pg_catalog.pg_attrdef d WHERE ", own!("d.adrelid", with_columns));

/// The same where no column is generated, so that none names another: PostgreSQL would look up the names of all. It fails if one
/// does.
pub(super) const PLAIN_DEFAULT_ROWS: Rows = rows!("default":
    "d.oid", "d.adrelid", "d.adnum", "pg_catalog.pg_get_expr(d.adbin, 0::pg_catalog.oid)";
    "FROM pg_catalog.pg_attrdef d WHERE ", own!("d.adrelid", with_columns));

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
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
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
}

impl Default {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            relation: fields.oid()?,
            column: fields.number()?,
            expression: fields.text()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::DEFAULT, self.oid)
    }

    /// The [sequence](sequence_of) whose next number this is, and nothing else.
    pub(crate) fn sequence(&self) -> Option<(Option<String>, String)> {
        sequence_of(&self.expression)
    }
}

/// The sequence whose next number an expression is, and nothing else: the name of its schema, unless the search path begins
/// with that, and its own.
pub(crate) fn sequence_of(expression: &str) -> Option<(Option<String>, String)> {
    let call = expression.trim_start_matches("pg_catalog.");
    let literal = call
        .strip_prefix("nextval('")?
        .strip_suffix("'::regclass)")?;
    let name = literal.replace("''", "'");
    if literal.len() != name.len() + name.matches('\'').count() {
        // That was the end of a literal, and this is more than a call.
        return None;
    }
    match unquoted(&name, '.')? {
        (name, "") => Some((None, name)),
        (schema, rest) => match unquoted(rest.strip_prefix('.')?, '.')? {
            (name, "") => Some((Some(schema), name)),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::Default;

    fn sequence(expression: &str) -> Option<(Option<String>, String)> {
        let default = Default {
            oid: 0,
            relation: 0,
            column: 0,
            expression: expression.to_owned(),
        };
        default.sequence()
    }

    #[test]
    fn knows_the_sequence_that_is_asked() {
        let named = |name: &str| Some((None, name.to_owned()));
        let of = |schema: &str, name: &str| Some((Some(schema.to_owned()), name.to_owned()));
        for (expression, expected) in [
            (
                "nextval('documents_id_seq'::regclass)",
                named("documents_id_seq"),
            ),
            ("pg_catalog.nextval('a'::regclass)", named("a")),
            (r#"nextval('"A ""b"".c"'::regclass)"#, named(r#"A "b".c"#)),
            (r#"nextval('"it''s"'::regclass)"#, named("it's")),
            ("nextval('ids.a'::regclass)", of("ids", "a")),
            (r#"nextval('"A.B"."C"'::regclass)"#, of("A.B", "C")),
        ] {
            assert_eq!(sequence(expression), expected, "{expression}");
        }
    }

    #[test]
    fn takes_nothing_else_for_a_sequence() {
        for expression in [
            "0",
            "(nextval('a'::regclass) + 1)",
            "nextval('a'::regclass) + nextval('b'::regclass)",
            "nextval('a'::text || nextval('b'::regclass)",
        ] {
            assert_eq!(sequence(expression), None, "{expression}");
        }
    }
}
