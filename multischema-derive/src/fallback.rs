//! What stands in for the code of a struct with mistakes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::model::Broken;
use crate::wrapper::Wrapper;

/// Reports the mistakes, beside code that no one will ever run.
///
/// Without it, each use of the model, its table and its wrappers would add an error of its own and bury those that
/// matter. So the stand-in is used wherever the model can be: its table is marked global, which all connections
/// reach, and its wrappers take anything.
pub(crate) fn model(broken: &Broken<'_>) -> TokenStream {
    let Broken {
        input,
        table,
        partial,
        skip,
        errors,
    } = broken;
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let errors = errors.to_compile_error();

    let mark = table.iter().filter(|_| !partial).map(|table| {
        quote! {
            impl ::multischema::TableScope for #table::table {
                type Scope = ::multischema::Global;
            }
        }
    });
    let table_type = match table {
        Some(table) if !partial => quote!(#table::table),
        _ => quote!(::multischema::__private::stand_in::table),
    };
    let wrappers = Wrapper::ALL
        .into_iter()
        .filter(|wrapper| !partial && !skip.contains(wrapper))
        .map(|wrapper| stand_in(wrapper, &input.vis));

    quote! {
        #errors

        #[automatically_derived]
        impl #impl_generics ::multischema::Model for #ident #ty_generics #where_clause {
            type Table = #table_type;
            type Scope = ::multischema::Global;
        }

        #(#mark)*

        #[allow(dead_code, missing_docs)]
        impl #impl_generics #ident #ty_generics #where_clause {
            #(#wrappers)*
        }
    }
}

/// Writes a wrapper that takes anything.
fn stand_in(wrapper: Wrapper, vis: &syn::Visibility) -> TokenStream {
    let name = Ident::new(wrapper.name(), Span::call_site());
    let (arguments, returns) = match wrapper {
        Wrapper::All => (quote!(), quote!(::std::vec::Vec<Self>)),
        Wrapper::Count => (quote!(), quote!(i64)),
        Wrapper::Find | Wrapper::Create => (quote!(, _: impl Sized), quote!(Self)),
        Wrapper::Update => (quote!(, _: impl Sized, _: impl Sized), quote!(Self)),
        Wrapper::Delete => (quote!(, _: impl Sized), quote!(usize)),
    };
    quote! {
        #vis fn #name(_: &mut impl Sized #arguments) -> ::multischema::__private::QueryResult<#returns> {
            ::std::unreachable!()
        }
    }
}
