//! The SQL that makes each kind of object.
//!
//! PostgreSQL writes expressions, queries and bodies, from within the template, so that they name its objects without
//! it. What is written here is around them: names, which PostgreSQL gave and which are quoted, and keywords.

mod added;
mod apart;
mod column;
mod comment;
mod function;
mod grant;
mod index;
mod on_table;
mod operator;
mod owner;
mod search;
mod sequence;
mod table;
mod types;
mod view;

pub(super) use added::added_column;
pub(super) use apart::Apart;
pub(super) use comment::comments;
pub(crate) use function::paths_of_functions;
pub(crate) use grant::rights_to_schema;
pub(super) use grant::{default_privileges, grants};
pub(super) use owner::owners;
pub(crate) use table::is_global;
pub(super) use table::{add_constraint, own_index};

use super::unit::Unit;
use crate::catalog::{Catalog, Names, ObjectId};

/// An object, and the number of its column, or 0.
pub(super) type Part = (ObjectId, i32);

/// All that is made but rights, owners and comments.
pub(super) fn units(catalog: &Catalog, names: &Names, apart: &Apart, ids: super::Ids) -> Vec<Unit> {
    let mut units = Vec::new();
    types::write(catalog, names, &mut units);
    function::write(catalog, names, &mut units);
    operator::write(catalog, names, &mut units);
    search::write(catalog, names, &mut units);
    sequence::write(catalog, ids, &mut units);
    table::write(catalog, apart, ids, &mut units);
    view::write(catalog, apart, &mut units);
    index::write(catalog, &mut units);
    on_table::write(catalog, &mut units);
    units
}

/// `OPTIONS (…)` of something foreign: `"table_name" 'remote'`.
fn server_options(options: &[String]) -> Option<String> {
    use crate::quoted::{Identifier, Literal, list};

    let written = options.iter().map(|option| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        format!("{} {}", Identifier(name), Literal(value))
    });
    (!options.is_empty()).then(|| format!("OPTIONS ({})", list(written)))
}
