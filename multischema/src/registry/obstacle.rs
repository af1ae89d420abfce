//! What stands in the way of all queries of a kind. PostgreSQL says so in the server's language, and Diesel
//! gives no code of the error, so it is found out when a query has failed.

use diesel::pg::PgConnection;
use diesel::result::Error;

use super::sql::{self, Rights};

/// What a query has to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Read,
    Update,
    /// To change what only the owner of the schemata can.
    Own,
    /// The same, and to remove rows.
    Remove,
    Create,
    /// To know who may use what.
    ReadMembers,
    AddMembers,
    RemoveMembers,
}

impl Need {
    fn is_of_members(self) -> bool {
        matches!(
            self,
            Self::ReadMembers | Self::AddMembers | Self::RemoveMembers
        )
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    NotInstalled,
    NotAllowed { role: String, needs: String },
}

impl Obstacle {
    /// Returns what stood in the way of a query that failed with `error`, if anything does. The connection is in
    /// no failed transaction, or nothing is found.
    pub(super) fn find(pg: &mut PgConnection, need: Need, error: &Error) -> Option<Self> {
        match error {
            Error::DatabaseError(..) => Self::of(sql::rights(pg).ok()?, need),
            _ => None,
        }
    }

    fn of(rights: Rights, need: Need) -> Option<Self> {
        if !rights.installed || (need.is_of_members() && !rights.members) {
            return Some(Self::NotInstalled);
        }
        let lacks = |right: &str| format!("{right} ON multischema.schemas");
        let lacks_of_members = |right: &str| format!("{right} ON multischema.members");
        let needs = if !rights.usage {
            "USAGE ON SCHEMA multischema".into()
        } else if !rights.select {
            lacks("SELECT")
        } else if need.is_of_members() && !rights.read_members {
            lacks_of_members("SELECT")
        } else if need == Need::AddMembers && !rights.add_members {
            lacks_of_members("INSERT")
        } else if need == Need::RemoveMembers && !rights.remove_members {
            lacks_of_members("DELETE")
        } else if need == Need::Create && !rights.settings {
            "SELECT ON multischema.settings".into()
        } else if need == Need::Create && !rights.insert {
            lacks("INSERT")
        } else if matches!(need, Need::Update | Need::Own | Need::Remove) && !rights.update {
            lacks("UPDATE")
        } else if need == Need::Remove && !rights.delete {
            lacks("DELETE")
        } else if need == Need::Create && !rights.note {
            "INSERT ON multischema.applied".into()
        } else if matches!(need, Need::Create | Need::Own) && !rights.create {
            format!("CREATE ON DATABASE \"{}\"", rights.database)
        } else if let (Need::Create | Need::Own | Need::Remove, Some(owner)) = (need, &rights.owner)
        {
            // All schemata are their owner's, as the template is.
            format!("\"{owner}\"")
        } else {
            return None;
        };
        Some(Self::NotAllowed {
            role: rights.role,
            needs,
        })
    }
}
