//! Where the rows are.

use std::env;

use multischema::testing::{self, Server, ServerError};

/// The database that `DATABASE_URL` names, which stays; or one of a throw-away server, which goes when this is dropped.
pub enum Database {
    Given { url: String },
    ThrowAway { database: testing::Database },
}

impl Database {
    pub fn from_env_or_start() -> Result<Self, ServerError> {
        match env::var("DATABASE_URL") {
            Ok(url) if !url.is_empty() => Ok(Self::Given { url }),
            Err(env::VarError::NotUnicode(_)) => Err(ServerError::NotUnicode),
            // The database keeps its server.
            _ => Ok(Self::ThrowAway {
                database: Server::start()?.database()?,
            }),
        }
    }

    pub fn url(&self) -> &str {
        match self {
            Self::Given { url } => url,
            Self::ThrowAway { database } => database.url(),
        }
    }

    pub fn is_throw_away(&self) -> bool {
        matches!(self, Self::ThrowAway { .. })
    }
}
