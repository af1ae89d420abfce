//! The users of the admin site, for whoever looks after them.

use std::time::SystemTime;

use multischema::{GlobalConnection, InvalidLabelKind, Lease, TenantPool};

use super::grants::{self, RoleGrant};
use super::operator_error::OperatorError;
use super::password;
use super::permission::Action;
use super::users::{self, Known};

/// A user of the admin site.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperatorAccount {
    /// What the user is called: the id of a [`User`](multischema::User), and so of a [`Member`](multischema::Member).
    pub name: String,
    /// Whether the user may do everything, in every schema.
    pub is_superuser: bool,
    /// Whether the user may log in.
    pub is_active: bool,
    /// The roles for what all schemata share, in the order of their bytes. Those in schemata are
    /// [`Registry::memberships`](multischema::Registry::memberships).
    pub roles: Vec<String>,
    /// When the user was made.
    pub created_at: SystemTime,
    /// When somebody last logged in by the name.
    pub last_login: Option<SystemTime>,
}

/// The users of the admin site, and what they may do.
///
/// A user may do nothing that is not granted. With the models that each schema has, what their roles in the schema may, as
/// [`Registry::add_member`](multischema::Registry::add_member) gives them; with those that all schemata share, what the roles of
/// [`give_role`](Self::give_role) may. A superuser may do everything.
///
/// # Examples
///
/// ```no_run
/// use multischema::{Registry, TenantPool};
/// use multischema_admin::{Action, Operators};
///
/// # fn example(pool: TenantPool) -> Result<(), Box<dyn std::error::Error>> {
/// let operators = Operators::new(pool.clone());
/// operators.create("ann@example.com", "correct horse battery staple", false)?;
/// operators.grant("teacher", "pupils", &[Action::View, Action::Change])?;
/// Registry::new(pool).add_member(&"school_a".parse()?, "ann@example.com", "teacher")?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Operators {
    pool: TenantPool,
}

impl Operators {
    /// Those in the database of the pool.
    #[must_use]
    pub fn new(pool: TenantPool) -> Self {
        Self { pool }
    }

    /// Makes a user. Only a hash of the password is kept (Argon2id).
    ///
    /// # Errors
    ///
    /// * [`OperatorError::InvalidName`] and [`OperatorError::InvalidPassword`] if one breaks a rule: a password has at least 12 characters and is not the
    ///   name;
    /// * [`OperatorError::Taken`] if there is a user of the name;
    /// * [`OperatorError::NotInstalled`], [`OperatorError::NotAllowed`], [`OperatorError::Checkout`] or [`OperatorError::Query`] if the
    ///   database does not do it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// operators.create("ann@example.com", "correct horse battery staple", false)?;
    /// # Ok(()) }
    /// ```
    pub fn create(
        &self,
        name: &str,
        password: &str,
        is_superuser: bool,
    ) -> Result<(), OperatorError> {
        InvalidLabelKind::check(name).map_err(|kind| OperatorError::InvalidName {
            name: name.to_owned(),
            kind,
        })?;
        let hash = hash(name, password)?;
        match self.run(|conn| users::create(conn, name, &hash, is_superuser))? {
            true => Ok(()),
            false => Err(OperatorError::Taken {
                name: name.to_owned(),
            }),
        }
    }

    /// Sets a user's password, ends all sessions that were begun with another, and lets one in who is kept out as somebody tried too
    /// many passwords.
    ///
    /// # Errors
    ///
    /// [`OperatorError::NotFound`] if there is no such user; else as [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// operators.set_password("ann@example.com", "another horse battery staple")?;
    /// # Ok(()) }
    /// ```
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), OperatorError> {
        let hash = hash(name, password)?;
        self.about(name, |conn, user| {
            let mut epoch = user.epoch;
            // Whoever was first sets another; this one is the last.
            while users::set_password(conn, user.id, epoch, &hash)?.is_none() {
                match users::find(conn, name)? {
                    Some(user) => epoch = user.epoch,
                    None => break,
                }
            }
            Ok(())
        })
    }

    /// Keeps a user from logging in, and ends their sessions. Nothing else of theirs is changed.
    ///
    /// # Errors
    ///
    /// [`OperatorError::NotFound`] if there is no such user; else as [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// operators.deactivate("ann@example.com")?;
    /// # Ok(()) }
    /// ```
    pub fn deactivate(&self, name: &str) -> Result<(), OperatorError> {
        self.about(name, |conn, user| users::set_active(conn, user.id, false))
    }

    /// Lets a user log in again.
    ///
    /// # Errors
    ///
    /// [`OperatorError::NotFound`] if there is no such user; else as [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// operators.activate("ann@example.com")?;
    /// # Ok(()) }
    /// ```
    pub fn activate(&self, name: &str) -> Result<(), OperatorError> {
        self.about(name, |conn, user| users::set_active(conn, user.id, true))
    }

    /// Returns all users, in the order of their names' bytes.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), if the database does not answer.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// for account in operators.list()? {
    ///     println!("{}: {}", account.name, account.roles.join(", "));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list(&self) -> Result<Vec<OperatorAccount>, OperatorError> {
        self.run(|conn| {
            let mut roles = grants::roles(conn)?;
            let users = users::all(conn)?.into_iter();
            let account = |(name, is_superuser, is_active, created_at, last_login): users::Row| {
                OperatorAccount {
                    roles: roles.remove(&name).unwrap_or_default(),
                    name,
                    is_superuser,
                    is_active,
                    created_at: created_at.into(),
                    last_login: last_login.map(SystemTime::from),
                }
            };
            Ok(users.map(account).collect())
        })
    }

    /// Lets those of a role do something with the rows of a model, and returns how many of the actions are new to them. The model
    /// `*` is each that is or will be. Who may [`Change`](Action::Change) may [`View`](Action::View).
    ///
    /// Whether there is a model of the name is not known here: the site has those that are registered with it.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidRole`] and [`OperatorError::InvalidModel`] if one breaks a rule; else as [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// use multischema_admin::Action;
    ///
    /// operators.grant("head", "*", &Action::ALL)?;
    /// # Ok(()) }
    /// ```
    pub fn grant(
        &self,
        role: &str,
        model: &str,
        actions: &[Action],
    ) -> Result<usize, OperatorError> {
        check_role(role)?;
        check_model(model)?;
        self.run(|conn| grants::add(conn, role, model, actions))
    }

    /// Takes that back, and returns how many of the actions were granted. What is granted for `*` stays.
    ///
    /// # Errors
    ///
    /// As [`grant`](Self::grant).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// operators.revoke("teacher", "pupils", &[multischema_admin::Action::Delete])?;
    /// # Ok(()) }
    /// ```
    pub fn revoke(
        &self,
        role: &str,
        model: &str,
        actions: &[Action],
    ) -> Result<usize, OperatorError> {
        check_role(role)?;
        check_model(model)?;
        self.run(|conn| grants::remove(conn, role, model, actions))
    }

    /// Returns what is granted, in the order of the roles' and models' bytes.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), if the database does not answer.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// for grant in operators.grants()? {
    ///     println!("{} {} {:?}", grant.role, grant.model, grant.actions);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn grants(&self) -> Result<Vec<RoleGrant>, OperatorError> {
        self.run(grants::all)
    }

    /// Gives a user a role for what all schemata share, and returns whether that is new.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidRole`] if the role breaks a rule, [`OperatorError::NotFound`] if there is no such user; else as
    /// [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// operators.give_role("ann@example.com", "office")?;
    /// # Ok(()) }
    /// ```
    pub fn give_role(&self, name: &str, role: &str) -> Result<bool, OperatorError> {
        check_role(role)?;
        self.about(name, |conn, _| grants::give_role(conn, name, role))
    }

    /// Takes it, and returns whether the user had it.
    ///
    /// # Errors
    ///
    /// As [`give_role`](Self::give_role).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(operators: multischema_admin::Operators) -> Result<(), multischema_admin::OperatorError> {
    /// operators.take_role("ann@example.com", "office")?;
    /// # Ok(()) }
    /// ```
    pub fn take_role(&self, name: &str, role: &str) -> Result<bool, OperatorError> {
        check_role(role)?;
        self.about(name, |conn, _| grants::take_role(conn, name, role))
    }

    /// Does something about a user.
    fn about<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut GlobalConnection<Lease>, &Known) -> diesel::QueryResult<T>,
    ) -> Result<T, OperatorError> {
        let done = self.run(|conn| match users::find(conn, name)? {
            Some(user) => work(conn, &user).map(Some),
            None => Ok(None),
        })?;
        done.ok_or_else(|| OperatorError::NotFound {
            name: name.to_owned(),
        })
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&mut GlobalConnection<Lease>) -> diesel::QueryResult<T>,
    ) -> Result<T, OperatorError> {
        let mut conn = self.pool.global().map_err(OperatorError::Checkout)?;
        work(&mut conn).map_err(|error| match conn.as_pg() {
            Ok(pg) => OperatorError::explain(pg, error),
            Err(_) => OperatorError::Query(error),
        })
    }
}

fn hash(name: &str, password: &str) -> Result<String, OperatorError> {
    password::check(name, password).map_err(|kind| OperatorError::InvalidPassword {
        name: name.to_owned(),
        kind,
    })?;
    password::hash(password).map_err(|error| OperatorError::Hash {
        source: Box::new(error),
    })
}

fn check_role(role: &str) -> Result<(), OperatorError> {
    InvalidLabelKind::check(role).map_err(|kind| OperatorError::InvalidRole {
        role: role.to_owned(),
        kind,
    })
}

fn check_model(model: &str) -> Result<(), OperatorError> {
    InvalidLabelKind::check(model).map_err(|kind| OperatorError::InvalidModel {
        model: model.to_owned(),
        kind,
    })
}
