//! Operators, their families and classes, and casts.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectId, ObjectKind, class};

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    for it in &catalog.operators {
        let own = sheet.own;
        sheet
            .add(ObjectKind::Operator, &it.signature, it.id())
            .note("owner", format_args!("{:?}", it.owner))
            .note_flag("merges", it.merges)
            .note_flag("hashes", it.hashes)
            .note(
                "operands",
                own.objects(class::TYPE, &[it.left, it.right, it.result]),
            )
            .note("commutator", own.object(class::OPERATOR, it.commutator))
            .note("negator", own.object(class::OPERATOR, it.negator))
            .note("functions", own.objects(class::FUNCTION, &it.functions));
    }
    for it in &catalog.families {
        let name = format!("{} using {}", it.name, it.method);
        sheet
            .add(ObjectKind::OperatorFamily, name, it.id())
            .note("owner", format_args!("{:?}", it.owner));
    }
    for it in &catalog.classes {
        let own = sheet.own;
        let name = format!("{} using {}", it.name, it.method);
        sheet
            .add(ObjectKind::OperatorClass, name, it.id())
            .note("owner", format_args!("{:?}", it.owner))
            .note("family", own.object(class::OPERATOR_FAMILY, it.family))
            .note("type", own.type_(it.type_))
            .note("stored", own.type_(it.stored))
            .note_flag("default", it.is_default);
    }
    for it in &catalog.members {
        let own = sheet.own;
        let Some(family) = catalog
            .families
            .iter()
            .find(|family| family.oid == it.family)
        else {
            continue;
        };
        let name = format!("{} using {}", family.name, family.method);
        let (what, member) = if it.is_operator() {
            ("operator", own.object(class::OPERATOR, it.member))
        } else {
            ("function", own.function(it.member))
        };
        sheet
            .add_part(ObjectKind::OperatorFamily, name, family.id(), -1)
            .note(what, it.number)
            .note("is", member)
            .note("of", own.objects(class::TYPE, &[it.left, it.right]))
            .note("sorts", it.sort_family)
            .note("class", own.object(class::OPERATOR_CLASS, it.class));
    }
    for it in &catalog.casts {
        let own = sheet.own;
        let name = format!("{} as {}", it.source_name, it.target_name);
        sheet
            .add(ObjectKind::Cast, name, ObjectId::new(class::CAST, it.oid))
            .note("function", own.function(it.function))
            .note("context", it.context)
            .note("method", it.method);
    }
}
