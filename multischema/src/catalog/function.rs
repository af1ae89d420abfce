//! Functions, procedures and aggregates.

use super::fields::{Fields, Malformed, after};
use super::grant::{Grants, grants};
use super::object::{ObjectId, Oid};
use super::rows::{Rows, own, rows};

pub(super) const ROWS: Rows = rows!("function":
    "p.oid", "p.proname", "p.prokind", "pg_catalog.pg_get_userbyid(p.proowner)",
    "p.prolang", "p.proargtypes", "p.proallargtypes", "p.proargmodes", "p.proargnames",
    "p.provariadic", "p.prorettype", "p.proretset", "p.provolatile", "p.proisstrict", "p.prosecdef", "p.proleakproof",
    "p.proparallel", "p.procost", "p.prorows", "p.prosupport::pg_catalog.oid", "p.protrftypes",
    "p.proconfig", "p.prosrc", "p.probin",
    "pg_catalog.pg_get_expr(p.proargdefaults, 0::pg_catalog.oid)", "pg_catalog.pg_get_function_sqlbody(p.oid)",
    "pg_catalog.pg_get_function_identity_arguments(p.oid)",
    @full "CASE WHEN p.prokind OPERATOR(pg_catalog.<>) 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END",
    @full "(SELECT pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(p.proname)) \
        FROM pg_catalog.pg_namespace n WHERE n.oid OPERATOR(pg_catalog.=) p.pronamespace)",
    @full "CASE WHEN p.prokind OPERATOR(pg_catalog.=) 'a' THEN pg_catalog.pg_get_function_arguments(p.oid) END",
    @full "(SELECT l.lanname FROM pg_catalog.pg_language l WHERE l.oid OPERATOR(pg_catalog.=) p.prolang)",
    grants!("p.proacl", "'f'", "p.proowner");
    "FROM pg_catalog.pg_proc p WHERE ", own!("p.oid", functions));

/// Functions that make values of a range type, and come with it.
pub(super) const COMPANION_ROWS: Rows = rows!("companion":
    "d.objid", "d.refobjid";
    "FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 1255::pg_catalog.oid \
     AND d.deptype OPERATOR(pg_catalog.=) 'i' AND ", own!("d.objid", functions));

pub(super) const AGGREGATE_ROWS: Rows = rows!("aggregate":
    "a.aggfnoid::pg_catalog.oid", "a.aggkind", "a.aggnumdirectargs",
    "a.aggtransfn::pg_catalog.oid", "a.aggfinalfn::pg_catalog.oid", "a.aggcombinefn::pg_catalog.oid", "a.aggserialfn::pg_catalog.oid",
    "a.aggdeserialfn::pg_catalog.oid", "a.aggmtransfn::pg_catalog.oid", "a.aggminvtransfn::pg_catalog.oid", "a.aggmfinalfn::pg_catalog.oid",
    "a.aggfinalextra", "a.aggmfinalextra", "a.aggfinalmodify", "a.aggmfinalmodify", "a.aggsortop",
    "a.aggtranstype", "a.aggtransspace", "a.aggmtranstype", "a.aggmtransspace", "a.agginitval", "a.aggminitval";
    "FROM pg_catalog.pg_aggregate a WHERE ", own!("a.aggfnoid::pg_catalog.oid", functions));

/// A function, procedure or aggregate, as `pg_proc` has it.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    /// `f`unction, `p`rocedure, `a`ggregate, `w`indow function.
    pub(crate) kind: char,
    pub(crate) owner: String,
    pub(crate) language: Oid,
    pub(crate) argument_types: Vec<Oid>,
    pub(crate) all_argument_types: Vec<Oid>,
    pub(crate) argument_modes: Vec<String>,
    pub(crate) argument_names: Vec<String>,
    pub(crate) variadic: Oid,
    pub(crate) returns: Oid,
    pub(crate) returns_set: bool,
    /// Volatility, strictness, security, leakproofness, parallel safety, cost and rows.
    pub(crate) traits: [String; 7],
    pub(crate) support: Oid,
    pub(crate) transforms: Vec<Oid>,
    /// Settings: `search_path=…`.
    pub(crate) settings: Vec<String>,
    pub(crate) source: String,
    pub(crate) library: Option<String>,
    pub(crate) defaults: Option<String>,
    /// The body of one that is parsed when it is made (`BEGIN ATOMIC`).
    pub(crate) body: Option<String>,
    /// As SQL tells it from others of its name.
    pub(crate) identity_arguments: String,
    /// What comes after its name.
    pub(crate) after_name: Option<String>,
    pub(crate) aggregate_arguments: Option<String>,
    pub(crate) language_name: Option<String>,
    pub(crate) grants: Grants,
}

impl Function {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let oid = fields.oid()?;
        let name = fields.text()?;
        let kind = fields.letter()?;
        Ok(Self {
            oid,
            name,
            kind,
            owner: fields.text()?,
            language: fields.oid()?,
            argument_types: fields.numbers()?,
            all_argument_types: fields.numbers()?,
            argument_modes: fields.strings()?,
            argument_names: fields.strings()?,
            variadic: fields.oid()?,
            returns: fields.oid()?,
            returns_set: fields.flag()?,
            traits: [
                fields.text()?,
                fields.text()?,
                fields.text()?,
                fields.text()?,
                fields.text()?,
                fields.text()?,
                fields.text()?,
            ],
            support: fields.oid()?,
            transforms: fields.numbers()?,
            settings: fields.strings()?,
            source: fields.text()?,
            library: fields.optional()?,
            defaults: fields.optional()?,
            body: fields.optional()?,
            identity_arguments: fields.text()?,
            after_name: {
                let definition = fields.optional()?;
                let name = fields.optional()?.unwrap_or_default();
                let what = if kind == 'p' { "PROCEDURE" } else { "FUNCTION" };
                let beginning = format!("CREATE OR REPLACE {what} {name}");
                let rest =
                    definition.map(|it| Ok::<_, Malformed>(after(&it, &beginning)?.to_owned()));
                rest.transpose()?
            },
            aggregate_arguments: fields.optional()?,
            language_name: fields.optional()?,
            grants: fields.grants()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::function(self.oid)
    }

    /// Its name and what tells it from others of that name.
    pub(crate) fn signature(&self) -> String {
        format!("{}({})", self.name, self.identity_arguments)
    }

    /// Its settings, with the schema it is in by another name, so that they can be compared: see
    /// [`search_path`](Self::search_path).
    pub(crate) fn settings_within(&self, schema: &str) -> Vec<String> {
        let within = |setting: &String| match search_path(setting) {
            Some(path) => {
                let own = |name: &String| {
                    if name == schema {
                        "(its own)".to_owned()
                    } else {
                        format!("{name:?}")
                    }
                };
                format!(
                    "search_path={}",
                    path.iter().map(own).collect::<Vec<_>>().join(", ")
                )
            }
            None => setting.clone(),
        };
        self.settings.iter().map(within).collect()
    }

    /// The search path that it sets, schema by schema.
    pub(crate) fn search_path(&self) -> Option<Vec<String>> {
        self.settings
            .iter()
            .find_map(|setting| search_path(setting))
    }

    /// As SQL calls its kind.
    pub(crate) fn keyword(&self) -> &'static str {
        match self.kind {
            'p' => "PROCEDURE",
            'a' => "AGGREGATE",
            _ => "FUNCTION",
        }
    }
}

/// What an aggregate is made of, as `pg_aggregate` has it.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) function: Oid,
    /// `n`ormal, `o`rdered-set, `h`ypothetical-set.
    pub(crate) kind: char,
    pub(crate) direct_arguments: i16,
    /// Transition, final, combine, serialize, deserialize; moving transition, inverse and final.
    pub(crate) functions: [Oid; 8],
    pub(crate) final_extra: [bool; 2],
    pub(crate) final_modify: [char; 2],
    pub(crate) sort_operator: Oid,
    pub(crate) state: Oid,
    pub(crate) state_size: i32,
    pub(crate) moving_state: Oid,
    pub(crate) moving_state_size: i32,
    pub(crate) initial: [Option<String>; 2],
}

impl Aggregate {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            function: fields.oid()?,
            kind: fields.letter()?,
            direct_arguments: fields.number()?,
            functions: [
                fields.oid()?,
                fields.oid()?,
                fields.oid()?,
                fields.oid()?,
                fields.oid()?,
                fields.oid()?,
                fields.oid()?,
                fields.oid()?,
            ],
            final_extra: [fields.flag()?, fields.flag()?],
            final_modify: [fields.letter()?, fields.letter()?],
            sort_operator: fields.oid()?,
            state: fields.oid()?,
            state_size: fields.number()?,
            moving_state: fields.oid()?,
            moving_state_size: fields.number()?,
            initial: [fields.optional()?, fields.optional()?],
        })
    }
}

/// Reads a search path as PostgreSQL does: names with commas between them, in quotes or folded to lower case.
fn search_path(setting: &str) -> Option<Vec<String>> {
    let mut rest = setting.strip_prefix("search_path=")?.trim_start();
    let mut path = Vec::new();
    while !rest.is_empty() {
        let mut name = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted;
            loop {
                let (before, after) = rest.split_once('"')?;
                name.push_str(before);
                rest = after;
                match rest.strip_prefix('"') {
                    Some(after) => {
                        name.push('"');
                        rest = after;
                    }
                    None => break,
                }
            }
        } else {
            let end = rest
                .find(|char: char| char == ',' || char.is_whitespace())
                .unwrap_or(rest.len());
            name = rest[..end].to_lowercase();
            rest = &rest[end..];
        }
        path.push(name);
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_path_is_read_as_postgresql_reads_it() {
        for (setting, path) in [
            ("search_path=", vec![]),
            ("search_path=\"\"", vec![""]),
            ("search_path=public, pg_temp", vec!["public", "pg_temp"]),
            ("search_path=\"$user\",Public", vec!["$user", "public"]),
            ("search_path=\"a\"\"b, c\" , d", vec!["a\"b, c", "d"]),
        ] {
            assert_eq!(search_path(setting).unwrap(), path, "for {setting}");
        }
        assert_eq!(search_path("work_mem=1MB"), None);
    }
}
