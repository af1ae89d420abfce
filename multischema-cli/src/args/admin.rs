//! What may be said of the users of the admin site.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use multischema_admin::Action;

use super::serve::Serve;

#[derive(Subcommand)]
pub(crate) enum AdminCommand {
    /// Make a user. The password is asked for on the terminal
    #[command(
        after_help = "Example:\n  multischema admin create-user ann@example.com --superuser --generate"
    )]
    CreateUser(CreateUser),
    /// Set a user's password, end their sessions, and let them in if others tried too many passwords
    #[command(after_help = "Example:\n  multischema admin passwd ann@example.com --generate")]
    Passwd(Passwd),
    /// List the users
    #[command(after_help = "Example:\n  multischema admin users --format json")]
    Users,
    /// Keep a user from logging in, and end their sessions
    #[command(after_help = "Example:\n  multischema admin deactivate ann@example.com")]
    Deactivate(OneUser),
    /// Let a user log in again
    #[command(after_help = "Example:\n  multischema admin activate ann@example.com")]
    Activate(OneUser),
    /// Let those of a role do something with a model. Roles in a schema are given by `multischema member add`
    #[command(after_help = "Example:\n  multischema admin grant teacher pupils view,change")]
    Grant(Grant),
    /// Take that back
    #[command(after_help = "Example:\n  multischema admin revoke teacher pupils all")]
    Revoke(Grant),
    /// List what is granted
    #[command(after_help = "Example:\n  multischema admin grants --format json")]
    Grants,
    /// Serve the site, with all tables of the template and of `public`, without an application
    #[command(
        after_help = "Example:\n  multischema admin serve --insecure-cookies --title Schools"
    )]
    Serve(Serve),
    /// Give a user a role for what all schemata share
    #[command(after_help = "Example:\n  multischema admin role ann@example.com office")]
    Role(Role),
}

#[derive(clap::Args)]
pub(crate) struct CreateUser {
    /// What the user is called; the same as of `multischema member`
    pub(crate) user: String,
    /// Let the user do everything, in every schema
    #[arg(long)]
    pub(crate) superuser: bool,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(clap::Args)]
pub(crate) struct Passwd {
    /// User
    pub(crate) user: String,
    #[command(flatten)]
    pub(crate) password: Password,
}

/// Where a password comes from. It is never an argument: others can see those.
#[derive(clap::Args)]
pub(crate) struct Password {
    /// Read the password from the first line of standard input
    #[arg(long = "password-stdin", conflicts_with = "generate")]
    pub(crate) from_stdin: bool,
    /// Make a password, and write it to standard output, once
    #[arg(long)]
    pub(crate) generate: bool,
    /// So that it is not repeated by whoever says that it does not belong here.
    #[arg(hide = true)]
    pub(crate) misplaced: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct OneUser {
    /// User
    pub(crate) user: String,
}

#[derive(clap::Args)]
pub(crate) struct Grant {
    /// Role
    pub(crate) role: String,
    /// Model, as it is registered with the site; `*` is each
    pub(crate) model: String,
    /// Actions, by commas; `change` includes `view`
    #[arg(required = true, value_name = "ACTION", value_delimiter = ',', value_parser = actions_parser())]
    pub(crate) actions: Vec<Actions>,
}

impl Grant {
    /// The actions, each once.
    pub(crate) fn actions(&self) -> Vec<Action> {
        let is_meant = |it: &Action| self.actions.iter().any(|meant| meant.0.contains(it));
        Action::ALL.into_iter().filter(is_meant).collect()
    }
}

/// What a word stands for.
#[derive(Clone)]
pub(crate) struct Actions(Vec<Action>);

fn actions_parser() -> impl TypedValueParser<Value = Actions> {
    let words = Action::ALL.map(Action::as_str);
    PossibleValuesParser::new(words.into_iter().chain(["all"])).map(|word| match word.parse() {
        Ok(action) => Actions(vec![action]),
        Err(_) => Actions(Action::ALL.to_vec()),
    })
}

#[derive(clap::Args)]
pub(crate) struct Role {
    /// User
    pub(crate) user: String,
    /// Role
    pub(crate) role: String,
    /// Take the role
    #[arg(long)]
    pub(crate) remove: bool,
}
