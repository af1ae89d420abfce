//! What may be changed of a schema, apart from what is in it.

use diesel::prelude::*;

use super::asking::{Failed, not_found, violated};
use super::error::RegistryError;
use super::label::InvalidLabelKind;
use super::obstacle::Need;
use super::registry::Registry;
use super::schema::{Row, Schema};
use super::table::schemas;
use crate::lifecycle::SchemaStatus;
use crate::model::RunQueryDsl;
use crate::name::SchemaName;

impl Registry {
    /// Changes what people call the schema, and returns it.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::InvalidLabel`] if the label breaks a rule;
    /// * [`RegistryError::LabelTaken`] if another schema has it;
    /// * else as [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// registry.set_label(&"school_a".parse()?, "Elm Street School")?;
    /// # Ok(()) }
    /// ```
    pub fn set_label(&self, name: &SchemaName, label: &str) -> Result<Schema, RegistryError> {
        InvalidLabelKind::check(label).map_err(|kind| RegistryError::InvalidLabel {
            schema: name.clone(),
            label: label.to_owned(),
            kind,
        })?;
        let schema = self.about(name, Need::Update, |conn| {
            let update = diesel::update(schemas::table.filter(schemas::name.eq(name.as_str())))
                .set(schemas::label.eq(label))
                .returning(Row::as_returning());
            let row: Option<Row> =
                update
                    .get_result(conn)
                    .optional()
                    .map_err(|error| match violated(&error) {
                        Some("schemas_label_key") => RegistryError::LabelTaken {
                            schema: name.clone(),
                            label: label.to_owned(),
                        }
                        .into(),
                        _ => Failed::Query(error),
                    })?;
            Ok(row.ok_or_else(|| not_found(name))?.checked()?)
        })?;
        self.pool.invalidate(name);
        Ok(schema)
    }

    /// Has nobody check the schema out until it is [resumed](Self::resume), and returns it. Its rows are kept.
    /// If it is suspended already, nothing changes.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::WrongStatus`] if it is neither active nor suspended;
    /// * else as [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let school = registry.suspend(&"school_a".parse()?)?;
    /// assert_eq!(school.status, multischema::SchemaStatus::Suspended);
    /// # Ok(()) }
    /// ```
    pub fn suspend(&self, name: &SchemaName) -> Result<Schema, RegistryError> {
        self.turn(name, SchemaStatus::Active, SchemaStatus::Suspended)
    }

    /// Puts a schema that was [suspended](Self::suspend) back into use, and returns it. If it is active already,
    /// nothing changes.
    ///
    /// # Errors
    ///
    /// As [`suspend`](Self::suspend).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// registry.resume(&"school_a".parse()?)?;
    /// # Ok(()) }
    /// ```
    pub fn resume(&self, name: &SchemaName) -> Result<Schema, RegistryError> {
        self.turn(name, SchemaStatus::Suspended, SchemaStatus::Active)
    }

    fn turn(
        &self,
        name: &SchemaName,
        expected: SchemaStatus,
        wanted: SchemaStatus,
    ) -> Result<Schema, RegistryError> {
        let schema = self.about(name, Need::Update, |conn| {
            conn.transaction(|conn| {
                let query = schemas::table.filter(schemas::name.eq(name.as_str()));
                // Locked, so that what is found out is still so when it is changed.
                let query = query.select(Row::as_select()).for_update();
                let row: Option<Row> = query.first(conn).optional()?;
                let found = row.ok_or_else(|| not_found(name))?.checked()?;
                if found.status == wanted {
                    return Ok(found);
                }
                if found.status != expected {
                    return Err(RegistryError::WrongStatus {
                        schema: name.clone(),
                        wanted,
                        expected,
                        found: found.status,
                    }
                    .into());
                }
                let update = diesel::update(schemas::table.filter(schemas::id.eq(found.id)))
                    .set(schemas::status.eq(wanted))
                    .returning(Row::as_returning());
                let row: Row = update.get_result(conn)?;
                Ok(row.checked()?)
            })
        })?;
        self.pool.invalidate(name);
        Ok(schema)
    }
}
