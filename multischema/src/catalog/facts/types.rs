//! Types and collations.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectKind, class};

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    for it in &catalog.types {
        let own = sheet.own;
        let facts = sheet.add(ObjectKind::Type, &it.name, it.id());
        facts
            .note("kind", it.kind)
            .note("owner", format_args!("{:?}", it.owner))
            .note_flag("not null", it.not_null)
            .note_strings("labels", &it.labels)
            .note_grants(&it.grants)
            .express("default", it.default.as_ref(), it.id());
        if it.base != 0 {
            facts
                .note("of", own.type_(it.base))
                .note("modifier", it.base_modifier);
        }
        if it.collation != 0 {
            facts.note("collation", own.object(class::COLLATION, it.collation));
        }
        let Some(range) = catalog.ranges.iter().find(|range| range.type_ == it.oid) else {
            continue;
        };
        facts
            .note("of", own.type_(range.subtype))
            .note("multirange", format_args!("{:?}", range.multirange_name))
            .note("collation", own.object(class::COLLATION, range.collation))
            .note("class", own.object(class::OPERATOR_CLASS, range.class))
            .note("canonical", own.function(range.canonical))
            .note("difference", own.function(range.difference));
    }
    for it in &catalog.collations {
        let facts = sheet.add(ObjectKind::Collation, &it.name, it.id());
        facts
            .note("owner", format_args!("{:?}", it.owner))
            .note("provider", it.provider)
            .note_flag("not deterministic", !it.is_deterministic);
        for (what, value) in [
            ("collate", &it.collate),
            ("ctype", &it.ctype),
            ("locale", &it.locale),
            ("rules", &it.rules),
        ] {
            if let Some(value) = value {
                facts.note(what, format_args!("{value:?}"));
            }
        }
    }
}
