//! Functions, procedures, aggregates.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectKind, class};

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    let schema = &catalog.namespace.name;
    for it in &catalog.functions {
        let own = sheet.own;
        let facts = sheet.add(ObjectKind::Function, it.signature(), it.id());
        facts
            .note("kind", it.kind)
            .note("owner", format_args!("{:?}", it.owner))
            .note("language", own.object(class::LANGUAGE, it.language))
            .note("arguments", own.objects(class::TYPE, &it.argument_types))
            .note(
                "all arguments",
                own.objects(class::TYPE, &it.all_argument_types),
            )
            .note_strings("modes", &it.argument_modes)
            .note_strings("names", &it.argument_names)
            .note("variadic", own.type_(it.variadic))
            .note("returns", own.type_(it.returns))
            .note_flag("a set", it.returns_set)
            .note_strings("traits", &it.traits)
            .note("support", own.function(it.support))
            .note("transforms", own.objects(class::TYPE, &it.transforms))
            .note_strings("settings", &it.settings_within(schema))
            .note("source", format_args!("{:?}", it.source))
            .note_grants(&it.grants)
            .express("defaults", it.defaults.as_ref(), it.id())
            .express("body", it.body.as_ref(), it.id());
        if let Some(library) = &it.library {
            facts.note("library", format_args!("{library:?}"));
        }
    }
    for it in &catalog.aggregates {
        let own = sheet.own;
        let Some(function) = catalog
            .functions
            .iter()
            .find(|function| function.oid == it.function)
        else {
            continue;
        };
        let facts = sheet.add_part(
            ObjectKind::Function,
            function.signature(),
            function.id(),
            -1,
        );
        facts
            .note("aggregate", it.kind)
            .note("direct arguments", it.direct_arguments)
            .note("functions", own.objects(class::FUNCTION, &it.functions))
            .note(
                "extra",
                format_args!("{:?} {:?}", it.final_extra, it.final_modify),
            )
            .note(
                "sort operator",
                own.object(class::OPERATOR, it.sort_operator),
            )
            .note("state", own.type_(it.state))
            .note("state size", it.state_size)
            .note("moving state", own.type_(it.moving_state))
            .note("moving state size", it.moving_state_size)
            .note("initial", format_args!("{:?}", it.initial));
    }
}
