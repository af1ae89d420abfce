//! Who does what is asked of the registry, and writes it down.

use diesel::QueryResult;
use multischema::{CreateError, NewSchema, Registry, RegistryError, Schema, TenantPool};
use multischema_axum::DbError;
use tracing::Span;

use super::MODEL;
use super::deed::Deed;
use crate::failure::Failure;
use crate::log::{Change, Entry};
use crate::rows::Key;
use crate::visit::Visit;

/// The registry, in the name of a user.
#[derive(Debug, Clone)]
pub(crate) struct Office {
    registry: Registry,
    pool: TenantPool,
    user: String,
}

impl Office {
    pub(crate) fn of(visit: &Visit) -> Self {
        Self {
            registry: visit.site.registry.registry().clone(),
            pool: visit.site.pool.clone(),
            user: visit.operator.name.clone(),
        }
    }

    /// Does something that may take long, on a thread where nobody waits for another. It is done to its end, with what the log says of it,
    /// even if the browser has gone.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let span = Span::current();
        let task = tokio::task::spawn_blocking(move || span.in_scope(|| work(&self)));
        task.await.map_err(|error| {
            Failure::Database(match error.is_panic() {
                true => DbError::Panicked,
                false => DbError::Ending,
            })
        })
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn create(&self, new: NewSchema) -> Result<Schema, CreateError> {
        let schema = self.registry.create(new)?;
        let field = |field: &str, new: &str| Change {
            field: field.to_owned(),
            old: None,
            new: Some(new.to_owned()),
        };
        let changes = [
            field("name", schema.name.as_str()),
            field("label", &schema.label),
        ];
        self.note(&schema, "add", &changes);
        Ok(schema)
    }

    /// Returns whether that changed anything.
    pub(crate) fn perform(&self, schema: &Schema, deed: &Deed) -> Result<bool, RegistryError> {
        let change = deed.perform(&self.registry, schema)?;
        if let Some(change) = &change {
            self.note(schema, deed.word(), std::slice::from_ref(change));
        }
        Ok(change.is_some())
    }

    /// Writes it into the log. The registry works in transactions of its own, so this is not in the same: what cannot be written is told to
    /// whoever looks after the site.
    fn note(&self, schema: &Schema, action: &str, changes: &[Change]) {
        let entry = Entry {
            user: self.user.clone(),
            schema: Some((schema.id, schema.name.to_string())),
            model: MODEL.to_owned(),
            action: action.to_owned(),
        };
        let key = Key(vec![schema.id.to_string()]);
        let written = self.pool.global().map_err(DbError::from);
        let written = written.and_then(|mut conn| {
            let written: QueryResult<()> = entry.write(&mut conn, &key, &schema.label, changes);
            written.map_err(DbError::from)
        });
        if let Err(error) = written {
            tracing::error!(%error, user = self.user, schema = %schema.name, action, ?changes, "it was done, and is not in the log");
        }
    }
}
