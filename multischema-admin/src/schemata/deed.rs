//! What can be done with a schema.

use multischema::{Registry, RegistryError, Schema, SchemaStatus};

use crate::log::Change;

/// What can be done with a schema. Purging is not among it: that is for good, and done by the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    Label(String),
    Suspend,
    Resume,
    Archive,
    Restore,
    AddMember { user: String, role: String },
    RemoveRole { user: String, role: String },
}

impl Deed {
    /// What an address calls it; `of` returns what a form has, or the address.
    pub(crate) fn of(word: &str, of: impl Fn(&str) -> String) -> Option<Self> {
        // What a person types may have a space too many.
        let typed = |name: &str| of(name).trim().to_owned();
        Some(match word {
            "label" => Self::Label(typed("label")),
            "suspend" => Self::Suspend,
            "resume" => Self::Resume,
            "archive" => Self::Archive,
            "restore" => Self::Restore,
            "add_member" => Self::AddMember {
                user: typed("user"),
                role: typed("role"),
            },
            "remove_role" => Self::RemoveRole {
                user: of("user"),
                role: of("role"),
            },
            _ => return None,
        })
    }

    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Label(_) => "label",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::AddMember { .. } => "add_member",
            Self::RemoveRole { .. } => "remove_role",
        }
    }

    /// What a button says.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Label(_) => "Save the label",
            Self::Suspend => "Suspend",
            Self::Resume => "Resume",
            Self::Archive => "Archive",
            Self::Restore => "Restore",
            Self::AddMember { .. } => "Add",
            Self::RemoveRole { .. } => "Remove",
        }
    }

    /// What it takes from people, if it does: it is asked for once more.
    pub(crate) fn warning(&self, schema: &Schema) -> Option<String> {
        let label = &schema.label;
        match self {
            Self::Suspend => Some(format!(
                "Nobody but superusers can use {label} until it is resumed. What is in it is kept."
            )),
            Self::Archive => Some(format!(
                "Nobody can use {label} until it is restored. What is in it is kept."
            )),
            Self::RemoveRole { user, role } => Some(format!(
                "{user} will not have the role {role} in {label} any more. Who has no role left cannot use it."
            )),
            Self::Label(_) | Self::Resume | Self::Restore | Self::AddMember { .. } => None,
        }
    }

    /// What is said when it is done.
    pub(crate) fn done(&self, schema: &Schema) -> String {
        let label = &schema.label;
        match self {
            Self::Label(new) => format!("{} is called {new} now.", schema.name),
            Self::Suspend => format!("{label} is suspended."),
            Self::Resume => format!("{label} can be used again."),
            Self::Archive => format!("{label} is archived."),
            Self::Restore => format!("{label} is restored, and can be used again."),
            Self::AddMember { user, role } => format!("{user} has the role {role} in {label}."),
            Self::RemoveRole { user, role } => {
                format!("{user} has the role {role} in {label} no more.")
            }
        }
    }

    /// What can become of a schema that has this status.
    pub(crate) fn possible(status: SchemaStatus) -> &'static [Self] {
        match status {
            SchemaStatus::Active => &[Self::Suspend, Self::Archive],
            SchemaStatus::Suspended => &[Self::Resume, Self::Archive],
            SchemaStatus::Archived => &[Self::Restore],
            _ => &[],
        }
    }

    /// Does it, and returns what has changed; that is nothing if it was so before.
    pub(super) fn perform(
        &self,
        registry: &Registry,
        schema: &Schema,
    ) -> Result<Option<Change>, RegistryError> {
        let name = &schema.name;
        let now = match self {
            Self::Label(label) => registry.set_label(name, label)?,
            Self::Suspend => registry.suspend(name)?,
            Self::Resume => registry.resume(name)?,
            Self::Archive => registry.archive(name)?,
            Self::Restore => registry.restore(name)?,
            Self::AddMember { user, role } => {
                let is_new = registry.add_member(name, user, role)?;
                return Ok(is_new.then(|| member(None, Some((user, role)))));
            }
            Self::RemoveRole { user, role } => {
                let had = registry.remove_role(name, user, role)?;
                return Ok(had.then(|| member(Some((user, role)), None)));
            }
        };
        Ok(match self {
            Self::Label(_) => changed("label", &schema.label, &now.label),
            _ => changed("status", schema.status.as_str(), now.status.as_str()),
        })
    }
}

fn member(old: Option<(&String, &String)>, new: Option<(&String, &String)>) -> Change {
    let words = |it: (&String, &String)| format!("{} ({})", it.0, it.1);
    Change {
        field: "member".to_owned(),
        old: old.map(words),
        new: new.map(words),
    }
}

fn changed(field: &str, old: &str, new: &str) -> Option<Change> {
    (old != new).then(|| Change {
        field: field.to_owned(),
        old: Some(old.to_owned()),
        new: Some(new.to_owned()),
    })
}
