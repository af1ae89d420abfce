//! The tables that a deletion may reach, and what the user may do with each.

use crate::auth::Action;
use crate::failure::Failure;
use crate::model::Home;
use crate::rows::{Condition, OnDelete, Part, Referring, Survey};
use crate::structure::Table;
use crate::visit::{Shown, Visit};

/// The tables that a deletion may reach.
#[derive(Debug, Clone)]
pub(crate) struct Cascade {
    pub(crate) parts: Vec<Part>,
    /// Of each part, how it is shown.
    pub(crate) shown: Vec<PartShown>,
    /// Of each part, whether the user may delete its rows, if any can go.
    pub(crate) may: Vec<bool>,
    /// What it does to the rows of schemata that are not looked at.
    pub(crate) beyond: Beyond,
}

/// How a part is shown.
#[derive(Debug, Clone)]
pub(crate) enum PartShown {
    /// What it is called, and the name that addresses have of it.
    Model { title: String, name: String },
    /// It is not registered.
    Table(String),
    /// The user may not see it.
    Hidden,
}

/// What a deletion does to the rows of schemata that are not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Beyond {
    Nothing,
    /// They may keep PostgreSQL from it.
    Protected,
    /// They may be changed, or go.
    Changed,
}

impl Cascade {
    /// Follows the foreign keys that refer to the table of a model.
    pub(crate) fn of(visit: &Visit, shown: Shown<'_>) -> Result<Self, Failure> {
        let mut cascade = Self {
            parts: Vec::new(),
            shown: Vec::new(),
            may: Vec::new(),
            beyond: Beyond::Nothing,
        };
        let mut tables: Vec<&Table> = vec![shown.table];
        cascade.push(visit, shown.table)?;
        // Parts from which rows go, of which the foreign keys are to be followed.
        let mut next = vec![0];
        let mut followed = vec![0];
        while let Some(to) = next.pop() {
            for (table, foreign) in visit.structure.referring(tables[to]) {
                let on_delete = OnDelete::of(&foreign.on_delete);
                match (tables[to].home(), table.home()) {
                    // Nothing that all share refers to more than the template by that.
                    (Home::Tenant, Home::Global) => continue,
                    (Home::Global, Home::Tenant) => {
                        let beyond = match on_delete {
                            OnDelete::Cascade | OnDelete::Empty => Beyond::Changed,
                            OnDelete::Restrict | OnDelete::NoAction => Beyond::Protected,
                        };
                        cascade.beyond = cascade.beyond.max(beyond);
                        if visit.here.is_none() {
                            continue;
                        }
                    }
                    _ => {}
                }
                let known = tables.iter().position(|it| std::ptr::eq(*it, table));
                let from = match known {
                    Some(from) => from,
                    None => {
                        tables.push(table);
                        cascade.push(visit, table)?;
                        tables.len() - 1
                    }
                };
                cascade.parts[to].referring.push(Referring {
                    from,
                    columns: foreign.columns.clone(),
                    to_columns: foreign.to_columns.clone(),
                    on_delete,
                });
                if on_delete == OnDelete::Cascade && !followed.contains(&from) {
                    followed.push(from);
                    next.push(from);
                }
            }
        }
        for (rank, table) in tables.iter().enumerate() {
            let registered = visit.registration(table);
            let may = registered.is_some_and(|it| visit.may(it, Action::Delete));
            cascade
                .may
                .push(may || visit.operator.is_superuser || !followed.contains(&rank));
        }
        Ok(cascade)
    }

    pub(crate) fn survey(&self, chosen: Vec<Condition>) -> Survey {
        Survey {
            parts: self.parts.clone(),
            chosen,
        }
    }

    /// Whether it may do to other schemata what it does. There, only a superuser may everything.
    pub(crate) fn may_beyond(&self, visit: &Visit) -> bool {
        self.beyond < Beyond::Changed || visit.operator.is_superuser
    }

    fn push(&mut self, visit: &Visit, table: &Table) -> Result<(), Failure> {
        let model = visit.model_of(table);
        self.shown.push(match model {
            Some(model) => PartShown::Model {
                title: model.title.clone(),
                name: model.name.clone(),
            },
            None if visit.operator.is_superuser => PartShown::Table(table.name.clone()),
            None => PartShown::Hidden,
        });
        let display = match model {
            Some(model) => super::list::display(model, table),
            None => table.display(),
        };
        self.parts.push(Part {
            of: visit.relation(table)?,
            table: table.clone(),
            display,
            referring: Vec::new(),
        });
        Ok(())
    }
}
