//! The derive macro of `multischema`. What it means is documented there, where it is re-exported.

mod diesel_attr;
mod errors;
mod expand;
mod expand_wrapper;
#[cfg(test)]
mod expansion_tests;
mod fallback;
mod mark_attr;
mod model;
mod wrapper;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

// What it is for is said where it is re-exported, as the examples need that crate.
/// # Expansion
///
/// This struct
///
/// ```ignore
#[doc = include_str!("../tests/expansions/tenant_model.in.rs")]
/// ```
///
/// becomes
///
/// ```ignore
#[doc = include_str!("../tests/expansions/tenant_model.out.rs")]
/// ```
///
/// and a partial one
///
/// ```ignore
#[doc = include_str!("../tests/expansions/partial.in.rs")]
/// ```
///
/// becomes
///
/// ```ignore
#[doc = include_str!("../tests/expansions/partial.out.rs")]
/// ```
#[proc_macro_derive(MultiSchema, attributes(tenant, global, diesel))]
pub fn derive_multi_schema(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    multi_schema(&input).into()
}

/// The whole derive: what is written, what it means, the code for it.
fn multi_schema(input: &DeriveInput) -> proc_macro2::TokenStream {
    match model::Model::parse(input) {
        Ok(model) => expand::model(&model),
        Err(broken) => fallback::model(&broken),
    }
}
