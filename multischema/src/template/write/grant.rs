//! Rights.

use std::collections::HashMap;

use super::super::statement::{Statement, Target};
use super::Part;
use super::function::specified;
use crate::catalog::{Catalog, Grant, Grants, Namespace, ObjectId, class};
use crate::name::SchemaName;
use crate::quoted::{Identifier, list};

/// What turns the rights that the objects of `found` have into those that the same objects of `wanted` have.
///
/// What a role's default privileges give to a new object is so taken away again.
///
/// With the object and the number of its column that each is about.
pub(in crate::template) fn grants(wanted: &Catalog, found: &Catalog) -> Vec<(Part, Statement)> {
    let found = subjects(found)
        .into_iter()
        .map(|it| ((it.key, it.column), it.grants));
    let found: HashMap<_, _> = found.collect();
    let mut statements = Vec::new();
    for subject in subjects(wanted) {
        if let Some(found) = found.get(&(subject.key.clone(), subject.column.clone())) {
            let mut turning = Vec::new();
            turn(&subject, found, &mut turning);
            statements.extend(turning.into_iter().map(|it| (subject.part, it)));
        }
    }
    statements
}

/// What gives back the rights `wanted` to the schema of `found`, acting as `role` otherwise.
pub(crate) fn rights_to_schema(
    wanted: &Grants,
    found: &Namespace,
    name: &SchemaName,
    role: &str,
) -> String {
    let subject = Subject {
        part: (ObjectId::new(class::SCHEMA, found.oid), 0),
        key: None,
        column: None,
        owner: &found.owner,
        grants: wanted,
    };
    let mut statements = Vec::new();
    turn(&subject, &found.grants, &mut statements);
    let target = Target {
        schema: name,
        block: None,
        role,
    };
    let mut text = String::new();
    statements
        .iter()
        .for_each(|statement| statement.write(&target, &mut text));
    text
}

/// Something that there are rights to.
struct Subject<'a> {
    part: Part,
    /// As it is written after `ON`; none if it is the schema.
    key: Option<String>,
    column: Option<String>,
    owner: &'a str,
    grants: &'a Grants,
}

fn subjects(catalog: &Catalog) -> Vec<Subject<'_>> {
    let namespace = &catalog.namespace;
    let mut subjects = vec![Subject {
        part: (ObjectId::new(class::SCHEMA, namespace.oid), 0),
        key: None,
        column: None,
        owner: &namespace.owner,
        grants: &namespace.grants,
    }];
    let mut add = |part: Part, key: String, column: Option<String>, owner, grants| {
        subjects.push(Subject {
            part,
            key: Some(key),
            column,
            owner,
            grants,
        });
    };
    for it in &catalog.types {
        add(
            (it.id(), 0),
            format!("TYPE {}", Identifier(&it.name)),
            None,
            &it.owner,
            &it.grants,
        );
    }
    for it in &catalog.functions {
        let arguments = &it.identity_arguments;
        let key = match it.kind {
            // There is no word of its own for an aggregate.
            'a' => format!("FUNCTION {}({arguments})", Identifier(&it.name)),
            _ => specified(it),
        };
        add((it.id(), 0), key, None, &it.owner, &it.grants);
    }
    for it in &catalog.relations {
        let what = if it.kind == crate::catalog::RelationKind::Sequence {
            "SEQUENCE"
        } else {
            "TABLE"
        };
        let key = format!("{what} {}", Identifier(&it.name));
        add((it.id(), 0), key.clone(), None, &it.owner, &it.grants);
        for column in catalog
            .columns
            .iter()
            .filter(|column| column.relation == it.oid)
        {
            let name = Identifier(&column.name).to_string();
            let part = (it.id(), column.number.into());
            add(part, key.clone(), Some(name), &it.owner, &column.grants);
        }
    }
    subjects
}

fn turn(subject: &Subject<'_>, found: &Grants, statements: &mut Vec<Statement>) {
    let wanted = subject.grants;
    // Those of an object that has none of its own are by default, which are known if the other has some.
    let (wanted, found): (&[Grant], &[Grant]) = match (&wanted.own, &found.own) {
        (None, None) => return,
        (Some(wanted), Some(found)) => (wanted, found),
        (Some(own), None) => (own, &wanted.by_default),
        (None, Some(own)) => (&found.by_default, own),
    };
    let missing = |of: &[Grant], from: &[Grant]| {
        of.iter()
            .filter(|grant| !from.contains(grant))
            .cloned()
            .collect::<Vec<_>>()
    };
    for grants in together(missing(found, wanted)) {
        statements.push(change(subject, &grants, "REVOKE", "FROM", ""));
    }
    for grants in together(missing(wanted, found)) {
        let option = if grants[0].grantable {
            " WITH GRANT OPTION"
        } else {
            ""
        };
        let statement = change(subject, &grants, "GRANT", "TO", option);
        if grants[0].grantor == subject.owner {
            statements.push(statement);
            continue;
        }
        // Who gave it is part of it.
        let grantor = Identifier(&grants[0].grantor);
        statements.push(Statement::new(format!("SET LOCAL ROLE {grantor}")));
        statements.push(statement);
        statements.push(Statement::new("SET LOCAL ROLE ").role());
    }
}

/// Those that differ in the right alone, in the order in which they were given.
fn together(grants: Vec<Grant>) -> Vec<Vec<Grant>> {
    let mut groups: Vec<Vec<Grant>> = Vec::new();
    for grant in grants {
        let same = |group: &&mut Vec<Grant>| {
            let Grant {
                grantor,
                grantee,
                grantable,
                ..
            } = &group[0];
            (grantor, grantee, grantable) == (&grant.grantor, &grant.grantee, &grant.grantable)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(grant),
            None => groups.push(vec![grant]),
        }
    }
    groups
}

fn change(
    subject: &Subject<'_>,
    grants: &[Grant],
    verb: &str,
    to: &str,
    option: &str,
) -> Statement {
    let column = subject
        .column
        .as_ref()
        .map_or(String::new(), |column| format!(" ({column})"));
    let rights = list(
        grants
            .iter()
            .map(|grant| format!("{}{column}", grant.right)),
    );
    let statement = Statement::new(format!("{verb} {rights} ON "));
    let statement = match &subject.key {
        Some(key) => statement.text(key),
        None => statement.text("SCHEMA ").schema(),
    };
    statement.text(format!(" {to} {}{option}", grantee(&grants[0])))
}

fn grantee(grant: &Grant) -> String {
    grant
        .grantee
        .as_ref()
        .map_or("PUBLIC".to_owned(), |role| Identifier(role).to_string())
}

/// The rights that objects get which are made in the schema later.
pub(in crate::template) fn default_privileges(catalog: &Catalog) -> Vec<Statement> {
    let mut statements = Vec::new();
    for it in &catalog.privileges {
        for grant in it.grants.own.iter().flatten() {
            let Grant {
                right, grantable, ..
            } = grant;
            let option = if *grantable { " WITH GRANT OPTION" } else { "" };
            let begin = format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA ",
                Identifier(&it.role)
            );
            let rest = format!(
                " GRANT {right} ON {} TO {}{option}",
                it.keyword(),
                grantee(grant)
            );
            statements.push(Statement::new(begin).schema().text(rest));
        }
    }
    statements
}
