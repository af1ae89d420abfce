//! Columns and attributes.

use std::collections::HashMap;

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectId, ObjectKind, class};

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    let defaults: HashMap<_, _> = catalog
        .defaults
        .iter()
        .map(|it| ((it.relation, it.column), it))
        .collect();
    let mut table = 0;
    let mut rank = 0;
    for it in &catalog.columns {
        rank = if it.relation == table { rank + 1 } else { 1 };
        table = it.relation;
        let own = sheet.own;
        let name = sheet.on(it.relation, &it.name);
        let id = ObjectId::relation(it.relation);
        let facts = sheet.add_part(ObjectKind::Column, name, id, it.number.into());
        facts
            .note("rank", rank)
            .note("type", own.type_(it.type_))
            .note("modifier", it.type_modifier)
            .note_flag("not null", it.not_null)
            .note("storage", it.storage)
            .note_flag("inherited only", !it.is_local)
            .note_set("options", &it.options)
            .note_set("server options", &it.server_options)
            .note_grants(&it.grants);
        if let Some(default) = defaults.get(&(it.relation, it.number)) {
            facts.express("default", Some(&default.expression), default.id());
        }
        for (what, letter) in [
            ("identity", it.identity),
            ("generated", it.generated),
            ("compression", it.compression),
        ] {
            if letter != ' ' {
                facts.note(what, letter);
            }
        }
        if it.statistics >= 0 {
            facts.note("statistics", it.statistics);
        }
        if it.inherited != 0 {
            facts.note("parents", it.inherited);
        }
        if it.collation != 0 {
            facts.note("collation", own.object(class::COLLATION, it.collation));
        }
    }
}
