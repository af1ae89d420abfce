//! What of `#[diesel(…)]` says something about the table.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, LitStr, Path, Token};

use crate::errors::Errors;

/// What is said about the name of the table.
#[derive(Default)]
pub(crate) enum TableName {
    #[default]
    Inferred,
    Given(Path),
    Wrong,
}

/// The options of a struct that the derive reads. All others are Diesel's business, also what is wrong with them.
#[derive(Default)]
pub(crate) struct DieselAttr {
    pub(crate) table: TableName,
    pub(crate) primary_key: Option<Vec<Ident>>,
    pub(crate) base_query: bool,
}

impl DieselAttr {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for option in options(attrs) {
            let DieselOption { name, value } = option;
            if name == "table_name" {
                if !matches!(parsed.table, TableName::Inferred) {
                    errors.at(
                        name.span(),
                        "`table_name` is given twice, but a model has the rows of one table",
                    );
                }
                parsed.table = after_equals(Path::parse_mod_style, value).map_or_else(
                    || {
                        errors.at(
                            name.span(),
                            "expected a table, as in `table_name = documents`",
                        );
                        TableName::Wrong
                    },
                    TableName::Given,
                );
            } else if name == "primary_key" {
                let columns = in_parentheses(value).and_then(|columns| {
                    Punctuated::<Ident, Token![,]>::parse_terminated
                        .parse2(columns)
                        .ok()
                });
                match columns {
                    Some(columns) => parsed.primary_key = Some(columns.into_iter().collect()),
                    None => errors.at(
                        name.span(),
                        "expected columns, as in `primary_key(book, author)`",
                    ),
                }
            } else if name == "base_query" {
                parsed.base_query = true;
            }
        }
        parsed
    }
}

/// What a field stands for.
pub(crate) enum Column {
    Named(String),
    /// A struct that has columns of its own; only the compiler knows which.
    Embedded,
}

impl Column {
    pub(crate) fn parse(field: &Field) -> Option<Self> {
        let mut column = field
            .ident
            .as_ref()
            .map(|ident| Self::Named(ident.unraw().to_string()));
        for DieselOption { name, value } in options(&field.attrs) {
            if name == "embed" {
                column = Some(Self::Embedded);
            } else if name == "column_name" {
                // A name or a string; what else it may be is Diesel's error.
                let name = after_equals(Ident::parse_any, value.clone())
                    .map(|ident| ident.unraw().to_string())
                    .or_else(|| Some(after_equals(<LitStr as Parse>::parse, value)?.value()));
                column = name.map(Self::Named).or(column);
            }
        }
        column
    }
}

/// `name`, `name = value` or `name(value)`.
struct DieselOption {
    name: Ident,
    value: TokenStream,
}

/// Splits the options of all `#[diesel(…)]`.
///
/// A value can be any expression or type of Diesel's attributes, so they are not parsed. A comma ends one only if
/// an option follows: in `base_query_type = Select<a, (b, c)>` none does.
fn options(attrs: &[Attribute]) -> Vec<DieselOption> {
    let mut options = Vec::new();
    for list in attrs
        .iter()
        .filter(|attr| attr.path().is_ident("diesel"))
        .filter_map(|attr| attr.meta.require_list().ok())
    {
        let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
        let mut start = 0;
        while let Some(TokenTree::Ident(name)) = tokens.get(start) {
            let rest = &tokens[start + 1..];
            let end =
                (0..rest.len()).find(|&at| is_comma(&rest[at]) && starts_option(&rest[at + 1..]));
            let end = end.unwrap_or(rest.len());
            options.push(DieselOption {
                name: name.clone(),
                value: rest[..end].iter().cloned().collect(),
            });
            start += end + 2;
        }
    }
    options
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

fn starts_option(tokens: &[TokenTree]) -> bool {
    match tokens {
        [] => true,
        [TokenTree::Ident(_), rest @ ..] => match rest {
            [] => true,
            [TokenTree::Group(group), ..] => group.delimiter() == Delimiter::Parenthesis,
            [TokenTree::Punct(punct), ..] => punct.as_char() == ',' || punct.as_char() == '=',
            _ => false,
        },
        _ => false,
    }
}

fn after_equals<P: Parser>(parser: P, value: TokenStream) -> Option<P::Output> {
    let mut value = value.into_iter();
    match value.next() {
        Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
            parser.parse2(value.collect()).ok()
        }
        _ => None,
    }
}

fn in_parentheses(value: TokenStream) -> Option<TokenStream> {
    match value.into_iter().next() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            Some(group.stream())
        }
        _ => None,
    }
}
