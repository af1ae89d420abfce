//! Which schemata are not like the template.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use multischema::{DriftReport, SchemaStatus, TenantPool, drift};

/// A comparison of all schemata with the template.
#[derive(Debug, Clone, Default)]
pub(crate) enum Comparison {
    /// Nobody has asked for one.
    #[default]
    None,
    UnderWay,
    Done {
        at: DateTime<Utc>,
        report: Arc<DriftReport>,
    },
    /// These are its words.
    Failed(String),
}

impl Comparison {
    pub(super) fn make(pool: &TenantPool) -> Self {
        match drift(pool, SchemaStatus::ALL) {
            Ok(report) => Self::Done {
                at: Utc::now(),
                report: Arc::new(report),
            },
            Err(error) => {
                let words = super::chain(&error);
                tracing::error!(error = words, "schemata were not compared");
                Self::Failed(words)
            }
        }
    }
}
