//! Entering a scope for the time of one transaction.

use std::ops::DerefMut;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;

use super::entering::enter_failed;
use super::error::{ScopeError, Whereabouts};
use super::session::{Edition, Place, Session};
use super::{sql, status};
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::path::SearchPath;

impl<P> Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    /// Begins a transaction at `path`; with its end the connection is where it was before, which is never in
    /// another tenant's schema.
    pub(crate) fn begin(
        &mut self,
        path: &SearchPath,
        schema: &SchemaName,
    ) -> Result<(), ScopeError> {
        let failed = |source| enter_failed(path, source);
        self.settle();
        if status::is_test(&mut self.pg) {
            // What the test does is rolled back by its owner; a savepoint in it leaves the path alone.
            self.enter(path)?;
            return AnsiTransactionManager::begin_transaction(&mut *self.pg).map_err(failed);
        }
        self.prepare(path)?;
        self.make_room(path)?;
        if !(matches!(self.place, Place::Empty) || self.is_at(path)) {
            self.place = Place::Unknown;
            sql::leave(&mut self.pg).map_err(failed)?;
            self.place = Place::Empty;
        }
        self.begin_in_edition(path, schema)?;
        let found = Whereabouts {
            schema: Some(schema.clone()),
            search_path: path.as_str().to_owned(),
            current_schema: Some(schema.as_str().to_owned()),
            role: self.role.clone().unwrap_or_default(),
        };
        let below = std::mem::replace(&mut self.place, Place::Unknown);
        self.place = Place::Within {
            path: path.clone(),
            found,
            below: Box::new(below),
        };
        self.floor = 0;
        self.types.install(&mut self.pg, Some(schema));
        Ok(())
    }

    /// Begins a transaction in the edition of `schema` for which there may be statements prepared; if there is
    /// another by now, the statements are forgotten first.
    fn begin_in_edition(
        &mut self,
        path: &SearchPath,
        schema: &SchemaName,
    ) -> Result<(), ScopeError> {
        let failed = |source| enter_failed(path, source);
        let mut again = true;
        loop {
            let known = self.visited.get(schema).copied();
            let (role, edition) = match self.role.clone().zip(known) {
                Some(known) => known,
                None => self.ask_edition(path, schema)?,
            };
            let Err(source) = sql::begin(&mut self.pg, path, schema, edition, &role) else {
                return Ok(());
            };
            // Diesel does not know that the transaction has begun.
            self.dirty |= sql::roll_back(&mut self.pg).is_err();
            self.doubt();
            self.act_as_before(path)?;
            if let Some(refusal) = self.refusal(schema) {
                return Err(refusal);
            }
            let Ok((_, now)) = sql::role_and_edition(&mut self.pg, schema) else {
                return Err(failed(source));
            };
            // Where it is the same, the schema was made or activated since; or it fails again.
            if !std::mem::take(&mut again) {
                return Err(failed(source));
            }
            if now != Some(edition) {
                self.forget_statements().map_err(failed)?;
                self.visited.remove(schema);
            }
        }
    }

    fn ask_edition(
        &mut self,
        path: &SearchPath,
        schema: &SchemaName,
    ) -> Result<(String, Edition), ScopeError> {
        let mut found = sql::role_and_edition(&mut self.pg, schema);
        if found.is_err() {
            self.act_as_before(path)?;
            found = sql::role_and_edition(&mut self.pg, schema);
        }
        let (role, edition) = match found {
            Ok(found) => found,
            Err(source) => {
                let refusal = self.refusal(schema);
                return Err(refusal.unwrap_or_else(|| enter_failed(path, source)));
            }
        };
        let role = self.role.get_or_insert(role).clone();
        let Some(edition) = edition else {
            let schema = schema.clone();
            let refusal = self.refusal(&schema);
            return Err(refusal.unwrap_or(ScopeError::Unregistered { schema }));
        };
        self.visited.insert(schema.clone(), edition);
        Ok((role, edition))
    }

    /// Acts as the role of the first scope again, if a function changed it to one that is refused what is asked.
    fn act_as_before(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        let Some(role) = &self.role else {
            return Ok(());
        };
        let found = sql::locate(&mut self.pg, path);
        if found.map_err(|source| enter_failed(path, source))?.role != *role {
            self.clean(path)?;
        }
        Ok(())
    }

    /// Returns why `schema` cannot be used, if that can be found out. Moves nothing.
    fn refusal(&mut self, schema: &SchemaName) -> Option<ScopeError> {
        let schema = schema.clone();
        if !sql::has_registry(&mut self.pg).ok()? {
            return Some(ScopeError::NoRegistry { schema });
        }
        let status = sql::status(&mut self.pg, &schema).ok()?;
        let is_active = status.is_none_or(|status| status == SchemaStatus::Active);
        // One that is archived has another name in PostgreSQL.
        if is_active && !sql::schema_exists(&mut self.pg, &schema).ok()? {
            return Some(ScopeError::SchemaNotFound { schema });
        }
        match status {
            None => Some(ScopeError::Unregistered { schema }),
            Some(SchemaStatus::Active) => {
                let may_use = sql::may_use(&mut self.pg, &schema).ok()?;
                let role = self.role.clone().unwrap_or_default();
                (!may_use).then_some(ScopeError::NoUsage { schema, role })
            }
            Some(status) => Some(ScopeError::NotActive { schema, status }),
        }
    }
}
