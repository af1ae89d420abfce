//! Statistics, rules, triggers and policies.

use super::super::unit::Unit;
use crate::catalog::{Catalog, ObjectId, ObjectKind, Oid, Policy};
use crate::quoted::{Identifier, list};

pub(super) fn write(catalog: &Catalog, units: &mut Vec<Unit>) {
    let table = |relation: Oid| {
        let relation = catalog.relations.iter().find(|it| it.oid == relation);
        relation.map_or("", |it| &*it.name)
    };
    for it in &catalog.statistics {
        let own = Identifier(&it.name);
        let rest = it.after_name.as_deref().unwrap_or_default();
        let unit = Unit::new(ObjectKind::Statistics, &it.name, it.id()).late();
        let mut unit = unit.sql(format!("CREATE STATISTICS {own}{rest}"));
        if it.target >= 0 {
            unit = unit.sql(format!(
                "ALTER STATISTICS {own} SET STATISTICS {}",
                it.target
            ));
        }
        units.push(unit);
    }
    for it in &catalog.rules {
        let Some(rest) = &it.after_table else {
            continue;
        };
        let (table, own) = (table(it.relation), Identifier(&it.name));
        let unit = Unit::new(ObjectKind::Rule, format!("{table}.{}", it.name), it.id()).late();
        let mut unit = unit.sql(format!(
            "CREATE RULE {own} AS ON {} TO {}{}",
            it.event(),
            Identifier(table),
            rest.trim_end().trim_end_matches(';')
        ));
        if let Some(state) = state(it.enabled) {
            unit = unit.sql(format!(
                "ALTER TABLE {} {state} RULE {own}",
                Identifier(table)
            ));
        }
        units.push(unit);
    }
    for it in &catalog.triggers {
        let (table, own) = (table(it.relation), Identifier(&it.name));
        let name = format!("{table}.{}", it.name);
        let mut unit = Unit::new(ObjectKind::Trigger, name, it.id()).late();
        if it.parent == 0 {
            let [before, after] = it.around_table.clone().unwrap_or_default();
            unit = unit.sql(format!("{before} ON {}{after}", Identifier(table)));
        } else {
            // It comes with the partitioned table's, and need not be in the same state.
            unit = unit.needs([ObjectId::new(crate::catalog::class::TRIGGER, it.parent)]);
        }
        if let Some(state) = state(it.enabled) {
            unit = unit.sql(format!(
                "ALTER TABLE ONLY {} {state} TRIGGER {own}",
                Identifier(table)
            ));
        }
        units.push(unit);
    }
    for it in &catalog.policies {
        let table = table(it.relation);
        let unit = Unit::new(ObjectKind::Policy, format!("{table}.{}", it.name), it.id()).late();
        units.push(unit.sql(policy(it, table)));
    }
}

/// Whether a trigger or rule fires, if not as usual.
fn state(enabled: char) -> Option<&'static str> {
    match enabled {
        'D' => Some("DISABLE"),
        'R' => Some("ENABLE REPLICA"),
        'A' => Some("ENABLE ALWAYS"),
        _ => None,
    }
}

fn policy(it: &Policy, table: &str) -> String {
    let kind = if it.is_permissive {
        "PERMISSIVE"
    } else {
        "RESTRICTIVE"
    };
    let command = match it.command {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        _ => "ALL",
    };
    let roles = it.roles.iter().map(|role| match &**role {
        "" => "PUBLIC".to_owned(),
        role => Identifier(role).to_string(),
    });
    let mut text = format!(
        "CREATE POLICY {} ON {} AS {kind} FOR {command} TO {}",
        Identifier(&it.name),
        Identifier(table),
        list(roles)
    );
    if let Some(using) = &it.using {
        text.push_str(&format!(" USING ({using})"));
    }
    if let Some(check) = &it.check {
        text.push_str(&format!(" WITH CHECK ({check})"));
    }
    text
}
