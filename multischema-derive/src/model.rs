//! What a struct means: its table, where that is, and which wrappers it gets.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Field, Fields, Generics, Path, Token, Visibility};

use crate::diesel_attr::{Column, DieselAttr, TableName};
use crate::errors::Errors;
use crate::mark_attr::{MarkAttr, Scope};
use crate::wrapper::Wrapper;

/// A struct without a mistake in it.
pub(crate) struct Model<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    pub(crate) table: Path,
    pub(crate) scope: Scope,
    /// Where the scope is said.
    pub(crate) mark: Span,
    /// `None` for a `partial` struct.
    pub(crate) wrappers: Option<Wrappers>,
}

/// The query wrappers of a struct, and what they go by.
pub(crate) struct Wrappers {
    pub(crate) names: Vec<Wrapper>,
    /// The columns of the primary key; empty if the struct does not have them.
    pub(crate) key: Vec<Ident>,
    /// Whether to start from the struct's own `base_query`.
    pub(crate) base_query: bool,
}

/// A struct with mistakes, and what is sure about it nevertheless.
pub(crate) struct Broken<'a> {
    pub(crate) input: &'a DeriveInput,
    /// `None` if it is not known or the struct cannot have one.
    pub(crate) table: Option<Path>,
    pub(crate) partial: bool,
    pub(crate) skip: Vec<Wrapper>,
    pub(crate) errors: syn::Error,
}

impl<'a> Model<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Self, Box<Broken<'a>>> {
        let mut errors = Errors::default();
        let mark = MarkAttr::parse(&input.ident, &input.attrs, &mut errors);
        let written = DieselAttr::parse(&input.attrs, &mut errors);
        let fields = named_fields(input, &mut errors);
        let partial = mark.as_ref().is_some_and(|mark| mark.partial);

        let key =
            fields.map(|fields| key(fields, written.primary_key.as_deref(), partial, &mut errors));
        let table = fields.and(match written.table {
            TableName::Inferred => Some(inferred_table(&input.ident)),
            TableName::Given(table) => Some(table),
            TableName::Wrong => None,
        });

        if let Err(errors) = errors.finish() {
            let skip = mark.map(|mark| mark.skip).unwrap_or_default();
            return Err(Box::new(Broken {
                input,
                table,
                partial,
                skip,
                errors,
            }));
        }
        let (Some(mark), Some(table), Some(key)) = (mark, table, key) else {
            unreachable!("what is missing comes with an error")
        };
        let names = Wrapper::ALL
            .into_iter()
            .filter(|wrapper| !mark.skip.contains(wrapper))
            .filter(|wrapper| !(wrapper.needs_key() && key.is_empty()))
            .collect();
        let wrappers = Wrappers {
            names,
            key,
            base_query: written.base_query,
        };
        Ok(Self {
            ident: &input.ident,
            vis: &input.vis,
            generics: &input.generics,
            table,
            scope: mark.scope,
            mark: mark.span,
            wrappers: (!partial).then_some(wrappers),
        })
    }
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    errors: &mut Errors,
) -> Option<&'a Punctuated<Field, Token![,]>> {
    let found = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            Fields::Unnamed(_) => "its fields have no names",
            Fields::Unit => "it has no fields",
        },
        Data::Enum(_) => "this is an enum",
        Data::Union(_) => "this is a union",
    };
    errors.at(
        input.ident.span(),
        format!("a model is a struct with named fields, as each stands for a column; {found}"),
    );
    None
}

/// Returns the columns of the primary key, or none if the struct does not have them.
fn key(
    fields: &Punctuated<Field, Token![,]>,
    written: Option<&[Ident]>,
    partial: bool,
    errors: &mut Errors,
) -> Vec<Ident> {
    let columns: Vec<Column> = fields.iter().filter_map(Column::parse).collect();
    let embeds = columns
        .iter()
        .any(|column| matches!(column, Column::Embedded));
    let has = |key: &Ident| {
        let key = key.unraw().to_string();
        columns
            .iter()
            .any(|column| matches!(column, Column::Named(name) if *name == key))
    };

    let Some(written) = written else {
        let id = Ident::new("id", Span::call_site());
        return if has(&id) { vec![id] } else { Vec::new() };
    };
    // A partial struct has no wrappers; what its key is for, Diesel checks.
    if !embeds && !partial {
        for missing in written.iter().filter(|key| !has(key)) {
            errors.at(
                missing.span(),
                format!(
                    "no field for the column `{missing}` of the primary key; add one (or one that is \
                     `#[diesel(embed)]`), or name other columns"
                ),
            );
        }
    }
    written.to_vec()
}

/// The table that Diesel goes by if none is named: the struct's name in snake case, and an "s".
fn inferred_table(ident: &Ident) -> Path {
    let mut name = String::new();
    for (at, character) in ident.unraw().to_string().chars().enumerate() {
        if at > 0 && character.is_uppercase() {
            name.push('_');
        }
        name.extend(character.to_lowercase());
    }
    name.push('s');
    Ident::new(&name, ident.span()).into()
}
