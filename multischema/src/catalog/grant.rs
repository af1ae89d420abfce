//! Rights: who may do what with an object.

use super::fields::Malformed;

/// The rights in `$acl`, an access control list of an object of the kind `$kind` that `$owner` owns, and those that it
/// has by default. Two fields, none if it has none of its own.
macro_rules! grants {
    ($acl:expr, $kind:expr, $owner:expr) => {
        concat!(
            "CASE WHEN ",
            $acl,
            " IS NOT NULL THEN ",
            $crate::catalog::grant::exploded!($acl),
            " END)::pg_catalog.text, \
             (CASE WHEN ",
            $acl,
            " IS NOT NULL THEN ",
            $crate::catalog::grant::exploded!(concat!(
                "pg_catalog.acldefault(",
                $kind,
                ", ",
                $owner,
                ")"
            )),
            " END"
        )
    };
}
pub(super) use grants;

/// An access control list as JSON: grantee (none is everybody), grantor, right, whether it may be passed on.
macro_rules! exploded {
    ($acl:expr) => {
        concat!(
            "(SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(\
             CASE WHEN g.grantee OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN pg_catalog.pg_get_userbyid(g.grantee) END, \
             pg_catalog.pg_get_userbyid(g.grantor), g.privilege_type, g.is_grantable)), '[]') \
             FROM pg_catalog.aclexplode(", $acl, ") AS g)"
        )
    };
}
pub(super) use exploded;

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

type Row = (Option<String>, String, String, bool);

impl Grants {
    pub(super) fn parse(own: Option<&str>, by_default: Option<&str>) -> Result<Self, Malformed> {
        let by_default = parse(by_default)?;
        let own = match own {
            Some(text) => Some(parse(Some(text))?),
            None => None,
        };
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

fn parse(text: Option<&str>) -> Result<Vec<Grant>, Malformed> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let rows: Vec<Row> = serde_json::from_str(text)?;
    let grants = rows
        .into_iter()
        .map(|(grantee, grantor, right, grantable)| Grant {
            grantor,
            grantee,
            right,
            grantable,
        });
    Ok(grants.collect())
}
