//! What a schema can hold that is not read any further: a copy would be without it.

use super::fields::{Fields, Malformed};
use super::rows::{Rows, own, rows};

/// Conversions, extensions, and what PostgreSQL will think of next. That a schema is published is no part of it.
pub(super) const ROWS: Rows = rows!("other":
    "CASE WHEN o.classid OPERATOR(pg_catalog.=) 3079::pg_catalog.oid THEN 'extension' ELSE 'other' END",
    "pg_catalog.pg_describe_object(o.classid, o.objid, 0)";
    "FROM own o WHERE o.classid OPERATOR(pg_catalog.<>) ALL (ARRAY[1247, 1255, 1259, 2616, 2617, 2753, 3381, 3456, \
     3600, 3601, 3602, 3764, 826, 6237]::pg_catalog.oid[])");

/// Parts of an extension.
pub(super) const EXTENSION_ROWS: Rows = rows!("other":
    "'extension'", "pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0)";
    "FROM own o JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) o.classid \
     AND d.objid OPERATOR(pg_catalog.=) o.objid AND d.deptype OPERATOR(pg_catalog.=) 'e' \
     GROUP BY d.refclassid, d.refobjid");

pub(super) const TRANSFORM_ROWS: Rows = rows!("other":
    "'transform'", "pg_catalog.pg_describe_object(3576, t.oid, 0)";
    "FROM pg_catalog.pg_transform t WHERE ", own!("t.trftype", all_types));

pub(super) const LABEL_ROWS: Rows = rows!("other":
    "'label'", "pg_catalog.concat(l.provider, ' on ', pg_catalog.pg_describe_object(l.classoid, l.objoid, l.objsubid))";
    "FROM pg_catalog.pg_seclabel l JOIN own o ON o.classid OPERATOR(pg_catalog.=) l.classoid \
     AND o.objid OPERATOR(pg_catalog.=) l.objoid");

/// Something that is not read.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    /// `extension`, `transform`, `label` or `other`.
    pub(crate) kind: String,
    /// As PostgreSQL describes it.
    pub(crate) description: String,
}

impl Other {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            kind: fields.text()?,
            description: fields.text()?,
        })
    }
}
