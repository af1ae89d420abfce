//! What can be seen not to be copied faithfully, before it is tried.

use std::collections::HashSet;

use super::ids::Ids;
use super::issue::TemplateIssue;
use super::mention::Mention;
use crate::catalog::{Catalog, Oid, Width};

pub(super) fn issues(catalog: &Catalog, ids: Ids) -> Vec<TemplateIssue> {
    let mut issues = Vec::new();
    unsupported(catalog, &mut issues);
    functions(catalog, &mut issues);
    strings(catalog, &mut issues);
    if ids == Ids::Unique {
        narrow_ids(catalog, &mut issues);
    }
    tables(catalog, &mut issues);
    issues
}

fn unsupported(catalog: &Catalog, issues: &mut Vec<TemplateIssue>) {
    let mut refuse = |object: String| issues.push(TemplateIssue::Unsupported { object });
    for it in &catalog.types {
        match it.kind {
            'e' | 'd' | 'c' => {}
            'r' => {
                let canonical = catalog
                    .ranges
                    .iter()
                    .any(|range| range.type_ == it.oid && range.canonical != 0);
                if canonical {
                    refuse(format!(
                        "range type `{}` with a canonical function",
                        it.name
                    ));
                }
            }
            _ if !it.is_defined => refuse(format!("type `{}`, which is not defined", it.name)),
            _ => refuse(format!("base type `{}`", it.name)),
        }
    }
    for it in catalog.operators.iter().filter(|it| it.is_shell()) {
        refuse(format!("operator `{}`, which is not defined", it.signature));
    }
    for it in &catalog.classes {
        if !catalog
            .families
            .iter()
            .any(|family| family.oid == it.family)
        {
            refuse(format!(
                "operator class `{}` of a family in another schema",
                it.name
            ));
        }
    }
    for it in &catalog.functions {
        if !it.transforms.is_empty() {
            refuse(format!("function `{}` with a transform", it.signature()));
        }
    }
    for it in &catalog.others {
        let object = it.description.clone();
        issues.push(match &*it.kind {
            "extension" => TemplateIssue::Extension { extension: object },
            "label" => TemplateIssue::Unsupported {
                object: format!("security label of {object}"),
            },
            _ => TemplateIssue::Unsupported { object },
        });
    }
}

fn functions(catalog: &Catalog, issues: &mut Vec<TemplateIssue>) {
    let mention = mention(catalog);
    let schema = &catalog.namespace.name;
    for it in &catalog.functions {
        let function = format!("{} `{}`", it.keyword().to_lowercase(), it.signature());
        if it.body.is_none()
            && mention.is_in(&it.source, it.language_name.as_deref().unwrap_or_default())
        {
            issues.push(TemplateIssue::FunctionNamesSchema {
                function: function.clone(),
                schema: schema.clone(),
            });
        }
        let settings = it
            .settings
            .iter()
            .filter(|it| !it.starts_with("search_path="));
        for setting in settings.filter(|it| it.contains(&**schema)) {
            issues.push(TemplateIssue::SettingNamesSchema {
                function: function.clone(),
                setting: setting.clone(),
                schema: schema.clone(),
            });
        }
    }
}

/// What names the schema it is in, other than as a function's search path.
pub(crate) fn naming_the_schema(catalog: &Catalog) -> Vec<TemplateIssue> {
    let mut issues = Vec::new();
    functions(catalog, &mut issues);
    strings(catalog, &mut issues);
    issues
}

/// Strings that functions look an object up by: PostgreSQL does not know that they are names.
fn strings(catalog: &Catalog, issues: &mut Vec<TemplateIssue>) {
    let mention = mention(catalog);
    let mut refuse = |object: String| {
        issues.push(TemplateIssue::StringNamesSchema {
            object,
            schema: catalog.namespace.name.clone(),
        });
    };
    for it in &catalog.triggers {
        if it.arguments().iter().any(|it| mention.names_object(it)) {
            let table = catalog.relation(it.relation);
            let table = table.map_or("", |table| &table.name);
            refuse(format!("trigger `{table}.{}`", it.name));
        }
    }
    for it in &catalog.defaults {
        // A text that becomes the number of an object when it is evaluated. Others are what they are.
        let is_looked_up = it.expression.contains("::text)::reg");
        if is_looked_up && mention.is_in_strings(&it.expression) {
            let column = column(catalog, it.relation, it.column);
            refuse(format!("the default of `{column}`"));
        }
    }
}

/// What names the schema of `catalog`.
fn mention(catalog: &Catalog) -> Mention<'_> {
    let relations = catalog.relations.iter().map(|it| &*it.name);
    let types = catalog.types.iter().map(|it| &*it.name);
    let functions = catalog.functions.iter().map(|it| &*it.name);
    let searches = catalog.searches.iter().map(|it| &*it.name);
    Mention {
        schema: &catalog.namespace.name,
        objects: relations
            .chain(types)
            .chain(functions)
            .chain(searches)
            .collect(),
    }
}

fn narrow_ids(catalog: &Catalog, issues: &mut Vec<TemplateIssue>) {
    let mut seen = HashSet::new();
    for it in catalog.id_columns() {
        if it.width == Width::Wide || !seen.insert((it.relation, it.column)) {
            continue;
        }
        let column = column(catalog, it.relation, it.column);
        issues.push(if it.is_identity {
            TemplateIssue::NarrowIdentity { column }
        } else {
            TemplateIssue::UnsharedSerial { column }
        });
    }
}

fn tables(catalog: &Catalog, issues: &mut Vec<TemplateIssue>) {
    for it in &catalog.indexes {
        let is_of_partitions = it.is_partitioned;
        if !it.is_valid && !is_of_partitions {
            issues.push(TemplateIssue::InvalidIndex {
                index: it.name.clone(),
            });
        }
    }
    for it in catalog.constraints.iter().filter(|it| !it.is_armed) {
        let table = catalog
            .relation(it.relation)
            .map_or("", |table| &table.name);
        let constraint = format!("{table}.{}", it.name);
        issues.push(TemplateIssue::DisabledForeignKey { constraint });
    }
    for it in &catalog.parents {
        let child = catalog
            .relation(it.child)
            .filter(|child| child.is_partition);
        if let (Some(child), None) = (child, catalog.relation(it.parent)) {
            issues.push(TemplateIssue::PartitionOfAnother {
                table: child.name.clone(),
                parent: it.name.clone(),
            });
        }
    }
}

/// `table.column`
pub(super) fn column(catalog: &Catalog, relation: Oid, number: i16) -> String {
    let table = catalog.relation(relation).map_or("", |table| &table.name);
    let column = catalog.columns_of(relation).find(|it| it.number == number);
    format!("{table}.{}", column.map_or("", |column| &column.name))
}
