//! Comments.

use super::fields::{Fields, Malformed};
use super::object::ObjectId;
use super::rows::{Rows, own, rows};

/// On the schema, its objects and their columns.
pub(super) const ROWS: Rows = rows!("comment":
    "d.classoid", "d.objoid", "d.objsubid", "d.description";
    "FROM pg_catalog.pg_description d WHERE d.objoid OPERATOR(pg_catalog.=) ANY (ARRAY(\
     SELECT oid FROM named UNION ALL SELECT objid FROM own UNION ALL SELECT oid FROM with_columns))");

/// On what is on a table or in a domain, and so depends on it, and on the schema by way of it alone.
pub(super) const INNER_ROWS: Rows = rows!("inner comment":
    "d.classoid", "d.objoid", "d.objsubid", "d.description";
    "FROM pg_catalog.pg_description d WHERE d.objoid OPERATOR(pg_catalog.=) ANY (ARRAY(\
     SELECT p.objid FROM pg_catalog.pg_depend p WHERE p.refclassid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid AND ",
    own!("p.refobjid", relations),
    // The index behind a constraint depends on that.
    " UNION ALL SELECT x.indexrelid FROM pg_catalog.pg_index x WHERE ", own!("x.indrelid", relations),
    " UNION ALL SELECT p.objid FROM pg_catalog.pg_depend p WHERE p.refclassid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid AND ",
    own!("p.refobjid", types), "))");

/// What somebody wrote about an object, or about a column of it.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) object: ObjectId,
    pub(crate) column: i32,
    pub(crate) text: String,
}

impl Comment {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            object: ObjectId::new(fields.oid()?, fields.oid()?),
            column: fields.number()?,
            text: fields.text()?,
        })
    }
}
