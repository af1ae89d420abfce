//! A schema that is compared.

use crate::catalog::Asked;
use crate::name::SchemaName;
use crate::quoted::Identifier;
use crate::template::path_to;

/// A schema that is compared with the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Says where its ids begin.
    pub(super) number: i32,
    pub(super) name: SchemaName,
    /// Whether it has another name in PostgreSQL, and its rights are put away.
    pub(super) is_archived: bool,
}

impl Member {
    /// What PostgreSQL calls it.
    pub(super) fn called(&self) -> SchemaName {
        if self.is_archived {
            SchemaName::archived(self.number)
        } else {
            self.name.clone()
        }
    }

    pub(super) fn asked(&self) -> Asked {
        let name = self.called().as_str().to_owned();
        let path = path_to(&Identifier(&name).to_string());
        Asked { name, path }
    }
}
