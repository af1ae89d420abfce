//! Indexes.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectKind, class};

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    for it in &catalog.indexes {
        let own = sheet.own;
        let facts = sheet.add(ObjectKind::Index, &it.name, it.id());
        facts
            .note("on", own.relation(it.relation))
            .note("access method", own.object(class::ACCESS_METHOD, it.method))
            .note_flag("partitioned", it.is_partitioned)
            .note_flag("unique", it.is_unique)
            .note_flag("primary", it.is_primary)
            .note_flag("exclusion", it.is_exclusion)
            .note_flag("deferrable", !it.is_immediate)
            .note_flag("clustered", it.is_clustered)
            .note_flag("not valid", !it.is_valid)
            .note_flag("replica identity", it.is_replica_identity)
            .note_flag("nulls not distinct", it.nulls_not_distinct)
            .note("keys", it.keys)
            .note("columns", own.columns(it.relation, &it.columns))
            .note("collations", own.objects(class::COLLATION, &it.collations))
            .note("classes", own.objects(class::OPERATOR_CLASS, &it.classes))
            .note("directions", format_args!("{:?}", it.directions))
            .note_set("options", &it.options)
            .express("expressions", it.expressions.as_ref(), it.id())
            .express("where", it.predicate.as_ref(), it.id());
        if it.tablespace != 0 {
            facts.note("tablespace", it.tablespace);
        }
        if !it.details.is_empty() {
            facts.note("details", format_args!("{:?}", it.details));
        }
        if it.parent != 0 {
            facts.note("of", own.relation(it.parent));
        }
    }
}
