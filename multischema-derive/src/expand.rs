//! The code for a model.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::expand_wrapper::wrapper;
use crate::mark_attr::Scope;
use crate::model::Model;

/// Writes the traits, the check of the table, and the query wrappers.
pub(crate) fn model(model: &Model<'_>) -> TokenStream {
    let Model {
        ident, generics, ..
    } = model;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let (table, scope, mark) = if model.wrappers.is_some() {
        marked(model)
    } else {
        checked(model)
    };
    let wrappers = wrappers(model);

    quote! {
        #[automatically_derived]
        impl #impl_generics ::multischema::Model for #ident #ty_generics #where_clause {
            type Table = #table;
            type Scope = #scope;
        }

        #mark
        #wrappers
    }
}

/// The table, its scope, and its mark, by the macro that `tables!` uses.
fn marked(model: &Model<'_>) -> (TokenStream, TokenStream, TokenStream) {
    let table = &model.table;
    let name = match model.scope {
        Scope::Tenant => quote!(Tenant),
        Scope::Global => quote!(Global),
    };
    let span = generated_at(model.mark);
    let mark = quote_spanned! {span=>
        ::multischema::mark_a_table_once_and_say_partial_on_its_other_structs! { #name #table::table }
    };
    (quote!(#table::table), scope(model.scope), mark)
}

/// The table, its scope, and the check that another struct, or `tables!`, marked it with the same.
fn checked(model: &Model<'_>) -> (TokenStream, TokenStream, TokenStream) {
    // That the table is not marked, the compiler finds several times; it says it once if all are at the same place.
    let span = generated_at(model.mark);
    let path = &model.table;
    let table: TokenStream = quote_spanned!(span=> #path::table)
        .into_iter()
        .map(|mut token| {
            token.set_span(span.resolved_at(token.span()));
            token
        })
        .collect();

    // Not the scope that is said here: if it is another, that is one error and not two.
    let found = quote_spanned!(span=> <#table as ::multischema::TableScope>::Scope);
    let said = scope(model.scope);
    let check = quote_spanned!(span=> const _: () = ::multischema::__private::is_marked::<#table, #said>(););
    (table, found, check)
}

/// Returns the type of a scope.
pub(crate) fn scope(scope: Scope) -> TokenStream {
    match scope {
        Scope::Tenant => quote!(::multischema::Tenant),
        Scope::Global => quote!(::multischema::Global),
    }
}

fn wrappers(model: &Model<'_>) -> TokenStream {
    let Some(wrappers) = model
        .wrappers
        .as_ref()
        .filter(|wrappers| !wrappers.names.is_empty())
    else {
        return TokenStream::new();
    };
    let Model {
        ident, generics, ..
    } = model;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let functions = wrappers
        .names
        .iter()
        .map(|name| wrapper(model, wrappers, *name));
    let span = generated_at(model.mark);
    let skip = quote_spanned!(span=> ::multischema::skip_a_query_wrapper_whose_name_you_need!);
    quote! {
        #[allow(dead_code)]
        impl #impl_generics #ident #ty_generics #where_clause {
            #skip { #(#functions)* }
        }
    }
}

/// The place of `span`, for code that is not the user's.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
