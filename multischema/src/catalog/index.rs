//! Indexes.

use super::fields::{Fields, Malformed};
use super::object::{ObjectId, Oid};
use super::rows::{Rows, own, rows};
use crate::quoted::{Identifier, list, options};

pub(super) const ROWS: Rows = rows!("index":
    "x.indexrelid", "x.indrelid", "c.relname", "c.relkind",
    "x.indisunique", "x.indisprimary", "x.indisexclusion", "x.indimmediate", "x.indisclustered", "x.indisvalid",
    "x.indisreplident", "x.indnullsnotdistinct", "x.indnkeyatts", "x.indkey", "x.indcollation", "x.indclass", "x.indoption",
    "c.relam",
    "c.reltablespace",
    @full "(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid OPERATOR(pg_catalog.=) c.reltablespace)",
    "c.reloptions",
    "pg_catalog.pg_get_expr(x.indexprs, x.indrelid)", "pg_catalog.pg_get_expr(x.indpred, x.indrelid)",
    @full "(SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid OPERATOR(pg_catalog.=) c.relam)",
    @full "ARRAY(SELECT pg_catalog.pg_get_indexdef(x.indexrelid, n, false) \
        FROM pg_catalog.generate_series(1, x.indnatts::pg_catalog.int4) n ORDER BY n)",
    // A column has its collation without being told.
    @full "ARRAY(SELECT CASE WHEN k.collid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid AND NOT EXISTS (\
            SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) x.indrelid \
            AND a.attnum OPERATOR(pg_catalog.=) k.number AND a.attcollation OPERATOR(pg_catalog.=) k.collid) \
        THEN k.collid::pg_catalog.regcollation::pg_catalog.text ELSE '' END \
        FROM ROWS FROM (pg_catalog.unnest(x.indcollation), pg_catalog.unnest(x.indkey)) \
        WITH ORDINALITY AS k (collid, number, position) \
        WHERE k.position OPERATOR(pg_catalog.<=) x.indnkeyatts ORDER BY k.position)",
    @full "ARRAY(SELECT pg_catalog.concat(CASE WHEN n.oid OPERATOR(pg_catalog.<>) (SELECT oid FROM named) \
            THEN pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.') END, pg_catalog.quote_ident(o.opcname)) \
        FROM pg_catalog.unnest(x.indclass) WITH ORDINALITY AS k (class, position) \
        JOIN pg_catalog.pg_opclass o ON o.oid OPERATOR(pg_catalog.=) k.class \
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.opcnamespace ORDER BY k.position)";
    "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) x.indexrelid WHERE ",
    own!("x.indrelid", with_columns));

/// Columns of indexes that have a statistics target or options of their operator class.
pub(super) const COLUMN_ROWS: Rows = rows!("index column":
    "a.attrelid", "a.attnum", "a.attstattarget", "a.attoptions";
    "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) x.indexrelid \
     WHERE (a.attoptions IS NOT NULL OR a.attstattarget OPERATOR(pg_catalog.>=) 0) AND ", own!("x.indrelid", with_columns));

/// The indexes that belong to one of a partitioned table.
pub(super) const PARENT_ROWS: Rows = rows!("index parent":
    "i.inhrelid", "i.inhparent";
    "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_inherits i ON i.inhrelid OPERATOR(pg_catalog.=) x.indexrelid WHERE ",
    own!("x.indrelid", with_columns));

/// An index, as `pg_index` and `pg_class` have it.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) oid: Oid,
    pub(crate) relation: Oid,
    pub(crate) name: String,
    pub(crate) is_partitioned: bool,
    pub(crate) is_unique: bool,
    pub(crate) is_primary: bool,
    pub(crate) is_exclusion: bool,
    pub(crate) is_immediate: bool,
    pub(crate) is_clustered: bool,
    pub(crate) is_valid: bool,
    pub(crate) is_replica_identity: bool,
    pub(crate) nulls_not_distinct: bool,
    /// How many of the columns are keys; the rest is included.
    pub(crate) keys: i16,
    /// 0 is an expression.
    pub(crate) columns: Vec<i16>,
    pub(crate) collations: Vec<Oid>,
    pub(crate) classes: Vec<Oid>,
    pub(crate) directions: Vec<i16>,
    pub(crate) method: Oid,
    pub(crate) tablespace: Oid,
    pub(crate) tablespace_name: Option<String>,
    pub(crate) options: Vec<String>,
    /// Columns with a statistics target or options of their operator class, in order.
    pub(crate) details: Vec<IndexColumn>,
    /// The index of the partitioned table that it belongs to.
    pub(crate) parent: Oid,
    pub(crate) expressions: Option<String>,
    pub(crate) predicate: Option<String>,
    /// Only where objects are to be made.
    elements: Option<Elements>,
}

/// What an index is of, as SQL has it.
#[derive(Debug, Clone)]
struct Elements {
    method: String,
    /// Columns and expressions, those that are included after the keys.
    columns: Vec<String>,
    /// One for each key; empty if it need not be told.
    collations: Vec<String>,
    /// One for each key.
    classes: Vec<String>,
}

impl Elements {
    fn read(method: String, fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let read = Self {
            method,
            columns: fields.strings()?,
            collations: fields.strings()?,
            classes: fields.strings()?,
        };
        if read.collations.len() != read.classes.len() || read.columns.len() < read.classes.len() {
            return Err("an index has keys without a collation, or without a class".into());
        }
        Ok(read)
    }
}

/// What is so of a column of an index, beside what all have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IndexColumn {
    pub(crate) number: i16,
    /// The statistics target; negative if it is the default.
    pub(crate) statistics: i16,
    /// Options of its operator class.
    pub(crate) options: Vec<String>,
}

impl IndexColumn {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            number: fields.number()?,
            statistics: fields.number_or(-1)?,
            options: fields.strings()?,
        })
    }
}

impl Index {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            relation: fields.oid()?,
            name: fields.text()?,
            is_partitioned: fields.letter()? == 'I',
            is_unique: fields.flag()?,
            is_primary: fields.flag()?,
            is_exclusion: fields.flag()?,
            is_immediate: fields.flag()?,
            is_clustered: fields.flag()?,
            is_valid: fields.flag()?,
            is_replica_identity: fields.flag()?,
            nulls_not_distinct: fields.flag()?,
            keys: fields.number()?,
            columns: fields.numbers()?,
            collations: fields.numbers()?,
            classes: fields.numbers()?,
            directions: fields.numbers()?,
            method: fields.oid()?,
            tablespace: fields.oid()?,
            tablespace_name: fields.optional()?,
            options: fields.strings()?,
            details: Vec::new(),
            parent: 0,
            expressions: fields.optional()?,
            predicate: fields.optional()?,
            elements: match fields.optional()? {
                Some(method) => Some(Elements::read(method, fields)?),
                None => None,
            },
        })
    }

    /// What comes after the name of the table in its definition; none if that was not asked for.
    ///
    /// PostgreSQL would write it as well, but without the operator classes that are the default. Where none is named,
    /// `CREATE INDEX` looks through all of the access method, for each column: a fiftieth of what a whole schema takes to
    /// be made.
    pub(crate) fn after_table(&self) -> Option<String> {
        let elements = self.elements.as_ref()?;
        let keys = elements.classes.iter().zip(&elements.collations).zip(1..);
        let keys = keys.zip(elements.columns.iter().zip(&self.directions));
        let keys = keys.map(|(((class, collation), number), (column, direction))| {
            let mut key = column.clone();
            if !collation.is_empty() {
                key = format!("{key} COLLATE {collation}");
            }
            key = format!("{key} {class}");
            let details = self.details.iter().find(|it| it.number == number);
            let of_class = options(details.iter().flat_map(|it| &it.options), "");
            if !of_class.is_empty() {
                key = format!("{key} ({})", list(of_class));
            }
            key + order(*direction)
        });
        let mut text = format!(" USING {} ({})", Identifier(&elements.method), list(keys));
        let included = &elements.columns[elements.classes.len()..];
        if !included.is_empty() {
            text = format!("{text} INCLUDE ({})", list(included));
        }
        if self.nulls_not_distinct {
            text.push_str(" NULLS NOT DISTINCT");
        }
        let with = options(&self.options, "");
        if !with.is_empty() {
            text = format!("{text} WITH ({})", list(with));
        }
        if let Some(tablespace) = &self.tablespace_name {
            text = format!("{text} TABLESPACE {}", Identifier(tablespace));
        }
        if let Some(predicate) = &self.predicate {
            text = format!("{text} WHERE {predicate}");
        }
        Some(text)
    }

    /// How its definition begins.
    pub(crate) fn keyword(&self) -> &'static str {
        if self.is_unique {
            "CREATE UNIQUE INDEX"
        } else {
            "CREATE INDEX"
        }
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::relation(self.oid)
    }
}

/// How a column of an index is sorted, by its bits in `pg_index.indoption`; nothing if as they all are.
fn order(bits: i16) -> &'static str {
    match bits & 3 {
        0 => "",
        1 => " DESC NULLS LAST",
        2 => " NULLS FIRST",
        _ => " DESC",
    }
}
