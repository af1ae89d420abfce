//! Rules, triggers, policies and statistics.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::ObjectKind;

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    for it in &catalog.rules {
        let Some(statement) = &it.statement else {
            continue;
        };
        let name = sheet.on(it.relation, &it.name);
        sheet
            .add(ObjectKind::Rule, name, it.id())
            .note("event", it.event)
            .note("enabled", it.enabled)
            .note_flag("instead", it.is_instead)
            .express("rule", Some(statement), it.id());
    }
    for it in &catalog.triggers {
        let own = sheet.own;
        let name = sheet.on(it.relation, &it.name);
        let facts = sheet.add(ObjectKind::Trigger, name, it.id());
        facts
            .note("events", it.events)
            .note("enabled", it.enabled)
            .note("function", own.function(it.function))
            .note("columns", own.columns(it.relation, &it.columns))
            .note("arguments", &it.arguments)
            .note_flag("constraint", it.constraint != 0)
            .note_flag("deferrable", it.deferrable)
            .note_flag("deferred", it.deferred)
            .note_flag("of the partitioned table", it.parent != 0)
            .express("condition", it.condition.as_ref(), it.id());
        for (what, table) in [("old table", &it.old_table), ("new table", &it.new_table)] {
            if let Some(table) = table {
                facts.note(what, format_args!("{table:?}"));
            }
        }
        if it.from != 0 {
            facts.note("from", own.relation(it.from));
        }
    }
    for it in &catalog.policies {
        let name = sheet.on(it.relation, &it.name);
        sheet
            .add(ObjectKind::Policy, name, it.id())
            .note("command", it.command)
            .note_flag("restrictive", !it.is_permissive)
            .note_set("roles", &it.roles)
            .express("using", it.using.as_ref(), it.id())
            .express("check", it.check.as_ref(), it.id());
    }
    for it in &catalog.statistics {
        let own = sheet.own;
        let facts = sheet.add(ObjectKind::Statistics, &it.name, it.id());
        facts
            .note("on", own.relation(it.relation))
            .note("owner", format_args!("{:?}", it.owner))
            .note("columns", own.columns(it.relation, &it.columns))
            .note("kinds", &it.kinds)
            .express("expressions", it.expressions.as_ref(), it.id());
        if it.target >= 0 {
            facts.note("target", it.target);
        }
    }
}
