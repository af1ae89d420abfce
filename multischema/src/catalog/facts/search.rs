//! Full text search.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectId, ObjectKind, Oid, class};
use crate::catalog::search::Search;

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    for it in &catalog.searches {
        let own = sheet.own;
        let base = if it.id.class == class::SEARCH_DICTIONARY {
            class::SEARCH_TEMPLATE
        } else {
            class::SEARCH_PARSER
        };
        let facts = sheet.add(ObjectKind::TextSearch, name(it), it.id);
        facts
            .note("owner", format_args!("{:?}", it.owner))
            .note("based on", own.object(base, it.based_on))
            .note("functions", own.objects(class::FUNCTION, &it.functions));
        if let Some(options) = &it.options {
            facts.note("options", format_args!("{options:?}"));
        }
    }
    for it in &catalog.mappings {
        let own = sheet.own;
        let id = ObjectId::new(class::SEARCH_CONFIGURATION, it.configuration);
        let Some(configuration) = catalog.searches.iter().find(|search| search.id == id) else {
            continue;
        };
        let dictionaries: &[Oid] = &it.dictionaries;
        sheet
            .add_part(ObjectKind::TextSearch, name(configuration), id, -1)
            .note(
                &it.token,
                own.objects(class::SEARCH_DICTIONARY, dictionaries),
            );
    }
}

fn name(search: &Search) -> String {
    format!("{} {}", search.keyword().to_lowercase(), search.name)
}
