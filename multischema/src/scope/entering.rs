//! Entering a scope, leaving it, and cleaning up what it left.

use std::ops::DerefMut;

use diesel::pg::PgConnection;
use diesel::result::Error;

use super::error::{ScopeError, Whereabouts};
use super::raw::{Left, Raw};
use super::session::{Place, Session};
use super::{sql, status};
use crate::path::SearchPath;

impl<P> Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    /// Makes `path` current and proves it, or returns why not.
    pub(super) fn enter(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
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
                let source = Error::BrokenTransactionManager;
                return Err(ScopeError::Enter {
                    schema: schema.cloned(),
                    source,
                });
            }
            self.dirty = true;
        }
        // Diesel does not know of a transaction that the connection's owner began by hand.
        if self.unfamiliar && status::depth(&mut self.pg) == 0 {
            let open = sql::in_transaction(&mut self.pg);
            if open.map_err(|source| ScopeError::Enter {
                schema: schema.cloned(),
                source,
            })? {
                return Err(ScopeError::InTransaction {
                    schema: schema.cloned(),
                });
            }
        }
        self.unfamiliar = false;
        if self.dirty || self.raw.left > Left::Nothing {
            self.clean(path)?;
        }
        self.move_to(path)
    }

    pub(super) fn is_at(&self, path: &SearchPath) -> bool {
        matches!(&self.place, Place::Proven { path: at, .. } if at == path)
    }

    fn move_to(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        let schema = path.schema();
        // Assume the worst until PostgreSQL has answered; an early return or a panic keeps it.
        self.place = Place::Unknown;
        self.floor = status::depth(&mut self.pg);
        if self.types.len_with(schema) > self.max_schemas {
            let forgotten = self.forget_statements();
            forgotten.map_err(|source| ScopeError::Enter {
                schema: schema.cloned(),
                source,
            })?;
        }
        let found = self.set_path(path)?;
        self.place = Place::Elsewhere;
        if let Some(schema) = schema {
            if found.current_schema.as_deref() != Some(schema.as_str()) {
                let exists = sql::schema_exists(&mut self.pg, schema);
                let exists = exists.map_err(|source| ScopeError::Enter {
                    schema: Some(schema.clone()),
                    source,
                })?;
                let schema = schema.clone();
                return Err(if exists {
                    ScopeError::NoUsage {
                        schema,
                        role: found.role,
                    }
                } else {
                    ScopeError::SchemaNotFound { schema }
                });
            }
        }
        self.types.install(&mut self.pg, schema);
        self.place = Place::Proven {
            path: path.clone(),
            found,
        };
        Ok(())
    }

    /// Sets the path, in the role of the session's first scope and with nobody's temporary tables.
    fn set_path(&mut self, path: &SearchPath) -> Result<Whereabouts, ScopeError> {
        let failed = |source| ScopeError::Enter {
            schema: path.schema().cloned(),
            source,
        };
        let mut entered = sql::enter(&mut self.pg, path).map_err(failed)?;
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
            entered = sql::enter(&mut self.pg, path).map_err(failed)?;
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
        Ok(entered.whereabouts)
    }

    /// Undoes what the scope left that was in use: its open transactions, then all else if it left any
    /// traces. What fails is tried again, and reported, when the next scope is entered.
    pub(super) fn settle(&mut self) {
        if matches!(self.place, Place::Untouched) {
            return;
        }
        let mut depth = status::depth(&mut self.pg);
        while depth > self.floor {
            self.dirty |= status::roll_back(&mut self.pg).is_err();
            self.raw.begun = false;
            let before = std::mem::replace(&mut depth, status::depth(&mut self.pg));
            if depth >= before {
                break;
            }
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
    fn clean(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
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
            Place::Unknown | Place::Elsewhere | Place::Proven { .. } => {
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
