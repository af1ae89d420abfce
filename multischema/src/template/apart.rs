//! Keeps the ids of schemata apart that were not made as copies: of what migrations make in them, and of the template.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::ids::Ids;
use super::issue::TemplateIssue;
use super::obstacles::column;
use super::sql;
use crate::catalog::{Block, Catalog, Detail, IdColumn, Kinds, Oid, Sequence, Span, Width};
use crate::name::SchemaName;
use crate::quoted::{Identifier, Literal};

/// Has the ids of a schema drawn so that no other schema draws the same, where that is not so yet: those of `bigint` columns
/// from the block of the schema with this number, others from a sequence that all schemata share. 0 is the template, which
/// draws in its own block as it is.
///
/// Returns those columns for which there is no way.
pub(crate) fn keep_ids_apart(
    pg: &mut PgConnection,
    schema: &SchemaName,
    number: i32,
    ids: Ids,
) -> QueryResult<Vec<TemplateIssue>> {
    if ids == Ids::PerSchema {
        return Ok(Vec::new());
    }
    let version = sql::version(pg)?;
    let read = Catalog::read(
        pg,
        schema.as_str(),
        Detail::Facts(&Kinds::sequences()),
        version,
    )?;
    let Some(catalog) = read else {
        return Ok(Vec::new());
    };
    let mut issues = Vec::new();
    let mut text = String::new();
    for id in catalog.id_columns() {
        let Some(sequence) = catalog
            .sequences
            .iter()
            .find(|it| it.relation == id.sequence)
        else {
            continue;
        };
        match id.width {
            Width::Wide => text.push_str(&in_block(&catalog, sequence, Block::new(number))),
            Width::Narrow if id.is_identity => {
                let column = column(&catalog, id.relation, id.column);
                issues.push(TemplateIssue::NarrowIdentity { column });
            }
            Width::Narrow => text.push_str(&shared(&catalog, id, sequence)),
        }
    }
    if !text.is_empty() {
        sql::run(pg, &text)?;
    }
    Ok(issues)
}

fn name(catalog: &Catalog, relation: Oid) -> &str {
    catalog.relation(relation).map_or("", |it| &it.name)
}

/// Begins to count in the block, unless the sequence does.
fn in_block(catalog: &Catalog, sequence: &Sequence, block: Block) -> String {
    if block == Block::new(0) || block.span(sequence).is_some() {
        return String::new();
    }
    let [start, min, max] = block.range(Span::of(sequence));
    format!(
        "ALTER SEQUENCE {}.{} AS bigint START WITH {start} MINVALUE {min} MAXVALUE {max} RESTART;\n",
        Identifier(&catalog.namespace.name),
        Identifier(name(catalog, sequence.relation)),
    )
}

/// Draws from a sequence that all schemata share, behind what was drawn already. It is called as the schema's own was,
/// which goes with it if it belongs to the column.
fn shared(catalog: &Catalog, id: IdColumn, sequence: &Sequence) -> String {
    let schema = Identifier(&catalog.namespace.name);
    let own = Identifier(name(catalog, sequence.relation));
    let table = Identifier(name(catalog, id.relation));
    let column = catalog
        .columns_of(id.relation)
        .find(|it| it.number == id.column);
    let column_name = Identifier(column.map_or("", |it| &it.name));
    let type_name = if column.is_some_and(|it| it.length == 2) {
        "smallint"
    } else {
        "integer"
    };
    let literal = Literal(&format!("multischema_ids.{own}")).to_string();
    let mut text = format!(
        "CREATE SEQUENCE IF NOT EXISTS multischema_ids.{own} AS {type_name};\n\
         SELECT pg_catalog.setval({literal}::pg_catalog.regclass, GREATEST(a.last_value, o.last_value)) \
         FROM multischema_ids.{own} a, {schema}.{own} o WHERE o.is_called;\n\
         ALTER TABLE ONLY {schema}.{table} ALTER COLUMN {column_name} \
         SET DEFAULT pg_catalog.nextval({literal}::pg_catalog.regclass);\n"
    );
    let relation = catalog.relation(sequence.relation);
    for grant in relation
        .iter()
        .flat_map(|it| it.grants.own.iter().flatten())
    {
        let to = grant
            .grantee
            .as_ref()
            .map_or("PUBLIC".to_owned(), |it| Identifier(it).to_string());
        text.push_str(&format!(
            "GRANT {} ON SEQUENCE multischema_ids.{own} TO {to};\n",
            grant.right
        ));
    }
    let is_last = |other: &IdColumn| {
        other.sequence != id.sequence || (other.relation, other.column) == (id.relation, id.column)
    };
    if sequence.owner.is_some() && catalog.id_columns().iter().all(is_last) {
        text.push_str(&format!("DROP SEQUENCE {schema}.{own};\n"));
    }
    text
}
