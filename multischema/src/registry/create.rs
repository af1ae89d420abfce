//! Making a schema: its row, the PostgreSQL schema and what is in it, in one transaction.

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;

use super::attempt::patiently;
use super::create_error::CreateError;
use super::label::InvalidLabelKind;
use super::provision::Made;
use super::registry::Registry;
use super::schema::{NewSchema, Schema};
use crate::scope::{depth, in_transaction};

/// How long to wait for a migration of the template.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same in a transaction of the caller's, whose snapshot and locks others may wait for.
const PATIENCE_IN_TRANSACTION: Duration = Duration::from_millis(300);

impl Registry {
    /// Makes a schema: its row in the registry, and the PostgreSQL schema with all that is in the
    /// [template](crate::Template), in one transaction. A failure or a killed process leaves nothing.
    ///
    /// Of two who make a schema of the same name at once, one succeeds. While the template is being migrated it
    /// waits, for 30 s at most.
    ///
    /// # Errors
    ///
    /// * [`CreateError::AlreadyExists`] if the registry has a schema of this name;
    /// * [`CreateError::StraySchema`] if only PostgreSQL has;
    /// * [`CreateError::Template`], [`CreateError::Shared`] if it is the template's name, or that of a schema that all share;
    /// * [`CreateError::InvalidLabel`], [`CreateError::LabelTaken`] if it cannot have this label;
    /// * [`CreateError::Busy`] if the template is being migrated;
    /// * [`CreateError::NotInstalled`] if [`init`](Self::init) was never called;
    /// * [`CreateError::NotAllowed`] if the role lacks a right;
    /// * [`CreateError::Clone`] if the template cannot be copied, or the copy would not be equal to it;
    /// * [`CreateError::Checkout`] if the pool has no connection;
    /// * [`CreateError::Query`] if the database fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::{NewSchema, Registry, SchemaName};
    ///
    /// # fn example(registry: Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let name: SchemaName = "school_a".parse()?;
    /// let school = registry.create(NewSchema::new(name).label("Elm Street School"))?;
    ///
    /// let name: SchemaName = "school_b".parse()?;
    /// let unlabelled = registry.create(name)?;
    /// assert_eq!(unlabelled.label, "school_b");
    /// # Ok(()) }
    /// ```
    pub fn create(&self, new: impl Into<NewSchema>) -> Result<Schema, CreateError> {
        let new = new.into();
        self.check(&new)?;
        let name = &new.name;
        let checkout = |source| CreateError::Checkout {
            schema: name.clone(),
            source,
        };
        let mut conn = self.pool.global().map_err(checkout)?;
        let make = |pg: &mut PgConnection| self.patiently(pg, &new, PATIENCE, true);
        let made = conn.lend_to(make, |made| made.others_ran);
        Ok(made.map_err(|error| checkout(error.into()))??.schema)
    }

    /// Makes a schema on a connection of the caller's, in the transaction that is open there or else in one of
    /// its own. The schema is there for others when that is committed, and gone when it is rolled back.
    ///
    /// An error undoes what was done for the schema and nothing else, so that the transaction can go on. The
    /// search path of the connection is as it was afterwards.
    ///
    /// Until the transaction ends, the template cannot be migrated, and nobody can write to the tables of all schemata that
    /// its tables reference by foreign keys. So keep it short.
    ///
    /// # Errors
    ///
    /// * [`CreateError::UnknownTransaction`] if raw SQL began a transaction on the connection;
    /// * else as [`create`](Self::create), but that it waits for a migration of the template for no longer than
    ///   0.3 s.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use diesel::prelude::*;
    /// use multischema::{Registry, SchemaName};
    ///
    /// # fn example(registry: Registry, pg: &mut PgConnection) -> Result<(), Box<dyn std::error::Error>> {
    /// let name: SchemaName = "school_a".parse()?;
    /// pg.transaction(|pg| -> Result<_, Box<dyn std::error::Error>> {
    ///     let school = registry.create_in(pg, name)?;
    ///     // … and the invoice for it, or neither.
    ///     Ok(school)
    /// })?;
    /// # Ok(()) }
    /// ```
    pub fn create_in(
        &self,
        pg: &mut PgConnection,
        new: impl Into<NewSchema>,
    ) -> Result<Schema, CreateError> {
        let new = new.into();
        self.check(&new)?;
        let name = &new.name;
        if depth(pg) > 0 {
            let made = self.patiently(pg, &new, PATIENCE_IN_TRANSACTION, false)?;
            return Ok(made.schema);
        }
        match in_transaction(pg) {
            Ok(false) => Ok(self.patiently(pg, &new, PATIENCE, false)?.schema),
            Ok(true) => Err(CreateError::UnknownTransaction {
                schema: name.clone(),
            }),
            Err(source) => Err(CreateError::Query {
                schema: name.clone(),
                source,
            }),
        }
    }

    /// `is_ours` says whether the connection is one of the pool's, and in no transaction but that which is begun here.
    fn patiently(
        &self,
        pg: &mut PgConnection,
        new: &NewSchema,
        patience: Duration,
        is_ours: bool,
    ) -> Result<Made, CreateError> {
        let made = patiently(pg, &new.name, patience, |pg, left| {
            AnsiTransactionManager::begin_transaction(pg)?;
            let made = self.make(pg, new, left, is_ours)?;
            AnsiTransactionManager::commit_transaction(pg)?;
            Ok(made)
        })?;
        self.pool.invalidate(&made.schema.name);
        Ok(made)
    }

    /// Refuses names and labels that no schema can have.
    pub(super) fn check(&self, new: &NewSchema) -> Result<(), CreateError> {
        if new.name.is_template() {
            return Err(CreateError::Template);
        }
        if self.pool.shared_schemata().contains(&new.name) {
            return Err(CreateError::Shared {
                schema: new.name.clone(),
            });
        }
        InvalidLabelKind::check(new.label_or_name()).map_err(|kind| CreateError::InvalidLabel {
            schema: new.name.clone(),
            label: new.label_or_name().to_owned(),
            kind,
        })
    }
}
