//! Tables, views, sequences, and the relations behind composite types.

use super::fields::{Fields, Malformed};
use super::grant::{Grants, grants};
use super::object::{ObjectId, ObjectKind, Oid};
use super::rows::{Rows, own, rows};

/// With what the others have to know of them.
pub(super) const ROWS: Rows = rows!("relation":
    "c.oid", "c.relname", "c.relkind", "c.relpersistence",
    "pg_catalog.pg_get_userbyid(c.relowner)", "c.reltype",
    "CASE WHEN c.reltype OPERATOR(pg_catalog.<>) 0::pg_catalog.oid \
     THEN (SELECT t.typarray FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) c.reltype) END",
    "c.relam", @full "(SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid OPERATOR(pg_catalog.=) c.relam)",
    "c.reltablespace",
    @full "(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid OPERATOR(pg_catalog.=) c.reltablespace)",
    "c.reloptions",
    "c.relrowsecurity", "c.relforcerowsecurity", "c.relreplident", "c.relispartition", "c.relispopulated",
    "c.reloftype",
    @full "CASE WHEN c.reloftype OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN pg_catalog.format_type(c.reloftype, NULL) END",
    "CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END",
    "CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END",
    "CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'v' OR c.relkind OPERATOR(pg_catalog.=) 'm' \
     THEN pg_catalog.pg_get_viewdef(c.oid) END",
    grants!(
        "c.relacl",
        "CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S' THEN 's' ELSE 'r' END::pg_catalog.\"char\"",
        "c.relowner"
    );
    ", c.oid, c.relkind, c.reltype FROM pg_catalog.pg_class c WHERE ", own!("c.oid", relations));

/// The options of the table that holds a table's long values, if it has any.
pub(super) const TOAST_ROWS: Rows = rows!("toast":
    "c.oid", "t.reloptions";
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) c.reltoastrelid \
     WHERE t.reloptions IS NOT NULL AND ", own!("c.oid", relations));

/// The server of a foreign table.
pub(super) const SERVER_ROWS: Rows = rows!("server":
    "f.ftrelid", "s.srvname", "f.ftoptions";
    "FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid OPERATOR(pg_catalog.=) f.ftserver \
     WHERE ", own!("f.ftrelid", relations));

/// A table, view, sequence or composite type, as `pg_class` has it.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) kind: RelationKind,
    pub(crate) is_unlogged: bool,
    pub(crate) owner: String,
    pub(crate) row_type: Oid,
    pub(crate) array_type: Oid,
    pub(crate) method: Oid,
    pub(crate) method_name: Option<String>,
    pub(crate) tablespace: Oid,
    pub(crate) tablespace_name: Option<String>,
    pub(crate) options: Vec<String>,
    pub(crate) toast_options: Vec<String>,
    pub(crate) row_security: bool,
    pub(crate) force_row_security: bool,
    pub(crate) replica_identity: char,
    pub(crate) is_partition: bool,
    pub(crate) is_populated: bool,
    /// The composite type that a typed table is of.
    pub(crate) of_type: Oid,
    pub(crate) of_type_name: Option<String>,
    /// Which rows a partition takes.
    pub(crate) bound: Option<String>,
    /// How a partitioned table is divided.
    pub(crate) partition_key: Option<String>,
    /// What a view selects.
    pub(crate) query: Option<String>,
    pub(crate) server: Option<String>,
    pub(crate) server_options: Vec<String>,
    pub(crate) grants: Grants,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelationKind {
    Table,
    Partitioned,
    View,
    MaterializedView,
    ForeignTable,
    Sequence,
}

impl Relation {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            name: fields.text()?,
            kind: RelationKind::read(fields.letter()?)?,
            is_unlogged: fields.letter()? == 'u',
            owner: fields.text()?,
            row_type: fields.oid()?,
            array_type: fields.oid()?,
            method: fields.oid()?,
            method_name: fields.optional()?,
            tablespace: fields.oid()?,
            tablespace_name: fields.optional()?,
            options: fields.strings()?,
            toast_options: Vec::new(),
            row_security: fields.flag()?,
            force_row_security: fields.flag()?,
            replica_identity: fields.letter()?,
            is_partition: fields.flag()?,
            is_populated: fields.flag()?,
            of_type: fields.oid()?,
            of_type_name: fields.optional()?,
            bound: fields.optional()?,
            partition_key: fields.optional()?,
            query: fields.optional()?,
            server: None,
            server_options: Vec::new(),
            grants: fields.grants()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::relation(self.oid)
    }
}

impl RelationKind {
    fn read(letter: char) -> Result<Self, Malformed> {
        match letter {
            'r' => Ok(Self::Table),
            'p' => Ok(Self::Partitioned),
            'v' => Ok(Self::View),
            'm' => Ok(Self::MaterializedView),
            'f' => Ok(Self::ForeignTable),
            'S' => Ok(Self::Sequence),
            other => Err(format!("unknown kind {other:?} of a relation").into()),
        }
    }

    pub(crate) fn object_kind(self) -> ObjectKind {
        match self {
            Self::Table | Self::Partitioned => ObjectKind::Table,
            Self::View => ObjectKind::View,
            Self::MaterializedView => ObjectKind::MaterializedView,
            Self::ForeignTable => ObjectKind::ForeignTable,
            Self::Sequence => ObjectKind::Sequence,
        }
    }

    /// As SQL writes it.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Table | Self::Partitioned => "TABLE",
            Self::View => "VIEW",
            Self::MaterializedView => "MATERIALIZED VIEW",
            Self::ForeignTable => "FOREIGN TABLE",
            Self::Sequence => "SEQUENCE",
        }
    }

    pub(crate) fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Partitioned | Self::ForeignTable)
    }
}
