//! Entering a scope, leaving it, and cleaning up what it left.

use std::ops::DerefMut;
use std::time::Instant;

use diesel::pg::PgConnection;
use diesel::result::Error;

use super::error::{ScopeError, Whereabouts};
use super::raw::{Left, Raw};
use super::session::{Edition, Place, Session};
use super::sql::{Entered, Registered};
use super::{sql, status};
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::path::SearchPath;

impl<P> Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    /// Makes `path` current and proves it, or returns why not.
    pub(crate) fn enter(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        self.prepare(path)?;
        self.move_to(path)
    }

    pub(crate) fn is_at(&self, path: &SearchPath) -> bool {
        match &self.place {
            Place::Proven { path: at, .. } | Place::Within { path: at, .. } => at == path,
            Place::Untouched | Place::Empty | Place::Elsewhere | Place::Unknown => false,
        }
    }

    /// Sees to it that the connection may be moved to `path`: no transaction is open, nothing is left to clean.
    pub(super) fn prepare(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        let schema = path.schema();
        if self.raw.begun || !status::may_change_scope(&mut self.pg) {
            return Err(ScopeError::InTransaction {
                schema: schema.cloned(),
            });
        }
        if self.raw.left == Left::Anything {
            return Err(ScopeError::Unclean {
                schema: schema.cloned(),
            });
        }
        if status::is_broken(&mut self.pg) {
            if matches!(self.place, Place::Untouched) {
                return Err(enter_failed(path, Error::BrokenTransactionManager));
            }
            self.dirty = true;
        }
        // Diesel does not know of a transaction that the connection's owner began by hand.
        if self.unfamiliar && status::depth(&mut *self.pg) == 0 {
            let open = sql::in_transaction(&mut self.pg);
            if open.map_err(|source| enter_failed(path, source))? {
                return Err(ScopeError::InTransaction {
                    schema: schema.cloned(),
                });
            }
        }
        self.unfamiliar = false;
        if self.dirty || self.raw.left > Left::Nothing {
            self.clean(path)?;
        }
        Ok(())
    }

    fn move_to(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        let schema = path.schema();
        // Assume the worst until PostgreSQL has answered; an early return or a panic keeps it.
        let before = std::mem::replace(&mut self.place, Place::Unknown);
        self.floor = status::depth(&mut *self.pg);
        self.make_room(path)?;
        // The proof is as old as its question: the answer may be long on its way.
        let mut asked = Instant::now();
        let (mut found, mut registered) = self.set_path(path, before.schema())?;
        self.place = Place::Elsewhere;
        if let Some(schema) = schema {
            if !found.is_in(schema) {
                if let (true, Some(registered)) = (self.asks_registry, &registered) {
                    // One that is archived has another name in PostgreSQL.
                    self.usable(schema, Some(registered))?;
                }
                if let Some(refusal) = self.absence(schema, &found.role)? {
                    return Err(refusal);
                }
                // It was made since.
                self.place = Place::Unknown;
                asked = Instant::now();
                (found, registered) = self.set_path(path, None)?;
                self.place = Place::Elsewhere;
            }
            if !found.is_in(schema) {
                let schema = schema.clone();
                return Err(ScopeError::SchemaNotFound { schema });
            }
            if self.asks_registry {
                let edition = self.usable(schema, registered.as_ref())?;
                // Another schema of the same name, or the same after a migration.
                let before = self.visited.insert(schema.clone(), edition);
                if before.is_some_and(|before| before != edition) {
                    // Until it is done.
                    self.stale = true;
                    let forgotten = self.forget_statements();
                    forgotten.map_err(|source| enter_failed(path, source))?;
                }
            }
        }
        // One that is suspended is proven for nobody else.
        let is_active = |it: &Registered| it.status == SchemaStatus::Active;
        let is_active = registered.as_ref().is_none_or(is_active);
        self.types.install(&mut self.pg, schema);
        self.place = Place::Proven {
            path: path.clone(),
            found,
            at: is_active.then_some(asked),
        };
        Ok(())
    }

    /// Returns the edition of a schema that may be used.
    fn usable(
        &self,
        schema: &SchemaName,
        registered: Option<&Registered>,
    ) -> Result<Edition, ScopeError> {
        let schema = schema.clone();
        match registered {
            None => Err(ScopeError::Unregistered { schema }),
            Some(&Registered { status, edition }) => match status {
                SchemaStatus::Active => Ok(edition),
                SchemaStatus::Suspended if self.admits_suspended => Ok(edition),
                _ => Err(ScopeError::NotActive { schema, status }),
            },
        }
    }

    /// Returns why `schema` was not there for the role, or nothing if it is there now.
    fn absence(
        &mut self,
        schema: &SchemaName,
        role: &str,
    ) -> Result<Option<ScopeError>, ScopeError> {
        let failed = |source| ScopeError::Enter {
            schema: Some(schema.clone()),
            source,
        };
        let (schema, role) = (schema.clone(), role.to_owned());
        if !sql::schema_exists(&mut self.pg, &schema).map_err(failed)? {
            return Ok(Some(ScopeError::SchemaNotFound { schema }));
        }
        let may_use = sql::may_use(&mut self.pg, &schema).map_err(failed)?;
        Ok((!may_use).then_some(ScopeError::NoUsage { schema, role }))
    }

    /// Has the statements forgotten that must not, or cannot, be kept beside those of `path`.
    pub(super) fn make_room(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        if self.stale || self.types.len_with(path.schema()) > self.max_schemas {
            let forgotten = self.forget_statements();
            forgotten.map_err(|source| enter_failed(path, source))?;
        }
        Ok(())
    }

    /// Sets the path, in the role of the session's first scope and with nobody's temporary tables.
    fn set_path(
        &mut self,
        path: &SearchPath,
        from: Option<&SchemaName>,
    ) -> Result<(Whereabouts, Option<Registered>), ScopeError> {
        let failed = |source| enter_failed(path, source);
        let (mut entered, registered) = match path.schema().filter(|_| self.asks_registry) {
            Some(schema) => self.ask_registry(path, schema, from)?,
            None => (sql::enter(&mut self.pg, path, from).map_err(failed)?, None),
        };
        if entered.has_temporary_schema {
            sql::discard_temporary(&mut self.pg).map_err(failed)?;
        }
        let role = self
            .role
            .get_or_insert_with(|| entered.whereabouts.role.clone())
            .clone();
        if entered.whereabouts.role != role {
            // A function changed it.
            self.clean(path)?;
            self.place = Place::Unknown;
            entered = sql::enter(&mut self.pg, path, None).map_err(failed)?;
            if entered.whereabouts.role != role {
                let found = entered.whereabouts;
                let expected = Whereabouts {
                    role,
                    ..found.clone()
                };
                return Err(ScopeError::Moved {
                    expected: Box::new(expected),
                    found: Box::new(found),
                });
            }
        }
        Ok((entered.whereabouts, registered))
    }

    fn ask_registry(
        &mut self,
        path: &SearchPath,
        schema: &SchemaName,
        from: Option<&SchemaName>,
    ) -> Result<(Entered, Option<Registered>), ScopeError> {
        sql::enter_registered(&mut self.pg, path, schema, from).map_err(|source| {
            match sql::has_registry(&mut self.pg) {
                Ok(false) => ScopeError::NoRegistry {
                    schema: schema.clone(),
                },
                _ => enter_failed(path, source),
            }
        })
    }

    /// Undoes what the scope left that was in use: its open transactions, then all else if it left any
    /// traces. What fails is tried again, and reported, when the next scope is entered.
    pub(crate) fn settle(&mut self) {
        if matches!(self.place, Place::Untouched) {
            return;
        }
        let mut depth = status::depth(&mut *self.pg);
        while depth > self.floor {
            self.dirty |= status::roll_back(&mut self.pg).is_err();
            self.raw.begun = false;
            let before = std::mem::replace(&mut depth, status::depth(&mut *self.pg));
            if depth >= before {
                break;
            }
        }
        // With the transaction went its path.
        if let Place::Within { below, .. } = &mut self.place {
            self.place = std::mem::replace(below, Place::Unknown);
        }
        self.dirty |= self.raw.left > Left::Nothing || self.raw.begun;
        // The latter after a row-by-row iterator that was leaked, too.
        self.dirty |= status::is_broken(&mut self.pg) || matches!(self.place, Place::Unknown);
        self.stale |= self.raw.prepared || self.raw.deallocated;
        self.raw = Raw::default();
        if self.dirty {
            // It stays dirty if this fails, so that `enter` has to clean it first.
            let _ = self.clean(&SearchPath::empty());
        }
    }

    /// Removes what raw SQL left, before `path` is entered.
    pub(super) fn clean(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        let failed = |source| ScopeError::Clean {
            schema: path.schema().cloned(),
            source,
        };
        self.place = Place::Unknown;
        self.dirty = true;
        // A test transaction is not ours to end, and one that broke cannot be told from others.
        let is_owners = self.floor > 0 && status::is_broken(&mut self.pg);
        let end_transaction = !(is_owners || status::is_test(&mut self.pg));
        sql::clean(&mut self.pg, end_transaction, self.role.as_deref()).map_err(failed)?;
        // `UNLISTEN` does not take back what has arrived.
        for notification in self.pg.notifications_iter() {
            notification.map_err(failed)?;
        }
        if self.stale || self.raw.prepared || self.raw.deallocated {
            self.forget_statements().map_err(failed)?;
        }
        self.raw = Raw::default();
        self.dirty = false;
        self.place = Place::Empty;
        Ok(())
    }

    /// Empties the search path, so that the connection can be given back.
    pub(super) fn give_back(&mut self) {
        self.settle();
        self.types.clear(&mut self.pg);
        let forgotten = !self.stale || self.forget_statements().is_ok();
        let emptied = match self.place {
            Place::Untouched | Place::Empty => true,
            Place::Unknown | Place::Elsewhere | Place::Proven { .. } | Place::Within { .. } => {
                sql::empty(&mut self.pg, self.role.as_deref()).is_ok()
            }
        };
        // In an aborted test transaction all is refused, and its rollback brings back the path from before.
        let refused = status::requires_rollback(&mut self.pg);
        let safe = forgotten && emptied && !self.dirty;
        if !(safe || refused) {
            status::mark_broken(&mut self.pg);
        }
    }
}

pub(super) fn enter_failed(path: &SearchPath, source: Error) -> ScopeError {
    ScopeError::Enter {
        schema: path.schema().cloned(),
        source,
    }
}
