//! Triggers that somebody wrote; those of foreign keys come with these.

use super::fields::{Fields, Malformed, after};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, qualified, rows};

/// A partition has the triggers of its parents without them being written.
pub(super) const ROWS: Rows = rows!("trigger":
    "t.oid", "t.tgrelid", "t.tgname", "t.tgparentid", "t.tgtype", "t.tgenabled", "t.tgfoid", "t.tgconstrrelid",
    "t.tgconstraint", "t.tgdeferrable", "t.tginitdeferred", "t.tgattr", "pg_catalog.encode(t.tgargs, 'hex')",
    "t.tgoldtable", "t.tgnewtable",
    // The short form names the table as the search path has it.
    "CASE WHEN t.tgqual IS NOT NULL THEN pg_catalog.pg_get_triggerdef(t.oid, true) END",
    @full "pg_catalog.pg_get_triggerdef(t.oid)", @full "pg_catalog.quote_ident(t.tgname)", @full qualified!("t.tgrelid"),
    @full "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.position) \
     FROM pg_catalog.unnest(t.tgattr) WITH ORDINALITY AS k (number, position) JOIN pg_catalog.pg_attribute a \
     ON a.attrelid OPERATOR(pg_catalog.=) t.tgrelid AND a.attnum OPERATOR(pg_catalog.=) k.number)",
    @since "t.tgname OPERATOR(pg_catalog.=) 'multischema_guard' AND t.tgfoid OPERATOR(pg_catalog.=) ANY (ARRAY(\
     SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.proname OPERATOR(pg_catalog.=) 'guard' \
     AND p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace('multischema')))";
    "FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND ", own!("t.tgrelid", with_columns));

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
    /// The statement that made it, if it fires on a condition.
    pub(crate) condition: Option<String>,
    /// That statement, up to the name of the table and from there on.
    pub(crate) around_table: Option<[String; 2]>,
    /// Whether it guards the template, and so is the template's alone.
    pub(super) is_guard: bool,
}

impl Trigger {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
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
        let condition = fields.optional()?;
        let around_table = match fields.optional()? {
            Some(definition) => {
                let [quoted, table] = [fields.text()?, fields.text()?];
                let events = events_in_words(events, fields.optional()?.as_deref());
                let kind = if constraint == 0 { "" } else { "CONSTRAINT " };
                let before = format!("CREATE {kind}TRIGGER {quoted} {events}");
                let rest = after(&definition, &format!("{before} ON {table}"))?.to_owned();
                Some([before, rest])
            }
            None => {
                fields.skip(3)?;
                None
            }
        };
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
            condition,
            around_table,
            is_guard: fields.flag()?,
        })
    }

    /// The arguments that its function gets. In the catalog each ends with a zero.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let digits = self.arguments.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let bytes = bytes.unwrap_or_default();
        let arguments = bytes.split(|byte| *byte == 0);
        let arguments = arguments.map(|it| String::from_utf8_lossy(it).into_owned());
        arguments.filter(|it| !it.is_empty()).collect()
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
