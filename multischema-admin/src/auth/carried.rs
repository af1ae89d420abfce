//! The session of one request, which is read together with whose it is.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::Result;

use super::sessions::Sessions;
use super::users::Owner;

/// The store of the session of one request.
#[derive(Debug)]
pub(super) struct Carried {
    sessions: Arc<Sessions>,
    /// As the user was when the session was read: in this request.
    owner: Mutex<Option<Owner>>,
}

impl Carried {
    pub(super) fn new(sessions: Arc<Sessions>) -> Self {
        Self {
            sessions,
            owner: Mutex::new(None),
        }
    }

    /// Returns the user whom the session that was read is of.
    pub(super) fn owner(&self) -> Option<Owner> {
        self.owner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl SessionStore for Carried {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.sessions.create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.sessions.save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.sessions.load_owned(id).await?;
        let (record, owner) = found.unzip();
        *self.owner.lock().unwrap_or_else(PoisonError::into_inner) = owner.flatten();
        Ok(record)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.sessions.delete(id).await
    }
}
