//! The users of the admin site, and what they may do.

use multischema_admin::{Action, OperatorAccount, OperatorError, Operators, RoleGrant};
use serde::Serialize;

use crate::args::{AdminCommand, Grant, Password, Role};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::view::{self, printable};

/// A user.
#[derive(Serialize)]
struct UserView {
    user: String,
    is_superuser: bool,
    is_active: bool,
    /// For what all schemata share.
    roles: Vec<String>,
    created_at: Option<String>,
    last_login: Option<String>,
}

impl From<OperatorAccount> for UserView {
    fn from(account: OperatorAccount) -> Self {
        Self {
            user: account.name,
            is_superuser: account.is_superuser,
            is_active: account.is_active,
            roles: account.roles,
            created_at: view::rfc3339(account.created_at),
            last_login: account.last_login.and_then(view::rfc3339),
        }
    }
}

/// What those of a role may do with a model.
#[derive(Serialize)]
struct GrantView {
    role: String,
    model: String,
    actions: Vec<&'static str>,
}

impl From<RoleGrant> for GrantView {
    fn from(grant: RoleGrant) -> Self {
        Self {
            role: grant.role,
            model: grant.model,
            actions: grant.actions.into_iter().map(Action::as_str).collect(),
        }
    }
}

/// A password that was made.
#[derive(Serialize)]
struct PasswordView<'a> {
    user: &'a str,
    password: &'a str,
}

impl AdminCommand {
    /// Refuses what can be refused without a database.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self {
            Self::CreateUser(it) => it.password.check(),
            Self::Passwd(it) => it.password.check(),
            Self::Serve(it) => it.check(),
            _ => Ok(()),
        }
    }
}

pub(crate) fn run(
    operators: &Operators,
    command: &AdminCommand,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        AdminCommand::CreateUser(it) => {
            let password = it.password.read()?;
            operators.create(&it.user, &password, it.superuser)?;
            let words = match it.superuser {
                true => "made superuser",
                false => "made user",
            };
            output.say(&format!("{words} `{}`", printable(&it.user)));
            tell(operators, &it.user, &it.password, &password, output)
        }
        AdminCommand::Passwd(it) => {
            let password = it.password.read()?;
            operators.set_password(&it.user, &password)?;
            let user = printable(&it.user);
            output.say(&format!(
                "user `{user}` has another password, and is logged out everywhere"
            ));
            tell(operators, &it.user, &it.password, &password, output)
        }
        AdminCommand::Users => {
            let all: Vec<UserView> = operators.list()?.into_iter().map(UserView::from).collect();
            write_users(&all, output)?;
            if all.is_empty() {
                output.say("there are none");
            }
            Ok(Exit::Done)
        }
        AdminCommand::Deactivate(it) => {
            operators.deactivate(&it.user)?;
            let user = printable(&it.user);
            output.say(&format!("user `{user}` cannot log in any more"));
            one(operators, &it.user, output)
        }
        AdminCommand::Activate(it) => {
            operators.activate(&it.user)?;
            output.say(&format!("user `{}` can log in", printable(&it.user)));
            one(operators, &it.user, output)
        }
        AdminCommand::Grant(it) => grant(operators, it, output),
        AdminCommand::Revoke(it) => revoke(operators, it, output),
        AdminCommand::Grants => {
            let all: Vec<GrantView> = operators
                .grants()?
                .into_iter()
                .map(GrantView::from)
                .collect();
            write_grants(&all, output)?;
            if all.is_empty() {
                output.say("there are none");
            }
            Ok(Exit::Done)
        }
        AdminCommand::Role(it) => role(operators, it, output),
        AdminCommand::Serve(_) => unreachable!("it has connections of its own"),
    }
}

/// Writes the password if it was made, and else the user.
fn tell(
    operators: &Operators,
    user: &str,
    how: &Password,
    password: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    if !how.generate {
        return one(operators, user, output);
    }
    output.data(&PasswordView { user, password }, || {
        let row = [printable(user), password.to_owned()];
        view::table(["user", "password"], [row])
    })?;
    Ok(Exit::Done)
}

fn grant(operators: &Operators, grant: &Grant, output: &Output) -> Result<Exit, Failure> {
    let Grant { role, model, .. } = grant;
    let new = operators.grant(role, model, &grant.actions())?;
    let (shown, of) = (printable(role), printable(model));
    output.say(&match new {
        0 => format!("role `{shown}` had that for `{of}` already"),
        _ => format!("role `{shown}` may do more with `{of}` now"),
    });
    of_model(operators, role, model, output)
}

fn revoke(operators: &Operators, grant: &Grant, output: &Output) -> Result<Exit, Failure> {
    let Grant { role, model, .. } = grant;
    let (shown, of) = (printable(role), printable(model));
    // Whoever takes from somebody what they have not may have meant somebody else.
    if operators.revoke(role, model, &grant.actions())? == 0 {
        let error = format!("role `{shown}` has no such grant for `{of}`");
        let failure = Failure::new(Exit::Failed, error);
        return Err(failure.hint("`multischema admin grants` shows those that there are"));
    }
    output.say(&format!("role `{shown}` may do less with `{of}` now"));
    of_model(operators, role, model, output)
}

fn role(operators: &Operators, given: &Role, output: &Output) -> Result<Exit, Failure> {
    let Role { user, role, remove } = given;
    let (shown, of) = (printable(role), printable(user));
    if !remove {
        let words = match operators.give_role(user, role)? {
            true => "has now",
            false => "had already",
        };
        output.say(&format!(
            "user `{of}` {words} role `{shown}` for what all schemata share"
        ));
    } else if operators.take_role(user, role)? {
        output.say(&format!("user `{of}` has role `{shown}` no more"));
    } else {
        let error = format!("user `{of}` has no role `{shown}` for what all schemata share");
        let failure = Failure::new(Exit::Failed, error);
        return Err(failure.hint("`multischema admin users` shows the roles of all"));
    }
    one(operators, user, output)
}

/// What the user is now.
fn one(operators: &Operators, user: &str, output: &Output) -> Result<Exit, Failure> {
    let mut all = operators.list()?;
    all.retain(|it| it.name == user);
    let all: Vec<UserView> = all.into_iter().map(UserView::from).collect();
    write_users(&all, output)?;
    Ok(Exit::Done)
}

/// What those of the role may do with the model now.
fn of_model(
    operators: &Operators,
    role: &str,
    model: &str,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut all = operators.grants()?;
    all.retain(|it| it.role == role && it.model == model);
    let all: Vec<GrantView> = all.into_iter().map(GrantView::from).collect();
    write_grants(&all, output)?;
    Ok(Exit::Done)
}

fn write_users(views: &[UserView], output: &Output) -> Result<(), Failure> {
    let header = [
        "user",
        "superuser",
        "active",
        "roles",
        "created_at",
        "last_login",
    ];
    let word = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
    output.data(&views, || {
        let rows = views.iter().map(|it| {
            [
                printable(&it.user),
                word(it.is_superuser),
                word(it.is_active),
                printable(&it.roles.join(", ")),
                it.created_at.clone().unwrap_or_default(),
                it.last_login.clone().unwrap_or_default(),
            ]
        });
        view::table(header, rows)
    })
}

fn write_grants(views: &[GrantView], output: &Output) -> Result<(), Failure> {
    output.data(&views, || {
        let rows = views.iter().map(|it| {
            [
                printable(&it.role),
                printable(&it.model),
                it.actions.join(", "),
            ]
        });
        view::table(["role", "model", "actions"], rows)
    })
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::NotInstalled => Self::new(Exit::Failed, error).init_first(),
            OperatorError::InvalidName { .. }
            | OperatorError::InvalidPassword { .. }
            | OperatorError::InvalidRole { .. }
            | OperatorError::InvalidModel { .. } => Self::new(Exit::Refused, error),
            OperatorError::NotFound { .. } => Self::new(Exit::Failed, error)
                .hint("`multischema admin users` shows those that there are"),
            OperatorError::Taken { .. } => Self::new(Exit::Failed, error)
                .hint("`multischema admin passwd` sets another password"),
            _ => Self::new(Exit::Failed, error),
        }
    }
}
