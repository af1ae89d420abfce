//! Rules; what a view selects is with the relation.

use super::fields::{Fields, Malformed, after, own, qualified, rows};
use super::object::{ObjectId, Oid, class};

/// PostgreSQL names the table with its schema. What comes before is known, so what comes after is as well.
pub(super) const ROWS: &str = rows!("rule":
    "r.oid", "r.ev_class", "r.rulename", "r.ev_type", "r.ev_enabled", "r.is_instead",
    "CASE WHEN r.rulename OPERATOR(pg_catalog.<>) '_RETURN' THEN pg_catalog.pg_get_ruledef(r.oid) END",
    "pg_catalog.quote_ident(r.rulename)", qualified!("r.ev_class");
    "FROM pg_catalog.pg_rewrite r WHERE ", own!("r.ev_class", "1259"));

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
    /// What comes after the name of the table; none if the rule is what a view selects.
    pub(crate) after_table: Option<String>,
}

impl Rule {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Malformed> {
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
            after_table: {
                let definition = fields.optional()?;
                let [name, table] = [fields.text()?, fields.text()?];
                let beginning = format!(
                    "CREATE RULE {name} AS\n    ON {} TO {table}",
                    keyword(event)
                );
                let rest =
                    definition.map(|it| Ok::<_, Malformed>(after(&it, &beginning)?.to_owned()));
                rest.transpose()?
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
