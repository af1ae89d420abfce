//! Constraints.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectId, ObjectKind, class};

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    for it in &catalog.constraints {
        if it.is_of_referenced_partition(&catalog.constraints) {
            continue;
        }
        let own = sheet.own;
        let name = if it.domain != 0 {
            let domain = own.name(ObjectId::type_(it.domain)).unwrap_or_default();
            format!("{domain}.{}", it.name)
        } else {
            sheet.on(it.relation, &it.name)
        };
        let facts = sheet.add(ObjectKind::Constraint, name, it.id());
        facts
            .note("kind", format_args!("{:?}", it.kind))
            .note_flag("deferrable", it.deferrable)
            .note_flag("deferred", it.deferred)
            .note_flag("not valid", !it.is_valid)
            .note_flag("not enforced", !it.is_enforced)
            .note_flag("triggers are off", !it.is_armed)
            .note_flag("period", it.has_period)
            .note_flag("inherited only", !it.is_local)
            // Of one with an index it says nothing.
            .note_flag("no inherit", it.no_inherit && !it.kind.has_index())
            .note("columns", own.columns(it.relation, &it.columns))
            .note("operators", own.objects(class::OPERATOR, &it.operators))
            .note(
                "operators",
                own.objects(class::OPERATOR, &it.exclusion_operators),
            )
            .express("check", it.expression.as_ref(), it.id());
        if it.inherited != 0 {
            facts.note("parents", it.inherited);
        }
        if it.parent != 0 {
            facts.note("of", own.object(class::CONSTRAINT, it.parent));
        }
        if it.referenced != 0 {
            facts
                .note("references", own.relation(it.referenced))
                .note(
                    "referenced columns",
                    own.columns(it.referenced, &it.referenced_columns),
                )
                .note("actions", it.actions.iter().collect::<String>())
                .note("sets", own.columns(it.relation, &it.set_columns));
        }
        // That of a foreign key is the other table's.
        if it.index != 0 {
            facts.note("index", own.relation(it.index));
        }
    }
}
