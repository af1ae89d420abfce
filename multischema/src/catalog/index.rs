//! Indexes.

use super::fields::{Fields, Malformed, after};
use super::object::{ObjectId, Oid};
use super::rows::{Rows, own, qualified, rows};

pub(super) const ROWS: Rows = rows!("index":
    "x.indexrelid", "x.indrelid", "c.relname", "c.relkind",
    "x.indisunique", "x.indisprimary", "x.indisexclusion", "x.indimmediate", "x.indisclustered", "x.indisvalid",
    "x.indisreplident", "x.indnullsnotdistinct", "x.indnkeyatts", "x.indkey", "x.indcollation", "x.indclass", "x.indoption",
    "c.relam",
    "c.reltablespace",
    @full "(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid OPERATOR(pg_catalog.=) c.reltablespace)",
    "c.reloptions",
    "pg_catalog.pg_get_expr(x.indexprs, x.indrelid)", "pg_catalog.pg_get_expr(x.indpred, x.indrelid)",
    @full "pg_catalog.pg_get_indexdef(x.indexrelid)",
    @full "pg_catalog.quote_ident(c.relname)", @full qualified!("x.indrelid");
    "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) x.indexrelid WHERE ",
    own!("x.indrelid", relations));

/// Columns of indexes that have a statistics target or options of their operator class.
pub(super) const COLUMN_ROWS: Rows = rows!("index column":
    "a.attrelid", "a.attnum", "a.attstattarget", "a.attoptions";
    "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) x.indexrelid \
     WHERE (a.attoptions IS NOT NULL OR a.attstattarget OPERATOR(pg_catalog.>=) 0) AND ", own!("x.indrelid", relations));

/// The indexes that belong to one of a partitioned table.
pub(super) const PARENT_ROWS: Rows = rows!("index parent":
    "i.inhrelid", "i.inhparent";
    "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_inherits i ON i.inhrelid OPERATOR(pg_catalog.=) x.indexrelid WHERE ",
    own!("x.indrelid", relations));

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
    /// What comes after the name of the table.
    pub(crate) after_table: Option<String>,
}

/// What is so of a column of an index, beside what its definition says.
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
        let mut index = Self {
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
            after_table: None,
        };
        if let Some(definition) = fields.optional()? {
            let [name, table] = [fields.text()?, fields.text()?];
            let rest = after(&definition, &format!("{} {name} ON ", index.keyword()))?;
            // Of a partitioned table, whose partitions have indexes of their own.
            let rest = rest.strip_prefix("ONLY ").unwrap_or(rest);
            index.after_table = Some(after(rest, &table)?.to_owned());
        }
        Ok(index)
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
