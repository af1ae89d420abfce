//! What the application has to say when a schema is selected.

use std::fmt;

use http::StatusCode;
use http::request::Parts;
use multischema::{SchemaName, User};

use crate::refusal::Refusal;

/// A schema that is about to be activated for a request, or was.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Activation<'a> {
    /// The request.
    pub request: &'a Parts,
    /// Who sends it.
    pub user: &'a User,
    /// The schema.
    pub schema: &'a SchemaName,
}

/// A user who has chosen another schema, or none.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Switch<'a> {
    /// The request.
    pub request: &'a Parts,
    /// Who sends it.
    pub user: &'a User,
    /// The schema that was remembered before.
    pub from: Option<&'a str>,
    /// The schema that is from now on.
    pub to: Option<&'a SchemaName>,
}

/// Why the application does not let a user into a schema that they may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Veto {
    status: StatusCode,
    message: String,
}

impl Veto {
    /// Answers 403 with a line for the user.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            message: message.into(),
        }
    }

    /// Answers with another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

impl From<Veto> for Refusal {
    fn from(Veto { status, message }: Veto) -> Self {
        Self::Vetoed { status, message }
    }
}

type BeforeActivate = dyn Fn(Activation<'_>) -> Result<(), Veto> + Send + Sync;
type AfterActivate = dyn Fn(Activation<'_>) + Send + Sync;
type OnSwitch = dyn Fn(Switch<'_>) + Send + Sync;

/// All hooks, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) before_activate: Vec<Box<BeforeActivate>>,
    pub(crate) after_activate: Vec<Box<AfterActivate>>,
    pub(crate) on_switch: Vec<Box<OnSwitch>>,
}

impl Hooks {
    pub(crate) fn before(&self, activation: Activation<'_>) -> Result<(), Refusal> {
        let mut hooks = self.before_activate.iter();
        Ok(hooks.try_for_each(|hook| hook(activation))?)
    }

    pub(crate) fn after(&self, activation: Activation<'_>) {
        for hook in &self.after_activate {
            hook(activation);
        }
    }

    pub(crate) fn switched(&self, switch: Switch<'_>) {
        for hook in &self.on_switch {
            hook(switch);
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("before_activate", &self.before_activate.len())
            .field("after_activate", &self.after_activate.len())
            .field("on_switch", &self.on_switch.len())
            .finish()
    }
}
