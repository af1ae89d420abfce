//! Full text search.

use super::super::unit::Unit;
use crate::catalog::{Catalog, Names, ObjectId, ObjectKind, Oid, class};
use crate::quoted::{Identifier, list};

pub(super) fn write(catalog: &Catalog, names: &Names, units: &mut Vec<Unit>) {
    let name = |class: Oid, oid: Oid| names.get(&ObjectId::new(class, oid)).map(String::as_str);
    for it in &catalog.searches {
        let (functions, base): (&[&str], _) = match it.id.class {
            class::SEARCH_PARSER => (&["START", "GETTOKEN", "END", "LEXTYPES", "HEADLINE"], None),
            class::SEARCH_TEMPLATE => (&["INIT", "LEXIZE"], None),
            class::SEARCH_DICTIONARY => (&[], Some(("TEMPLATE", class::SEARCH_TEMPLATE))),
            _ => (&[], Some(("PARSER", class::SEARCH_PARSER))),
        };
        let mut options: Vec<String> = Vec::new();
        for (option, oid) in functions.iter().zip(&it.functions) {
            options.extend(name(class::FUNCTION, *oid).map(|name| format!("{option} = {name}")));
        }
        if let Some((option, class)) = base {
            options.extend(name(class, it.based_on).map(|name| format!("{option} = {name}")));
        }
        // PostgreSQL keeps them as it reads them.
        options.extend(it.options.clone());
        let own = Identifier(&it.name);
        let what = it.keyword();
        let unit = Unit::new(ObjectKind::TextSearch, &it.name, it.id);
        let mut unit = unit.sql(format!(
            "CREATE TEXT SEARCH {what} {own} ({})",
            list(options)
        ));
        let mappings = catalog.mappings.iter();
        for mapping in
            mappings.filter(|mapping| mapping.configuration == it.id.oid && base.is_some())
        {
            let dictionaries = mapping.dictionaries.iter();
            let dictionaries = dictionaries.filter_map(|oid| name(class::SEARCH_DICTIONARY, *oid));
            unit = unit.sql(format!(
                "ALTER TEXT SEARCH CONFIGURATION {own} ADD MAPPING FOR {} WITH {}",
                Identifier(&mapping.token),
                list(dictionaries)
            ));
        }
        units.push(unit);
    }
}
