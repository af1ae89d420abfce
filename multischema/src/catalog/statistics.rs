//! Extended statistics.

use super::fields::{Fields, Malformed, after};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, rows};

pub(super) const ROWS: Rows = rows!("statistics":
    "s.oid", "s.stxrelid", "s.stxname", "pg_catalog.pg_get_userbyid(s.stxowner)", "s.stxkeys", "s.stxkind", "s.stxstattarget",
    "pg_catalog.pg_get_statisticsobjdef_expressions(s.oid)", @full "pg_catalog.pg_get_statisticsobjdef(s.oid)",
    @full "(SELECT pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(s.stxname)) \
     FROM pg_catalog.pg_namespace n WHERE n.oid OPERATOR(pg_catalog.=) s.stxnamespace)";
    "FROM pg_catalog.pg_statistic_ext s WHERE ", own!("s.oid", statistics));

/// Extended statistics, as `pg_statistic_ext` has them.
#[derive(Debug, Clone)]
pub(crate) struct Statistics {
    pub(crate) oid: Oid,
    pub(crate) relation: Oid,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) columns: Vec<i16>,
    pub(crate) kinds: String,
    /// -1 is the default.
    pub(crate) target: i16,
    pub(crate) expressions: Option<String>,
    /// What comes after its name.
    pub(crate) after_name: Option<String>,
}

impl Statistics {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            relation: fields.oid()?,
            name: fields.text()?,
            owner: fields.text()?,
            columns: fields.numbers()?,
            kinds: fields.text()?,
            target: fields.number_or(-1)?,
            expressions: fields.optional()?,
            after_name: match fields.optional()? {
                Some(definition) => {
                    let before = format!("CREATE STATISTICS {}", fields.text()?);
                    Some(after(&definition, &before)?.to_owned())
                }
                None => None,
            },
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::STATISTICS, self.oid)
    }
}
