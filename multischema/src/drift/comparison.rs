//! Schemata are read, and those put together that differ alike.

use std::collections::BTreeSet;

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;

use super::error::DriftError;
use super::member::Member;
use super::report::{DriftGroup, DriftReport, Unread};
use super::sql;
use crate::catalog::{Asked, Catalog};
use crate::template::{Deviation, Form, Ground, Plan, Remedies};
use crate::transaction::{depth, roll_back_to};

/// How many schemata one statement reads at most.
const AT_ONCE: usize = 100;

/// Schemata and a template, as far as they were compared.
pub(super) struct Comparison<'a> {
    plan: &'a Plan,
    /// Read when the first schema was found that differs.
    remedies: Option<Remedies>,
    equal: Vec<Member>,
    differing: Vec<Differing>,
    missing: Vec<Member>,
    unread: Vec<Unread>,
}

/// Schemata that differ alike. Of one of them it is known in what; of the others, that it is the same.
struct Differing {
    deviation: Deviation,
    group: DriftGroup,
}

/// What one statement found.
#[derive(Default)]
struct Batch {
    equal: Vec<usize>,
    /// Those that differ as schemata of a group that is known.
    known: Vec<(usize, usize)>,
    new: Vec<New>,
}

/// A way to differ that was not met before.
struct New {
    deviation: Deviation,
    members: Vec<usize>,
    catalog: Catalog,
    form: Form,
}

impl<'a> Comparison<'a> {
    pub(super) fn with(plan: &'a Plan) -> Self {
        Self {
            plan,
            remedies: None,
            equal: Vec::new(),
            differing: Vec::new(),
            missing: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Compares some more schemata.
    pub(super) fn add(
        &mut self,
        pg: &mut PgConnection,
        members: &[Member],
    ) -> Result<(), DriftError> {
        let ground = Ground::find(pg).map_err(DriftError::Query)?;
        // Whoever reads a view locks its tables until the transaction ends, and others need room for theirs.
        let room = ground.free() / 2 / self.plan.locks_to_read().max(1);
        let room = usize::try_from(room).unwrap_or(AT_ONCE);
        for some in members.chunks(room.clamp(1, AT_ONCE)) {
            self.add_some(pg, some)?;
        }
        Ok(())
    }

    /// Takes those that are missing, to ask again.
    pub(super) fn take_missing(&mut self) -> Vec<Member> {
        std::mem::take(&mut self.missing)
    }

    pub(super) fn report_missing(&mut self, missing: Vec<Member>) {
        self.missing.extend(missing);
    }

    fn add_some(&mut self, pg: &mut PgConnection, members: &[Member]) -> Result<(), DriftError> {
        let floor = depth(pg);
        AnsiTransactionManager::begin_transaction(pg).map_err(DriftError::Query)?;
        let read = self.read(pg, members);
        // This gives back the locks, and the settings are as they were.
        roll_back_to(pg, floor);
        match (read, members) {
            (Ok(batch), _) => self.take(pg, members, batch),
            (Err(source), [member]) => {
                // If nothing can be asked any more, that is no fault of this one.
                AnsiTransactionManager::begin_transaction(pg).map_err(DriftError::Query)?;
                roll_back_to(pg, floor);
                self.unread.push(Unread {
                    schema: member.name.clone(),
                    source,
                });
                Ok(())
            }
            // One of them, most often as others change it.
            (Err(_), _) => {
                let (first, second) = members.split_at(members.len() / 2);
                self.add_some(pg, first)?;
                self.add_some(pg, second)
            }
        }
    }

    fn read(&self, pg: &mut PgConnection, members: &[Member]) -> QueryResult<Batch> {
        sql::prepare(pg)?;
        let asked: Vec<Asked> = members.iter().map(Member::asked).collect();
        let mut batch = Batch::default();
        Catalog::read_each(pg, &asked, self.plan.server(), |index, mut catalog| {
            let member = &members[index];
            // What is said of it in functions is the name that it had.
            member.name.as_str().clone_into(&mut catalog.namespace.name);
            let mut form = self.plan.form(&catalog, member.number);
            if member.is_archived {
                self.plan.disregard_rights(&mut form);
            }
            let deviation = self.plan.deviation(&form);
            if deviation.is_empty() {
                batch.equal.push(index);
                return;
            }
            let mut known = self.differing.iter();
            if let Some(group) = known.position(|it| it.deviation == deviation) {
                batch.known.push((group, index));
                return;
            }
            match batch.new.iter_mut().find(|it| it.deviation == deviation) {
                Some(alike) => alike.members.push(index),
                None => batch.new.push(New {
                    deviation,
                    members: vec![index],
                    catalog,
                    form,
                }),
            }
        })?;
        Ok(batch)
    }

    fn take(
        &mut self,
        pg: &mut PgConnection,
        members: &[Member],
        batch: Batch,
    ) -> Result<(), DriftError> {
        let mut is_missing = vec![true; members.len()];
        for index in batch.equal {
            is_missing[index] = false;
            self.equal.push(members[index].clone());
        }
        for (group, index) in batch.known {
            is_missing[index] = false;
            self.differing[group].group.add(&members[index]);
        }
        let texts: Vec<String> = batch.new.iter().map(|it| it.form.text()).collect();
        let fingerprints = fingerprints(pg, &texts)?;
        for (new, fingerprint) in batch.new.into_iter().zip(fingerprints) {
            for index in &new.members {
                is_missing[*index] = false;
            }
            let alike: Vec<&Member> = new.members.iter().map(|index| &members[*index]).collect();
            let group = self.group(pg, &new, &alike, fingerprint)?;
            self.differing.push(Differing {
                deviation: new.deviation,
                group,
            });
        }
        let missing = members.iter().zip(is_missing).filter(|(_, is)| *is);
        self.missing
            .extend(missing.map(|(member, _)| member.clone()));
        Ok(())
    }

    /// Says in what schemata differ, from what was read of the first.
    fn group(
        &mut self,
        pg: &mut PgConnection,
        new: &New,
        alike: &[&Member],
        fingerprint: String,
    ) -> Result<DriftGroup, DriftError> {
        let remedies = match &mut self.remedies {
            Some(remedies) => remedies,
            none => none.insert(self.plan.remedies(pg)?),
        };
        let first = alike[0];
        let names = self.plan.names_in(pg, &first.called(), &new.catalog)?;
        let mut group = DriftGroup {
            fingerprint,
            schemata: Vec::new(),
            differences: self.plan.in_words_of(
                remedies,
                &new.deviation,
                &new.catalog,
                &names,
                first.number,
            ),
            repairs: remedies.repairs(&new.deviation, &new.catalog),
            maker: Some(remedies.maker().clone()),
            archived: BTreeSet::new(),
        };
        alike.iter().for_each(|member| group.add(member));
        Ok(group)
    }

    pub(super) fn finish(self, pg: &mut PgConnection) -> Result<DriftReport, DriftError> {
        let mut groups = Vec::with_capacity(self.differing.len() + 1);
        if !self.equal.is_empty() {
            let fingerprint = fingerprints(pg, &[self.plan.form_of_copies().text()])?;
            let mut group = DriftGroup {
                fingerprint: fingerprint.into_iter().next().unwrap_or_default(),
                ..DriftGroup::default()
            };
            self.equal.iter().for_each(|member| group.add(member));
            groups.push(group);
        }
        let mut differing: Vec<_> = self.differing.into_iter().map(|it| it.group).collect();
        differing.sort_by(|a, b| {
            let by_size = b.schemata.len().cmp(&a.schemata.len());
            by_size.then_with(|| a.schemata.cmp(&b.schemata))
        });
        groups.extend(differing);
        Ok(DriftReport {
            groups,
            missing: self.missing.into_iter().map(|it| it.name).collect(),
            unread: self.unread,
        })
    }
}

fn fingerprints(pg: &mut PgConnection, texts: &[String]) -> Result<Vec<String>, DriftError> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    sql::fingerprints(pg, texts).map_err(DriftError::Query)
}
