//! Triggers that somebody wrote; those of foreign keys come with these.

use super::fields::{Fields, Malformed, after, own, qualified, rows};
use super::object::{ObjectId, Oid, class};

/// The guard of the template is the template's alone. A partition has the triggers of its parents without them being
/// written.
pub(super) const ROWS: &str = rows!("trigger":
    "t.oid", "t.tgrelid", "t.tgname", "t.tgparentid", "t.tgtype", "t.tgenabled", "t.tgfoid", "t.tgconstrrelid",
    "t.tgconstraint", "t.tgdeferrable", "t.tginitdeferred", "t.tgattr", "pg_catalog.encode(t.tgargs, 'hex')",
    "t.tgoldtable", "t.tgnewtable", "pg_catalog.pg_get_triggerdef(t.oid)",
    "pg_catalog.quote_ident(t.tgname)", qualified!("t.tgrelid"),
    "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.position) \
     FROM pg_catalog.unnest(t.tgattr) WITH ORDINALITY AS k (number, position) JOIN pg_catalog.pg_attribute a \
     ON a.attrelid OPERATOR(pg_catalog.=) t.tgrelid AND a.attnum OPERATOR(pg_catalog.=) k.number)";
    "FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND ", own!("t.tgrelid", "1259"),
    " AND NOT (t.tgname OPERATOR(pg_catalog.=) 'multischema_guard' AND t.tgfoid OPERATOR(pg_catalog.=) ANY (ARRAY(\
      SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.proname OPERATOR(pg_catalog.=) 'guard' \
      AND p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace('multischema'))))");

/// A trigger, as `pg_trigger` has it.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) oid: Oid,
    pub(crate) relation: Oid,
    pub(crate) name: String,
    /// The trigger of a partitioned table that a partition has it from.
    pub(crate) parent: Oid,
    /// Bits: when, on what, for each what.
    pub(crate) events: i16,
    pub(crate) enabled: char,
    pub(crate) function: Oid,
    /// The other table of a constraint trigger.
    pub(crate) from: Oid,
    pub(crate) constraint: Oid,
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) columns: Vec<i16>,
    pub(crate) arguments: String,
    pub(crate) old_table: Option<String>,
    pub(crate) new_table: Option<String>,
    /// What comes before the name of the table.
    pub(crate) before_table: String,
    /// What comes after it.
    pub(crate) after_table: String,
}

impl Trigger {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Malformed> {
        let [oid, relation] = [fields.oid()?, fields.oid()?];
        let name = fields.text()?;
        let parent = fields.oid()?;
        let events = fields.number()?;
        let enabled = fields.letter()?;
        let [function, from, constraint] = [fields.oid()?, fields.oid()?, fields.oid()?];
        let [deferrable, deferred] = [fields.flag()?, fields.flag()?];
        let columns = fields.numbers()?;
        let arguments = fields.text()?;
        let [old_table, new_table] = [fields.optional()?, fields.optional()?];
        let [definition, quoted, table] = [fields.text()?, fields.text()?, fields.text()?];
        let kind = if constraint == 0 { "" } else { "CONSTRAINT " };
        let before_table = format!(
            "CREATE {kind}TRIGGER {quoted} {}",
            events_in_words(events, fields.optional()?.as_deref())
        );
        let after_table = after(&definition, &format!("{before_table} ON {table}"))?.to_owned();
        Ok(Self {
            oid,
            relation,
            name,
            parent,
            events,
            enabled,
            function,
            from,
            constraint,
            deferrable,
            deferred,
            columns,
            arguments,
            old_table,
            new_table,
            before_table,
            after_table,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::TRIGGER, self.oid)
    }
}

/// When a trigger fires, as PostgreSQL writes it. The bits are those of its `pg_trigger.h`.
fn events_in_words(events: i16, columns: Option<&str>) -> String {
    const BEFORE: i16 = 1 << 1;
    const INSTEAD: i16 = 1 << 6;
    let has = |bit: i16| events & bit != 0;
    let when = if has(BEFORE) {
        "BEFORE"
    } else if has(INSTEAD) {
        "INSTEAD OF"
    } else {
        "AFTER"
    };
    let update = match columns {
        Some(columns) => format!("UPDATE OF {columns}"),
        None => "UPDATE".to_owned(),
    };
    let all = [
        (1 << 2, "INSERT"),
        (1 << 3, "DELETE"),
        (1 << 4, &update),
        (1 << 5, "TRUNCATE"),
    ];
    let what: Vec<&str> = all
        .into_iter()
        .filter(|(bit, _)| has(*bit))
        .map(|(_, what)| what)
        .collect();
    format!("{when} {}", what.join(" OR "))
}
