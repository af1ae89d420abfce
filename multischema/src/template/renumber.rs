//! Which columns hold ids, and which hold the same ones: what is renumbered together when a schema is copied with its rows.
//!
//! Columns that a foreign key joins, however indirectly, hold the same ids. Such a domain of columns is renumbered as one, so
//! that it does not matter in which circles the keys go, which columns they share, or whether a column is a key in its own
//! right as well.

use std::collections::{HashMap, HashSet};

use super::ids::Ids;
use crate::catalog::{Catalog, Column, ConstraintKind, Default, Oid};
use crate::quoted::{Identifier, Literal};

/// PostgreSQL's type `uuid`.
const UUID: Oid = 2950;

/// The type of ids that are drawn from sequences.
const NUMBER: &str = "pg_catalog.int8";

/// What draws a `uuid` that nobody has drawn before. Other functions may say who or where somebody is.
const UUID_FUNCTIONS: [&str; 7] = [
    "gen_random_uuid()",
    "uuid_generate_v1()",
    "uuid_generate_v1mc()",
    "uuid_generate_v4()",
    "uuid_generate_v7()",
    "uuidv4()",
    "uuidv7()",
];

/// A column of a table, or of the partitioned table that its table is a part of.
type Place<'a> = (Oid, &'a str);

/// The domains of ids of a schema.
pub(crate) struct Domains<'a> {
    catalog: &'a Catalog,
    /// The partitioned table that each partition is a part of in the end.
    roots: HashMap<Oid, Oid>,
    /// A column of the same domain, or the column itself.
    joined: HashMap<Place<'a>, Place<'a>>,
    found: Vec<Domain>,
    numbers: HashMap<Place<'a>, usize>,
}

/// Ids that are renumbered together.
#[derive(Debug, Clone)]
pub(crate) struct Domain {
    /// What draws a new one, within the new schema.
    pub(crate) draw: String,
    /// The type of them.
    pub(crate) type_name: &'static str,
    /// Tables and columns that say which there are. In others there are the same, or such as refer to nothing.
    pub(crate) keys: Vec<(Oid, String)>,
}

impl<'a> Domains<'a> {
    pub(crate) fn of(catalog: &'a Catalog, ids: Ids) -> Self {
        let mut domains = Self {
            catalog,
            roots: roots(catalog),
            joined: HashMap::new(),
            found: Vec::new(),
            numbers: HashMap::new(),
        };
        let references = domains.references();
        for (from, to) in &references {
            domains.join(*from, *to);
        }
        domains.join_inherited();
        let generators = domains.generators();
        let primary = domains.primary();
        let elsewhere = domains.references_elsewhere();
        let is_renumbered = |place: &Place<'a>, type_name: &str| {
            let is_key = primary.contains(place) || references.iter().any(|(_, to)| to == place);
            // No number that is drawn may come twice, be it a key or not.
            let is_unique = ids == Ids::Unique && type_name == NUMBER;
            (is_key || is_unique) && !elsewhere.contains(place)
        };
        for (place, draw, type_name) in generators {
            if is_renumbered(&place, type_name) {
                domains.add(place, draw, type_name);
            }
        }
        for place in primary
            .into_iter()
            .chain(references.into_iter().map(|(_, to)| to))
        {
            let domain = domains.domain_of(place);
            if let Some(domain) = domain.and_then(|number| domains.found.get_mut(number)) {
                let key = (place.0, place.1.to_owned());
                if !domain.keys.contains(&key) {
                    domain.keys.push(key);
                }
            }
        }
        domains
    }

    /// The number of the domain that a column belongs to, if it holds ids.
    pub(crate) fn number(&self, column: &'a Column) -> Option<usize> {
        self.domain_of(self.place(column.relation, &column.name))
    }

    /// The partitioned table that a table is a part of in the end, if it is.
    pub(super) fn root(&self, relation: Oid) -> Option<Oid> {
        self.roots.get(&relation).copied()
    }

    pub(crate) fn into_domains(self) -> Vec<Domain> {
        self.found
    }

    fn domain_of(&self, place: Place<'a>) -> Option<usize> {
        self.numbers.get(&self.first(place)).copied()
    }

    fn place(&self, relation: Oid, column: &'a str) -> Place<'a> {
        (
            self.roots.get(&relation).copied().unwrap_or(relation),
            column,
        )
    }

    /// The column that stands for all of its domain.
    fn first(&self, mut place: Place<'a>) -> Place<'a> {
        while let Some(next) = self.joined.get(&place) {
            place = *next;
        }
        place
    }

    fn join(&mut self, a: Place<'a>, b: Place<'a>) {
        let [a, b] = [a, b].map(|place| self.first(place));
        if a != b {
            self.joined.insert(a, b);
        }
    }

    /// Makes a domain of what a column is drawn from, unless another of its columns has done so.
    fn add(&mut self, place: Place<'a>, draw: String, type_name: &'static str) {
        let first = self.first(place);
        let key = (place.0, place.1.to_owned());
        match self.numbers.get(&first) {
            Some(number) => self.found[*number].keys.push(key),
            None => {
                self.numbers.insert(first, self.found.len());
                self.found.push(Domain {
                    draw,
                    type_name,
                    keys: vec![key],
                });
            }
        }
    }

    /// Which columns refer to which, by foreign keys within the schema.
    fn references(&self) -> Vec<(Place<'a>, Place<'a>)> {
        let keys = self.catalog.constraints.iter();
        let keys = keys.filter(|it| {
            it.kind == ConstraintKind::ForeignKey && self.catalog.relation(it.referenced).is_some()
        });
        let pairs = keys.flat_map(|it| {
            let pairs = it.columns.iter().zip(&it.referenced_columns);
            pairs.filter_map(|(from, to)| {
                Some((
                    self.place(it.relation, self.name(it.relation, *from)?),
                    self.place(it.referenced, self.name(it.referenced, *to)?),
                ))
            })
        });
        pairs.collect()
    }

    /// The columns that refer to tables of other schemata: those ids are not ours to draw.
    fn references_elsewhere(&self) -> HashSet<Place<'a>> {
        let keys = self.catalog.constraints.iter();
        let keys = keys.filter(|it| {
            it.kind == ConstraintKind::ForeignKey && self.catalog.relation(it.referenced).is_none()
        });
        let places = keys.flat_map(|it| {
            let columns = it.columns.iter();
            columns.filter_map(|number| {
                Some(self.place(it.relation, self.name(it.relation, *number)?))
            })
        });
        places.collect()
    }

    /// A table and those that inherit from it have their ids from one sequence.
    fn join_inherited(&mut self) {
        for it in &self.catalog.parents {
            if self.roots.contains_key(&it.child) {
                continue;
            }
            for column in self.catalog.columns_of(it.parent) {
                let mut own = self.catalog.columns_of(it.child);
                if let Some(own) = own.find(|own| own.name == column.name) {
                    let places = [it.child, it.parent].map(|oid| self.place(oid, &own.name));
                    self.join(places[0], places[1]);
                }
            }
        }
    }

    /// The columns of primary keys.
    fn primary(&self) -> Vec<Place<'a>> {
        let keys = self.catalog.constraints.iter();
        let keys = keys.filter(|it| it.kind == ConstraintKind::PrimaryKey);
        let columns = keys.flat_map(|it| {
            let names = it.columns.iter();
            names.filter_map(|number| {
                Some(self.place(it.relation, self.name(it.relation, *number)?))
            })
        });
        columns.collect()
    }

    /// The columns whose values are drawn: from a sequence, or as a `uuid` from a function without arguments.
    fn generators(&self) -> Vec<(Place<'a>, String, &'static str)> {
        let identities = self.catalog.sequences.iter().filter_map(|it| {
            let owner = it.owner.filter(|owner| owner.is_identity)?;
            let name = Identifier(&self.catalog.relation(it.relation)?.name).to_string();
            let draw = format!(
                "pg_catalog.nextval({}::pg_catalog.regclass)",
                Literal(&name)
            );
            let column = self.name(owner.relation, owner.column)?;
            Some((self.place(owner.relation, column), draw, "pg_catalog.int8"))
        });
        let defaults = self.catalog.defaults.iter().filter_map(|it| {
            let column = self.column(it.relation, it.column)?;
            let type_name = drawn(it, column)?;
            let place = self.place(it.relation, &column.name);
            Some((place, it.expression.clone(), type_name))
        });
        identities.chain(defaults).collect()
    }

    fn name(&self, relation: Oid, number: i16) -> Option<&'a str> {
        self.column(relation, number).map(|it| &*it.name)
    }

    fn column(&self, relation: Oid, number: i16) -> Option<&'a Column> {
        let mut columns = self.catalog.columns_of(relation);
        columns.find(|it| it.number == number)
    }
}

/// The type of the ids that a default draws, if it does.
fn drawn(default: &Default, column: &Column) -> Option<&'static str> {
    if column.generated != ' ' {
        return None;
    }
    if default.sequence().is_some() {
        return matches!(column.length, 2 | 4 | 8).then_some(NUMBER);
    }
    let is_uuid = column.type_ == UUID || column.base == UUID;
    let call = default.expression.rsplit('.').next().unwrap_or_default();
    (is_uuid && UUID_FUNCTIONS.contains(&call)).then_some("pg_catalog.uuid")
}

fn roots(catalog: &Catalog) -> HashMap<Oid, Oid> {
    let parents: HashMap<Oid, Oid> = catalog
        .parents
        .iter()
        .map(|it| (it.child, it.parent))
        .collect();
    let partitions = catalog.relations.iter().filter(|it| it.is_partition);
    let roots = partitions.filter_map(|it| {
        let above = std::iter::successors(parents.get(&it.oid), |oid| parents.get(oid));
        Some((it.oid, *above.last()?))
    });
    roots.collect()
}
