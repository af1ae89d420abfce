//! Rules; what a view selects is with the relation.

use super::fields::{Fields, Malformed, after};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, qualified, rows};

/// PostgreSQL names the table with its schema. What comes before is known, so what comes after is as well.
pub(super) const ROWS: Rows = rows!("rule":
    "r.oid", "r.ev_class", "r.rulename", "r.ev_type", "r.ev_enabled", "r.is_instead",
    // The short form names the table as the search path has it.
    "CASE WHEN r.rulename OPERATOR(pg_catalog.<>) '_RETURN' THEN pg_catalog.pg_get_ruledef(r.oid, true) END",
    @full "CASE WHEN r.rulename OPERATOR(pg_catalog.<>) '_RETURN' THEN pg_catalog.pg_get_ruledef(r.oid) END",
    @full "pg_catalog.quote_ident(r.rulename)", @full qualified!("r.ev_class");
    "FROM pg_catalog.pg_rewrite r WHERE ", own!("r.ev_class", with_columns));

/// A rule, as `pg_rewrite` has it.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) oid: Oid,
    pub(crate) relation: Oid,
    pub(crate) name: String,
    /// 1 to 4: select, update, insert, delete.
    pub(crate) event: char,
    pub(crate) enabled: char,
    pub(crate) is_instead: bool,
    /// The statement that made it; none if the rule is what a view selects.
    pub(crate) statement: Option<String>,
    /// What comes after the name of the table in that.
    pub(crate) after_table: Option<String>,
}

impl Rule {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let [oid, relation] = [fields.oid()?, fields.oid()?];
        let name = fields.text()?;
        let event = fields.letter()?;
        Ok(Self {
            oid,
            relation,
            name,
            event,
            enabled: fields.letter()?,
            is_instead: fields.flag()?,
            statement: fields.optional()?,
            after_table: match fields.optional()? {
                Some(definition) => {
                    let [name, table] = [fields.text()?, fields.text()?];
                    let event = keyword(event);
                    let before = format!("CREATE RULE {name} AS\n    ON {event} TO {table}");
                    Some(after(&definition, &before)?.to_owned())
                }
                None => None,
            },
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::RULE, self.oid)
    }

    /// The event, as SQL writes it.
    pub(crate) fn event(&self) -> &'static str {
        keyword(self.event)
    }
}

fn keyword(event: char) -> &'static str {
    match event {
        '1' => "SELECT",
        '2' => "UPDATE",
        '3' => "INSERT",
        _ => "DELETE",
    }
}
