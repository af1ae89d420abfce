//! Rights: who may do what with an object.

use super::fields::Malformed;
use crate::quoted::unquoted;

/// The rights in `$acl`, an access control list of an object of the kind `$kind` that `$owner` owns, and those that it
/// has by default. Two fields, none if it has none of its own.
macro_rules! grants {
    ($acl:expr, $kind:expr, $owner:expr) => {
        concat!(
            $acl,
            ", CASE WHEN ",
            $acl,
            " IS NOT NULL THEN pg_catalog.acldefault(",
            $kind,
            ", ",
            $owner,
            ") END"
        )
    };
}
pub(super) use grants;

/// One right that one role has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    /// The role that gave it.
    pub(crate) grantor: String,
    /// The role that has it; none if everybody has.
    pub(crate) grantee: Option<String>,
    /// As SQL writes it.
    pub(crate) right: String,
    /// Whether the role may pass it on.
    pub(crate) grantable: bool,
}

/// The rights to one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Grants {
    /// Those that it has, in the order in which they were given; none if they are those that every object of its
    /// kind has.
    pub(crate) own: Option<Vec<Grant>>,
    /// Those that it would have by default, if it has others.
    pub(crate) by_default: Vec<Grant>,
}

impl Grants {
    /// Reads the items of an access control list, of an object that would have other rights by default.
    pub(crate) fn of(own: Vec<String>, by_default: Vec<Grant>) -> Result<Self, Malformed> {
        let own = Some(parse(own)?);
        Ok(Self { own, by_default })
    }

    /// Reads the items of two access control lists.
    pub(super) fn parse(
        own: Option<Vec<String>>,
        by_default: Vec<String>,
    ) -> Result<Self, Malformed> {
        let by_default = parse(by_default)?;
        let own = own.map(parse).transpose()?;
        // Not in the order that the list has: what was revoked and granted again is the same.
        let own = own.filter(|own| sorted(own) != sorted(&by_default));
        Ok(Self { own, by_default })
    }
}

fn sorted(grants: &[Grant]) -> Vec<&Grant> {
    let mut sorted: Vec<_> = grants.iter().collect();
    sorted.sort();
    sorted
}

/// The letters of rights, as the documentation of PostgreSQL has them in its
/// [table of privileges](https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGE-ABBREVS-TABLE).
const RIGHTS: [(char, &str); 12] = [
    ('r', "SELECT"),
    ('a', "INSERT"),
    ('w', "UPDATE"),
    ('d', "DELETE"),
    ('D', "TRUNCATE"),
    ('x', "REFERENCES"),
    ('t', "TRIGGER"),
    ('m', "MAINTAIN"),
    ('X', "EXECUTE"),
    ('U', "USAGE"),
    ('C', "CREATE"),
    ('T', "TEMPORARY"),
];

fn parse(items: Vec<String>) -> Result<Vec<Grant>, Malformed> {
    let mut grants = Vec::new();
    for item in items {
        rights(&item, &mut grants).ok_or_else(|| format!("{item:?} is no item of rights"))?;
    }
    Ok(grants)
}

/// Reads `grantee=rights/grantor`, where a `*` follows each right that may be passed on.
fn rights(item: &str, grants: &mut Vec<Grant>) -> Option<()> {
    let (grantee, rest) = unquoted(item, '=')?;
    let (letters, rest) = rest.strip_prefix('=')?.split_once('/')?;
    let (grantor, "") = unquoted(rest, '=')? else {
        return None;
    };
    let mut letters = letters.chars().peekable();
    while let Some(letter) = letters.next() {
        let (_, right) = RIGHTS.iter().find(|(known, _)| *known == letter)?;
        grants.push(Grant {
            grantor: grantor.clone(),
            grantee: (!grantee.is_empty()).then(|| grantee.clone()),
            right: (*right).to_owned(),
            grantable: letters.next_if_eq(&'*').is_some(),
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Grant, rights};

    fn found(item: &str) -> Option<Vec<Grant>> {
        let mut grants = Vec::new();
        rights(item, &mut grants).map(|()| grants)
    }

    fn grant(grantee: Option<&str>, right: &str, grantable: bool, grantor: &str) -> Grant {
        Grant {
            grantor: grantor.to_owned(),
            grantee: grantee.map(str::to_owned),
            right: right.to_owned(),
            grantable,
        }
    }

    #[test]
    fn reads_the_rights_of_a_role() {
        assert_eq!(
            found("clerk=r*w/owner"),
            Some(vec![
                grant(Some("clerk"), "SELECT", true, "owner"),
                grant(Some("clerk"), "UPDATE", false, "owner"),
            ])
        );
        assert_eq!(
            found("=X/owner"),
            Some(vec![grant(None, "EXECUTE", false, "owner")])
        );
        assert_eq!(
            found(r#""a = ""b""/c"=U/"o/p""#),
            Some(vec![grant(Some(r#"a = "b"/c"#), "USAGE", false, "o/p")])
        );
    }

    #[test]
    fn refuses_what_is_no_item() {
        for item in [
            "",
            "clerk",
            "clerk=r",
            "clerk=?/owner",
            r#""clerk=r/owner"#,
            r#"a=r/"b"c"#,
        ] {
            assert_eq!(found(item), None, "{item}");
        }
    }
}
