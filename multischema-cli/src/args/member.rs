//! What may be said of members.

use clap::Subcommand;
use multischema::SchemaName;

#[derive(Subcommand)]
pub(crate) enum MemberCommand {
    /// Let a user use a schema, or give a member one more role
    #[command(
        after_help = "Example:\n  multischema member add ann@example.com school_a --role teacher"
    )]
    Add(AddMember),
    /// Take a user's membership of a schema, or some of the roles
    #[command(after_help = "Example:\n  multischema member remove ann@example.com school_a")]
    Remove(RemoveMember),
    /// List the members of a schema, or the schemata that a user belongs to, whatever their status
    #[command(after_help = "Example:\n  multischema member list --user ann@example.com")]
    List(ListMembers),
}

#[derive(clap::Args)]
pub(crate) struct AddMember {
    /// What the application calls the user
    pub(crate) user: String,
    /// Schema
    pub(crate) schema: SchemaName,
    /// Role; may be given several times
    #[arg(long = "role", value_name = "ROLE", default_value = "member")]
    pub(crate) roles: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct RemoveMember {
    /// What the application calls the user
    pub(crate) user: String,
    /// Schema
    pub(crate) schema: SchemaName,
    /// Take this role only; may be given several times [default: all]
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct ListMembers {
    /// Schema
    #[arg(required_unless_present = "user", conflicts_with = "user")]
    pub(crate) schema: Option<SchemaName>,
    /// What the application calls the user
    #[arg(long)]
    pub(crate) user: Option<String>,
}
