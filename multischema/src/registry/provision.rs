//! The steps that make a schema, in a transaction that is open.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::Error;

use super::asking::violated;
use super::create_error::CreateError;
use super::lock::Lock;
use super::obstacle::{Need, Obstacle};
use super::preflight::Preflight;
use super::registry::Registry;
use super::schema::{NewSchema, Row, Schema};
use super::sql;
use super::table::schemas;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::scope::depth;
use crate::template::{Copying, Elsewhere, Ground, Order, Plan, TemplateError};

/// How long to wait for an answer that should be there by then.
const ANSWER: Duration = Duration::from_millis(500);

impl Registry {
    /// Makes a schema of the template, in the transaction that is open.
    pub(super) fn make(
        &self,
        pg: &mut PgConnection,
        new: &NewSchema,
        patience: Duration,
        is_ours: bool,
    ) -> Result<Made, Failed> {
        let is_nested = depth(pg) > 1;
        let found = Preflight::of(
            pg,
            Lock::Template,
            new.name.as_str(),
            new.label_or_name(),
            is_nested,
        )?;
        found.check(new)?;
        let (plan, is_kept) = self.plans.find(pg, found.ids, &found.ground.role)?;
        // Before the schema itself, as this is where two who make the same meet.
        let schema = insert(pg, new)?;
        let filling = Filling {
            // A caller's transaction may have changed the template, which nobody else sees; and rows are copied as they are
            // then, which has to be before the question.
            elsewhere: if is_ours && !plan.runs_others() {
                self.ask_elsewhere(&plan)
            } else {
                None
            },
            copying: None,
            patience,
        };
        if let Err(error) = fill(pg, &plan, &schema, &found.ground, filling) {
            self.plans.forget();
            return Err(match error {
                TemplateError::Busy { .. } | TemplateError::Query { .. } => error.into(),
                _ if is_kept => Failed::Outdated,
                _ => error.into(),
            });
        }
        // The end of the transaction does the same.
        if is_nested {
            found.ground.restore(pg)?;
        }
        Ok(Made {
            schema,
            others_ran: found.is_watched || plan.runs_others(),
        })
    }

    /// Asks on a connection that nobody needs now whether the template is what it was, while the schema is made: by the time
    /// that is done, there is an answer. One that does not come is not waited for.
    fn ask_elsewhere(&self, plan: &Arc<Plan>) -> Option<Elsewhere> {
        let mut spare = self.pool.spare()?;
        let plan = Arc::clone(plan);
        let (sender, answer) = mpsc::channel();
        let asking = thread::Builder::new().name("multischema-template".to_owned());
        let asking = asking.spawn(move || {
            // Nobody may be there any more to hear it.
            let _ = sender.send(spare.ask(|pg| plan.is_current(pg)));
        });
        asking.ok()?;
        Some(Box::new(move || answer.recv_timeout(ANSWER).ok().flatten()))
    }
}

/// A schema that was made in the transaction that is open.
pub(super) struct Made {
    pub(super) schema: Schema,
    /// Whether functions of others have run, which may have left anything on the connection.
    pub(super) others_ran: bool,
}

impl Preflight {
    /// Fails if the schema cannot be made.
    pub(super) fn check(&self, new: &NewSchema) -> Result<(), Failed> {
        if !self.is_shared {
            return Err(Failed::Busy);
        }
        // An insert that fails would find out as well, but use up a number, and there are 2^21 of them for all times.
        if self.taken.iter().any(|name| name == new.name.as_str()) {
            return Err(already_exists(new).into());
        }
        if !self.taken.is_empty() {
            return Err(label_taken(new).into());
        }
        if self.is_stray {
            let schema = new.name.clone();
            return Err(CreateError::StraySchema { schema }.into());
        }
        Ok(())
    }
}

/// How a schema is filled.
pub(super) struct Filling<'a> {
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) copying: Option<Copying<'a>>,
    pub(super) patience: Duration,
}

/// Makes the PostgreSQL schema of a row, and what is in it.
pub(super) fn fill(
    pg: &mut PgConnection,
    plan: &Plan,
    schema: &Schema,
    ground: &Ground,
    filling: Filling<'_>,
) -> Result<(), TemplateError> {
    let note = if plan.has_history() {
        sql::history_note(schema.id, &schema.name)
    } else {
        String::new()
    };
    let order = Order {
        schema: &schema.name,
        number: schema.id,
        ground,
        elsewhere: filling.elsewhere,
        copying: filling.copying,
        epilogue: &note,
        patience: filling.patience,
    };
    plan.make(pg, order)
}

pub(super) fn already_exists(new: &NewSchema) -> CreateError {
    CreateError::AlreadyExists {
        schema: new.name.clone(),
    }
}

pub(super) fn label_taken(new: &NewSchema) -> CreateError {
    CreateError::LabelTaken {
        schema: new.name.clone(),
        label: new.label_or_name().to_owned(),
    }
}

/// Makes the row. Nobody sees it before the schema is complete.
pub(super) fn insert(pg: &mut PgConnection, new: &NewSchema) -> Result<Schema, Failed> {
    let row = (
        schemas::name.eq(new.name.as_str()),
        schemas::label.eq(new.label_or_name()),
        schemas::status.eq(SchemaStatus::Active),
    );
    let insert = diesel::insert_into(schemas::table).values(row);
    let row = insert.returning(Row::as_returning()).get_result(pg);
    let row: Row = row.map_err(|error| match violated(&error) {
        Some("schemas_name_key") => already_exists(new).into(),
        Some("schemas_label_key") => label_taken(new).into(),
        _ => Failed::Query(error),
    })?;
    Ok(row.checked()?)
}

/// Why no schema was made, as far as the step that failed knows.
pub(super) enum Failed {
    /// Others migrate the template.
    Busy,
    /// By a plan from an earlier time. What it names may be called otherwise now.
    Outdated,
    Known(CreateError),
    Query(Error),
    Template(TemplateError),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Query(error)
    }
}

impl From<CreateError> for Failed {
    fn from(error: CreateError) -> Self {
        Self::Known(error)
    }
}

impl From<TemplateError> for Failed {
    fn from(error: TemplateError) -> Self {
        match error {
            // Who has it locked may be done soon.
            TemplateError::Busy { .. } => Self::Busy,
            error => Self::Template(error),
        }
    }
}

impl Failed {
    /// Finds out why, after all was rolled back.
    pub(super) fn explain(
        self,
        pg: &mut PgConnection,
        name: &SchemaName,
        waited: Duration,
    ) -> CreateError {
        let schema = name.clone();
        match self {
            Self::Busy | Self::Outdated => CreateError::Busy { schema, waited },
            Self::Known(error) => error,
            Self::Query(source) => match Obstacle::find(pg, Need::Create, &source) {
                Some(obstacle) => obstacle.of_create(schema),
                None => CreateError::Query { schema, source },
            },
            Self::Template(TemplateError::Refused { template, source }) => {
                if sql::schema_exists(pg, schema.as_str()).unwrap_or(false) {
                    return CreateError::StraySchema { schema };
                }
                match Obstacle::find(pg, Need::Create, &source) {
                    Some(obstacle) => obstacle.of_create(schema),
                    None => {
                        let source = TemplateError::Refused { template, source };
                        CreateError::Clone { schema, source }
                    }
                }
            }
            Self::Template(TemplateError::Query { source, .. }) => {
                CreateError::Query { schema, source }
            }
            Self::Template(source) => CreateError::Clone { schema, source },
        }
    }
}

impl Obstacle {
    fn of_create(self, schema: SchemaName) -> CreateError {
        match self {
            Self::NotInstalled => CreateError::NotInstalled { schema },
            Self::NotAllowed { role, needs } => CreateError::NotAllowed {
                schema,
                role,
                needs,
            },
        }
    }
}
