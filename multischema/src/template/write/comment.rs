//! Comments.

use std::collections::HashMap;

use super::super::statement::Statement;
use super::Part;
use super::function::specified;
use crate::catalog::{Catalog, ObjectId, class};
use crate::quoted::{Identifier, Literal};

/// With the object and the number of its column that each is about.
pub(in crate::template) fn comments(catalog: &Catalog) -> Vec<(Part, Statement)> {
    if catalog.comments.is_empty() {
        return Vec::new();
    }
    let subjects = subjects(catalog);
    let columns: HashMap<_, _> = catalog
        .columns
        .iter()
        .map(|it| ((it.relation, i32::from(it.number)), &it.name))
        .collect();
    let statements = catalog.comments.iter().filter_map(|it| {
        let text = Literal(&it.text);
        let part = (it.object, it.column);
        if it.object == ObjectId::new(class::SCHEMA, catalog.namespace.oid) {
            let statement = Statement::new("COMMENT ON SCHEMA ").schema();
            return Some((part, statement.text(format!(" IS {text}"))));
        }
        if it.column == 0 {
            let subject = subjects.get(&it.object)?;
            let statement = Statement::new(format!("COMMENT ON {subject} IS {text}"));
            return Some((part, statement));
        }
        let relation = catalog
            .relations
            .iter()
            .find(|relation| relation.id() == it.object);
        let composite = catalog
            .types
            .iter()
            .find(|type_| ObjectId::relation(type_.relation) == it.object);
        let table = relation
            .map(|it| &it.name)
            .or(composite.map(|it| &it.name))?;
        let column = columns.get(&(it.object.oid, it.column))?;
        let column = format!("{}.{}", Identifier(table), Identifier(column));
        let statement = Statement::new(format!("COMMENT ON COLUMN {column} IS {text}"));
        Some((part, statement))
    });
    statements.collect()
}

/// What each object is called in `COMMENT ON`.
fn subjects(catalog: &Catalog) -> HashMap<ObjectId, String> {
    let name = |id: ObjectId| {
        let relation = catalog.relations.iter().find(|it| it.id() == id);
        relation.map_or(String::new(), |it| Identifier(&it.name).to_string())
    };
    let on = |what: &str, own: &str, relation: u32| {
        format!(
            "{what} {} ON {}",
            Identifier(own),
            name(ObjectId::relation(relation))
        )
    };
    let mut subjects = HashMap::new();
    for it in &catalog.relations {
        subjects.insert(
            it.id(),
            format!("{} {}", it.kind.keyword(), Identifier(&it.name)),
        );
    }
    for it in &catalog.indexes {
        subjects.insert(it.id(), format!("INDEX {}", Identifier(&it.name)));
    }
    for it in &catalog.constraints {
        let domain = catalog.types.iter().find(|type_| type_.oid == it.domain);
        let subject = match domain {
            Some(domain) => format!(
                "CONSTRAINT {} ON DOMAIN {}",
                Identifier(&it.name),
                Identifier(&domain.name)
            ),
            None => on("CONSTRAINT", &it.name, it.relation),
        };
        subjects.insert(it.id(), subject);
    }
    for it in &catalog.types {
        subjects.insert(it.id(), format!("TYPE {}", Identifier(&it.name)));
    }
    for it in &catalog.functions {
        subjects.insert(it.id(), specified(it));
    }
    for it in &catalog.operators {
        subjects.insert(it.id(), format!("OPERATOR {}", it.signature));
    }
    for it in &catalog.families {
        let family = format!(
            "OPERATOR FAMILY {} USING {}",
            Identifier(&it.name),
            it.method
        );
        subjects.insert(it.id(), family);
    }
    for it in &catalog.classes {
        let class = format!(
            "OPERATOR CLASS {} USING {}",
            Identifier(&it.name),
            it.method
        );
        subjects.insert(it.id(), class);
    }
    for it in &catalog.casts {
        subjects.insert(
            it.id(),
            format!("CAST ({} AS {})", it.source_name, it.target_name),
        );
    }
    for it in &catalog.collations {
        subjects.insert(it.id(), format!("COLLATION {}", Identifier(&it.name)));
    }
    for it in &catalog.searches {
        subjects.insert(
            it.id,
            format!("TEXT SEARCH {} {}", it.keyword(), Identifier(&it.name)),
        );
    }
    for it in &catalog.statistics {
        subjects.insert(it.id(), format!("STATISTICS {}", Identifier(&it.name)));
    }
    for it in &catalog.rules {
        subjects.insert(it.id(), on("RULE", &it.name, it.relation));
    }
    for it in &catalog.triggers {
        subjects.insert(it.id(), on("TRIGGER", &it.name, it.relation));
    }
    for it in &catalog.policies {
        subjects.insert(it.id(), on("POLICY", &it.name, it.relation));
    }
    subjects
}
