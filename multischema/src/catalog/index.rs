//! Indexes.

use super::fields::{Fields, Malformed, after, in_full, own, qualified, rows, strings};
use super::object::{ObjectId, Oid};

pub(super) const ROWS: &str = rows!("index":
    "x.indexrelid", "x.indrelid", "c.relname", "c.relkind",
    "x.indisunique", "x.indisprimary", "x.indisexclusion", "x.indimmediate", "x.indisclustered", "x.indisvalid",
    "x.indisreplident", "x.indnullsnotdistinct", "x.indnkeyatts", "x.indkey", "x.indcollation", "x.indclass", "x.indoption",
    "c.relam",
    "c.reltablespace",
    in_full!("(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid OPERATOR(pg_catalog.=) c.reltablespace)"),
    strings!("c.reloptions"),
    // Statistics targets, which only expressions have, and options of operator classes, which those of btree (403) and
    // hash (405) have not.
    "CASE WHEN x.indexprs IS NOT NULL OR c.relam OPERATOR(pg_catalog.<>) ALL (ARRAY[403, 405]::pg_catalog.oid[]) THEN (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.attstattarget, a.attoptions) ORDER BY a.attnum) \
     FROM pg_catalog.pg_attribute a WHERE a.attrelid OPERATOR(pg_catalog.=) x.indexrelid \
     AND (a.attoptions IS NOT NULL OR a.attstattarget OPERATOR(pg_catalog.>=) 0)) END",
    "CASE WHEN c.relispartition THEN (SELECT i.inhparent FROM pg_catalog.pg_inherits i \
     WHERE i.inhrelid OPERATOR(pg_catalog.=) x.indexrelid) END",
    "pg_catalog.pg_get_expr(x.indexprs, x.indrelid)", "pg_catalog.pg_get_expr(x.indpred, x.indrelid)",
    in_full!("pg_catalog.pg_get_indexdef(x.indexrelid)"),
    in_full!("pg_catalog.quote_ident(c.relname)"), in_full!(qualified!("x.indrelid"));
    "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) x.indexrelid WHERE ",
    own!("x.indrelid", "1259"));

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
    /// Columns with a statistics target or options of their operator class.
    pub(crate) details: Vec<(i16, Option<i16>, Option<Vec<String>>)>,
    /// The index of the partitioned table that it belongs to.
    pub(crate) parent: Oid,
    pub(crate) expressions: Option<String>,
    pub(crate) predicate: Option<String>,
    /// What comes after the name of the table.
    pub(crate) after_table: Option<String>,
}

impl Index {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Malformed> {
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
            details: fields.json()?,
            parent: fields.oid()?,
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
