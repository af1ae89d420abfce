//! The names of a schema's own objects, by PostgreSQL's numbers for them.

use std::collections::HashMap;
use std::fmt;

use super::catalog::Catalog;
use super::details::Names;
use super::object::{ObjectId, Oid, class};

/// What the objects of one schema are called, so that two schemata can be compared: a reference to an object of its own
/// is a name, one to any other is the number, which is the same in both.
pub(crate) struct Own<'a> {
    /// What others are called, where that is to be read by people.
    others: Option<&'a Names>,
    objects: HashMap<ObjectId, String>,
    columns: HashMap<(Oid, i16), &'a str>,
}

impl<'a> Own<'a> {
    pub(crate) fn of(catalog: &'a Catalog, others: Option<&'a Names>) -> Self {
        let mut own = Self {
            others,
            objects: HashMap::with_capacity(4 * catalog.relations.len()),
            columns: HashMap::with_capacity(catalog.columns.len()),
        };
        own.add(
            ObjectId::new(class::SCHEMA, catalog.namespace.oid),
            "its own",
        );
        for it in &catalog.relations {
            own.add(it.id(), &it.name);
            own.add_type(it.row_type, it.array_type, &it.name);
        }
        for it in &catalog.indexes {
            own.add(it.id(), &it.name);
        }
        for it in &catalog.types {
            own.add_type(it.oid, it.array_type, &it.name);
            if it.relation != 0 {
                own.add(ObjectId::relation(it.relation), &it.name);
            }
        }
        for it in &catalog.ranges {
            own.add_type(it.multirange, it.multirange_array, &it.multirange_name);
        }
        for it in &catalog.functions {
            own.add(it.id(), &it.signature());
        }
        for it in &catalog.operators {
            own.add(it.id(), &it.signature);
        }
        for it in &catalog.families {
            own.add(it.id(), &it.name);
        }
        for it in &catalog.classes {
            own.add(it.id(), &it.name);
        }
        for it in &catalog.collations {
            own.add(it.id(), &it.name);
        }
        for it in &catalog.searches {
            own.add(it.id, &it.name);
        }
        for it in &catalog.constraints {
            let on = [ObjectId::relation(it.relation), ObjectId::type_(it.domain)];
            let on = on
                .into_iter()
                .find_map(|id| own.name(id))
                .unwrap_or_default();
            let name = format!("{on}.{}", it.name);
            own.add(it.id(), &name);
        }
        for (id, type_) in &catalog.come_along {
            let name = format!("of {}", own.name(*type_).unwrap_or_default());
            own.add(*id, &name);
        }
        for it in &catalog.columns {
            own.columns.insert((it.relation, it.number), &it.name);
        }
        own
    }

    fn add(&mut self, id: ObjectId, name: &str) {
        self.objects.insert(id, name.to_owned());
    }

    fn add_type(&mut self, oid: Oid, array: Oid, name: &str) {
        self.add(ObjectId::type_(oid), name);
        self.add(ObjectId::type_(array), &format!("{name}[]"));
    }

    /// The name of an object of the schema's own.
    pub(crate) fn name(&self, id: ObjectId) -> Option<&str> {
        self.objects.get(&id).map(String::as_str)
    }

    /// An object, of the schema's own or not.
    pub(crate) fn object(&self, class: Oid, oid: Oid) -> Reference<'_> {
        let id = ObjectId::new(class, oid);
        match self.name(id) {
            Some(name) => Reference::Own(name),
            None => match self.others.and_then(|others| others.get(&id)) {
                Some(name) => Reference::Named(name),
                None => Reference::Other(oid),
            },
        }
    }

    pub(crate) fn type_(&self, oid: Oid) -> Reference<'_> {
        self.object(class::TYPE, oid)
    }

    pub(crate) fn function(&self, oid: Oid) -> Reference<'_> {
        self.object(class::FUNCTION, oid)
    }

    pub(crate) fn relation(&self, oid: Oid) -> Reference<'_> {
        self.object(class::RELATION, oid)
    }

    /// Several objects of one catalog.
    pub(crate) fn objects(&self, class: Oid, oids: &[Oid]) -> String {
        join(oids.iter().map(|&oid| self.object(class, oid)))
    }

    /// The names of columns; an expression of an index has the number 0. Those of another schema's table are numbers.
    pub(crate) fn columns(&self, relation: Oid, numbers: &[i16]) -> String {
        join(
            numbers
                .iter()
                .map(|&number| match self.columns.get(&(relation, number)) {
                    Some(name) => Column::Named(name),
                    None => Column::Number(number),
                }),
        )
    }
}

fn join<T: fmt::Display>(items: impl Iterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push(' ');
        }
        // Writing to a string does not fail.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{item}"));
    }
    text
}

enum Column<'a> {
    Named(&'a str),
    Number(i16),
}

impl fmt::Display for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "{name:?}"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// An object that another refers to.
pub(crate) enum Reference<'a> {
    /// One of the same schema.
    Own(&'a str),
    /// One of PostgreSQL's, or of another schema.
    Other(Oid),
    /// The same, for people.
    Named(&'a str),
}

impl fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(name) => write!(f, "{name:?}"),
            Self::Other(oid) => write!(f, "{oid}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}
