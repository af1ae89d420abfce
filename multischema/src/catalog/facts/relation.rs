//! Tables, views, sequences.

use std::collections::{HashMap, HashSet};

use super::sheet::Sheet;
use crate::catalog::block::Counting;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::class;
use crate::catalog::relation::RelationKind;
use crate::catalog::rule::Rule;

pub(super) fn facts(catalog: &Catalog, counting: Counting, sheet: &mut Sheet<'_>) {
    let sequences: HashMap<_, _> = catalog
        .sequences
        .iter()
        .map(|it| (it.relation, it))
        .collect();
    let ids: HashSet<_> = match counting {
        Counting::AsMade => HashSet::new(),
        _ => catalog.id_sequences().into_iter().collect(),
    };
    for it in &catalog.relations {
        let own = sheet.own;
        let is_query = |rule: &&Rule| rule.relation == it.oid && rule.statement.is_none();
        let rule = it
            .query
            .as_ref()
            .and_then(|_| catalog.rules.iter().find(is_query));
        let rule = rule.map(Rule::id);
        let facts = sheet.add(it.kind.object_kind(), &it.name, it.id());
        facts
            .note_flag("partitioned", it.kind == RelationKind::Partitioned)
            .note_flag("unlogged", it.is_unlogged)
            .note("owner", format_args!("{:?}", it.owner))
            .note_set("options", &it.options)
            .note_set("toast options", &it.toast_options)
            .note_flag("row-level security", it.row_security)
            .note_flag("row-level security is forced", it.force_row_security)
            .note_flag("not populated", !it.is_populated)
            .note_flag("partition", it.is_partition)
            .note_set("server options", &it.server_options)
            .note_grants(&it.grants)
            .express("bound", it.bound.as_ref(), it.id())
            .express("partition key", it.partition_key.as_ref(), it.id())
            .express("query", it.query.as_ref(), rule.unwrap_or(it.id()));
        if it.method != 0 {
            facts.note("access method", own.object(class::ACCESS_METHOD, it.method));
        }
        if it.tablespace != 0 {
            facts.note("tablespace", it.tablespace);
        }
        if it.kind.is_table() {
            facts.note("replica identity", it.replica_identity);
        }
        if it.of_type != 0 {
            facts.note("of type", own.type_(it.of_type));
        }
        if let Some(server) = &it.server {
            facts.note("server", format_args!("{server:?}"));
        }
        let Some(sequence) = sequences.get(&it.oid) else {
            continue;
        };
        facts
            .note("increment", sequence.increment)
            .note("cache", sequence.cache)
            .note_flag("cycle", sequence.cycle);
        let span = counting.span(sequence).filter(|_| ids.contains(&it.oid));
        match span {
            // Its type is that of the block, whatever it was in the template.
            Some(span) => facts.note("in the schema's block of ids", span),
            None => facts
                .note("type", own.type_(sequence.type_))
                .note("start", sequence.start)
                .note("min", sequence.min)
                .note("max", sequence.max),
        };
        if let Some(owner) = sequence.owner {
            facts
                .note(
                    "belongs to",
                    format_args!(
                        "{} {}",
                        own.relation(owner.relation),
                        own.columns(owner.relation, &[owner.column])
                    ),
                )
                .note_flag("identity", owner.is_identity);
        }
    }
    for it in &catalog.parents {
        let own = sheet.own;
        let Some(child) = catalog.relation(it.child) else {
            continue;
        };
        sheet
            .add_part(child.kind.object_kind(), &child.name, child.id(), -1)
            .note("parent", own.relation(it.parent))
            .note_flag("is being detached", it.is_detaching);
    }
}
