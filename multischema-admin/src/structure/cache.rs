//! The structure, read anew now and then, as a migration may have changed it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use multischema_axum::{DbError, GlobalDb};
use tokio::sync::Mutex;

use super::read::read;
use super::table::Structure;

/// How long a structure is believed.
const FRESH: Duration = Duration::from_secs(10);

/// The structure, kept for a while.
#[derive(Debug)]
pub(crate) struct Structures {
    shared: Vec<String>,
    kept: Mutex<Option<(Instant, Arc<Structure>)>>,
}

/// A structure that could not be read.
pub(crate) type StructureError = DbError;

impl Structures {
    /// Those of the template and of what all share.
    pub(crate) fn new(shared: Vec<String>) -> Self {
        Self {
            shared,
            kept: Mutex::new(None),
        }
    }

    /// Returns the structure; of those who ask at once while it is old, one reads it.
    pub(crate) async fn get(&self, db: &GlobalDb) -> Result<Arc<Structure>, StructureError> {
        let mut kept = self.kept.lock().await;
        if let Some((since, structure)) = &*kept {
            if since.elapsed() < FRESH {
                return Ok(Arc::clone(structure));
            }
        }
        let shared = self.shared.clone();
        let structure = Arc::new(db.run(move |conn| read(conn, &shared)).await?);
        *kept = Some((Instant::now(), Arc::clone(&structure)));
        Ok(structure)
    }

    /// Has the next one that asks read it: it was not what the database has.
    pub(crate) async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}
