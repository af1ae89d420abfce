//! Who belongs to which schemata.

use multischema::{Registry, RegistryError, SchemaName};
use serde::Serialize;

use crate::args::{AddMember, ListMembers, MemberCommand, RemoveMember};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::view;

/// A user in a schema.
#[derive(Serialize)]
struct MemberView {
    schema: String,
    user: String,
    roles: Vec<String>,
}

pub(crate) fn run(
    registry: &Registry,
    command: &MemberCommand,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        MemberCommand::Add(it) => add(registry, it, output),
        MemberCommand::Remove(it) => remove(registry, it, output),
        MemberCommand::List(it) => list(registry, it, output),
    }
}

fn add(registry: &Registry, add: &AddMember, output: &Output) -> Result<Exit, Failure> {
    let AddMember {
        user,
        schema,
        roles,
    } = add;
    for role in roles {
        let words = match registry.add_member(schema, user, role)? {
            true => "is now",
            false => "was already",
        };
        let (user, role) = (view::printable(user), view::printable(role));
        output.say(&format!(
            "user `{user}` {words} `{role}` in schema `{schema}`"
        ));
    }
    one(registry, user, schema, output)
}

fn remove(registry: &Registry, remove: &RemoveMember, output: &Output) -> Result<Exit, Failure> {
    let RemoveMember {
        user,
        schema,
        roles,
    } = remove;
    // Whoever takes from somebody what they have not may have meant somebody else.
    let missed = |what: &str| {
        let user = view::printable(user);
        let failure = Failure::new(
            Exit::Failed,
            format!("user `{user}` is no {what} schema `{schema}`"),
        );
        failure.hint(format!(
            "`multischema member list {schema}` shows its members"
        ))
    };
    if roles.is_empty() && !registry.remove_member(schema, user)? {
        return Err(missed("member of"));
    }
    for role in roles {
        if !registry.remove_role(schema, user, role)? {
            return Err(missed(&format!("`{}` in", view::printable(role))));
        }
    }
    let user = view::printable(user);
    let what = match roles.as_slice() {
        [] => "member of".to_owned(),
        roles => format!("{} in", listed(roles)),
    };
    output.say(&format!("user `{user}` is no {what} schema `{schema}` now"));
    one(registry, &remove.user, schema, output)
}

fn listed(roles: &[String]) -> String {
    let roles = roles.iter().map(|it| format!("`{}`", view::printable(it)));
    roles.collect::<Vec<_>>().join(" and no ")
}

fn list(registry: &Registry, list: &ListMembers, output: &Output) -> Result<Exit, Failure> {
    let views: Vec<MemberView> = match (&list.schema, &list.user) {
        (Some(schema), _) => {
            let members = registry.members(schema)?.into_iter();
            let view = |it: multischema::Member| MemberView {
                schema: schema.to_string(),
                user: it.user,
                roles: it.roles,
            };
            members.map(view).collect()
        }
        (None, user) => of_user(registry, user.as_deref().unwrap_or_default())?,
    };
    write(&views, output)?;
    if views.is_empty() {
        output.say("there are none");
    }
    Ok(Exit::Done)
}

/// What the user is in the schema now.
fn one(
    registry: &Registry,
    user: &str,
    schema: &SchemaName,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut views = of_user(registry, user)?;
    views.retain(|it| it.schema == schema.as_str());
    write(&views, output)?;
    Ok(Exit::Done)
}

fn of_user(registry: &Registry, user: &str) -> Result<Vec<MemberView>, RegistryError> {
    let memberships = registry.memberships(user)?.into_iter();
    let view = |it: multischema::Membership| MemberView {
        schema: it.schema.name.to_string(),
        user: user.to_owned(),
        roles: it.roles,
    };
    Ok(memberships.map(view).collect())
}

fn write(views: &[MemberView], output: &Output) -> Result<(), Failure> {
    output.data(&views, || {
        let rows = views.iter().map(|it| {
            let roles = view::printable(&it.roles.join(", "));
            [it.schema.clone(), view::printable(&it.user), roles]
        });
        view::table(["schema", "user", "roles"], rows)
    })
}
