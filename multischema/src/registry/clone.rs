//! A schema that is a copy of another, with its rows or without.

use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;

use super::alone::PATIENCE;
use super::attempt::patiently;
use super::create_error::CreateError;
use super::lock::Lock;
use super::preflight::{Preflight, found_ids};
use super::provision::{Failed, Filling, fill, insert};
use super::registry::Registry;
use super::schema::{NewSchema, Schema};
use super::sql;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::path::SearchPath;
use crate::template::{Copying, Plan, Rows, Template, TemplateError, timed_out};

/// Which rows a copy of a schema has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithData {
    /// None, but the history of migrations. Sequences begin anew.
    No,
    /// All, with new ids: primary keys and all that foreign keys make refer to them. An id that is not drawn from a
    /// sequence, or as a `uuid` from a function, stays, as does one that is kept otherwise than by a foreign key.
    NewIds,
    /// All as they are. Ids are not unique across schemata then.
    SameIds,
}

impl WithData {
    /// Has triggers fire for each row that is copied. They do not otherwise, as they have for the rows that are copied.
    #[must_use]
    pub fn firing_triggers(self) -> CloneData {
        CloneData {
            data: self,
            fires: true,
        }
    }
}

/// Which rows a copy of a schema has, and whether its triggers fire for them; made from [`WithData`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloneData {
    data: WithData,
    fires: bool,
}

impl From<WithData> for CloneData {
    fn from(data: WithData) -> Self {
        Self { data, fires: false }
    }
}

impl Registry {
    /// Makes a schema that is equal to the schema `from`, with its rows as they are at one moment, or without. All or
    /// nothing, in one transaction. Others can read and write in `from` meanwhile, but not migrate or change it.
    ///
    /// Sequences go on behind the rows. Where ids are [unique](crate::Ids::Unique) across schemata, new ones are drawn in the new
    /// schema's own block, and [`WithData::SameIds`] breaks that promise for the rows that are copied.
    ///
    /// # Errors
    ///
    /// * [`CreateError::NoSource`] if the registry has no schema `from`;
    /// * [`CreateError::SourceStatus`] if that is neither active nor suspended;
    /// * [`CreateError::Busy`] if it is being migrated or changed, for 30 s;
    /// * else as [`create`](Self::create), `from` being the template.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::{NewSchema, WithData};
    ///
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let demo = NewSchema::new("demo".parse()?).label("To try things");
    /// registry.clone_schema(&"school_a".parse()?, demo, WithData::NewIds)?;
    ///
    /// let loud = WithData::NewIds.firing_triggers();
    /// registry.clone_schema(&"school_a".parse()?, NewSchema::new("loud".parse()?), loud)?;
    /// # Ok(()) }
    /// ```
    pub fn clone_schema(
        &self,
        from: &SchemaName,
        new: impl Into<NewSchema>,
        data: impl Into<CloneData>,
    ) -> Result<Schema, CreateError> {
        let new = new.into();
        self.check(&new)?;
        if from.is_template() {
            return Err(CreateError::Template);
        }
        let name = &new.name;
        let checkout = |source| CreateError::Checkout {
            schema: name.clone(),
            source,
        };
        let mut conn = self.pool.global().map_err(checkout)?;
        let path = SearchPath::tenant(name, self.pool.shared_schemata());
        let job = Job {
            from,
            new: &new,
            data: data.into(),
            path,
        };
        let made = conn.lend(|pg| patiently(pg, name, PATIENCE, |pg, left| job.make(pg, left)));
        let made = made.map_err(|error| checkout(error.into()))??;
        self.pool.invalidate(name);
        Ok(made)
    }
}

/// What is to be made.
struct Job<'a> {
    from: &'a SchemaName,
    new: &'a NewSchema,
    data: CloneData,
    /// Where triggers find what they use.
    path: SearchPath,
}

impl Job<'_> {
    fn make(&self, pg: &mut PgConnection, patience: Duration) -> Result<Schema, Failed> {
        let source = self.source(pg)?;
        let ids = found_ids(pg)?;
        let plan = Template::of(self.from.clone()).ids(ids).plan(pg);
        let plan = plan.map_err(|error| match error {
            // It was renamed or purged since.
            TemplateError::Missing { .. } | TemplateError::Changing { .. } => Failed::Outdated,
            error => error.into(),
        })?;
        plan.check_room(pg, self.rows())?;
        // All rows as they are at one moment.
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
        AnsiTransactionManager::begin_transaction_sql(pg, begin)?;
        let schema = self.copy(pg, &source, &plan, patience)?;
        AnsiTransactionManager::commit_transaction(pg)?;
        Ok(schema)
    }

    fn copy(
        &self,
        pg: &mut PgConnection,
        source: &Schema,
        plan: &Plan,
        patience: Duration,
    ) -> Result<Schema, Failed> {
        let (rows, fires) = (self.rows(), self.data.fires);
        sql::be_quick(pg)?;
        let start = Instant::now();
        if let Err(error) = plan.lock(pg, rows) {
            return Err(if timed_out(&error, start.elapsed()) {
                Failed::Busy
            } else {
                Failed::Query(error)
            });
        }
        let [name, label] = [self.new.name.as_str(), self.new.label_or_name()];
        let found = Preflight::of(pg, Lock::Schema(source.id), name, label, false)?;
        found.check(self.new)?;
        // From here on nobody migrates or changes it. What was done before, since the plan was made, is seen now.
        let again = self.source(pg)?;
        if (again.id, again.generation) != (source.id, source.generation) {
            return Err(Failed::Outdated);
        }
        let schema = insert(pg, self.new)?;
        let copying = Copying {
            rows,
            firing: fires.then_some(self.path.as_str()),
        };
        let filling = Filling {
            elsewhere: None,
            copying: Some(copying),
            patience,
        };
        let filled = fill(pg, plan, &schema, &found.ground, filling);
        filled.map_err(|error| match error {
            TemplateError::Outdated { .. } => Failed::Outdated,
            error => error.into(),
        })?;
        Ok(schema)
    }

    fn rows(&self) -> Rows<'static> {
        match self.data.data {
            WithData::No => Rows::None,
            WithData::NewIds => Rows::NewIds,
            WithData::SameIds => Rows::SameIds,
        }
    }

    /// What is copied, as the registry has it.
    fn source(&self, pg: &mut PgConnection) -> Result<Schema, Failed> {
        let Some(found) = Schema::find(pg, self.from)? else {
            return Err(Failed::Known(CreateError::NoSource {
                schema: self.new.name.clone(),
                from: self.from.clone(),
            }));
        };
        match found.status {
            SchemaStatus::Active | SchemaStatus::Suspended => Ok(found),
            status => Err(Failed::Known(CreateError::SourceStatus {
                schema: self.new.name.clone(),
                from: self.from.clone(),
                found: status,
            })),
        }
    }
}
