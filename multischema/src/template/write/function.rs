//! Functions, procedures and aggregates.

use super::super::statement::{Statement, Target};
use super::super::unit::Unit;
use crate::catalog::{Aggregate, Catalog, Function, Names, ObjectId, ObjectKind, Oid, class};
use crate::name::SchemaName;
use crate::quoted::{Identifier, Literal, list};

pub(super) fn write(catalog: &Catalog, names: &Names, units: &mut Vec<Unit>) {
    for it in &catalog.functions {
        let mut unit = Unit::new(ObjectKind::Function, it.signature(), it.id());
        match catalog
            .aggregates
            .iter()
            .find(|aggregate| aggregate.function == it.oid)
        {
            Some(parts) => unit = unit.sql(aggregate(it, parts, names)),
            None => {
                let rest = it.after_name.as_deref().unwrap_or_default();
                let what = it.keyword();
                unit = unit.sql(format!(
                    "CREATE {what} {}{}",
                    Identifier(&it.name),
                    rest.trim_end()
                ));
            }
        }
        units.push(unit.statements(search_path(catalog, it)));
    }
}

/// Sets the search paths of the functions that set it to the schema they are in, if that is called `name` now and was
/// read as it was called before.
pub(crate) fn paths_of_functions(catalog: &Catalog, name: &SchemaName) -> String {
    let target = Target {
        schema: name,
        block: None,
        role: "",
    };
    let mut text = String::new();
    let functions = catalog.functions.iter();
    functions
        .filter_map(|it| search_path(catalog, it))
        .for_each(|statement| statement.write(&target, &mut text));
    text
}

/// Sets the search path of a function that sets it to the schema it is in.
fn search_path(catalog: &Catalog, it: &Function) -> Option<Statement> {
    let path = it.search_path()?;
    let own = &catalog.namespace.name;
    if !path.contains(own) {
        return None;
    }
    let mut statement = Statement::new(format!("ALTER {} SET search_path TO ", specified(it)));
    for (index, name) in path.iter().enumerate() {
        if index > 0 {
            statement = statement.text(", ");
        }
        statement = if name == own {
            statement.schema()
        } else {
            statement.text(Identifier(name).to_string())
        };
    }
    Some(statement)
}

/// `FUNCTION "name"(arguments)`, as it is named in other statements.
pub(super) fn specified(it: &Function) -> String {
    let arguments = match &*it.identity_arguments {
        "" if it.kind == 'a' => "*",
        arguments => arguments,
    };
    format!("{} {}({arguments})", it.keyword(), Identifier(&it.name))
}

fn aggregate(it: &Function, parts: &Aggregate, names: &Names) -> String {
    let name = |class: Oid, oid: Oid| names.get(&ObjectId::new(class, oid));
    let mut options = Vec::new();
    let mut named = |option: &str, class: Oid, oid: Oid| {
        options.extend(name(class, oid).map(|name| format!("{option} = {name}")));
    };
    let [
        transition,
        last,
        combine,
        serialize,
        deserialize,
        moving,
        inverse,
        moving_last,
    ] = parts.functions;
    named("SFUNC", class::FUNCTION, transition);
    named("STYPE", class::TYPE, parts.state);
    named("FINALFUNC", class::FUNCTION, last);
    named("COMBINEFUNC", class::FUNCTION, combine);
    named("SERIALFUNC", class::FUNCTION, serialize);
    named("DESERIALFUNC", class::FUNCTION, deserialize);
    named("MSFUNC", class::FUNCTION, moving);
    named("MINVFUNC", class::FUNCTION, inverse);
    named("MSTYPE", class::TYPE, parts.moving_state);
    named("MFINALFUNC", class::FUNCTION, moving_last);
    for (option, size) in [
        ("SSPACE", parts.state_size),
        ("MSSPACE", parts.moving_state_size),
    ] {
        if size != 0 {
            options.push(format!("{option} = {size}"));
        }
    }
    let modes = [("", last), ("M", moving_last)];
    for (index, (prefix, function)) in modes.into_iter().enumerate() {
        if parts.final_extra[index] {
            options.push(format!("{prefix}FINALFUNC_EXTRA"));
        }
        if function != 0 {
            let mode = match parts.final_modify[index] {
                's' => "SHAREABLE",
                'w' => "READ_WRITE",
                _ => "READ_ONLY",
            };
            options.push(format!("{prefix}FINALFUNC_MODIFY = {mode}"));
        }
        if let Some(initial) = &parts.initial[index] {
            options.push(format!("{prefix}INITCOND = {}", Literal(initial)));
        }
    }
    if let Some(operator) = name(class::OPERATOR, parts.sort_operator) {
        options.push(format!("SORTOP = OPERATOR({operator})"));
    }
    let parallel = match &*it.traits[4] {
        "s" => "SAFE",
        "r" => "RESTRICTED",
        _ => "UNSAFE",
    };
    options.push(format!("PARALLEL = {parallel}"));
    if parts.kind == 'h' {
        options.push("HYPOTHETICAL".to_owned());
    }
    let arguments = match it.aggregate_arguments.as_deref() {
        None | Some("") => "*",
        Some(arguments) => arguments,
    };
    format!(
        "CREATE AGGREGATE {}({arguments}) ({})",
        Identifier(&it.name),
        list(options)
    )
}
