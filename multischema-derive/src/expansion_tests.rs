//! What the derive writes: `tests/expansions/<case>.in.rs` becomes `<case>.out.rs`.
//!
//! `BLESS=1 cargo test -p multischema-derive` writes the latter anew.

use std::path::PathBuf;

use quote::quote;
use syn::{DeriveInput, File, ImplItem, Item, ItemImpl};

macro_rules! expansions {
    ($($case:ident)*) => {$(
        #[test]
        fn $case() {
            assert_expansion(stringify!($case));
        }
    )*};
}

expansions! {
    tenant_model
    tenant_model_with_base_query
    global_model_with_base_query
    composite_key
    partial
    generics
    no_primary_key
    mistakes
}

fn assert_expansion(case: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/expansions");
    let written = std::fs::read_to_string(folder.join(format!("{case}.in.rs"))).unwrap();
    let input: DeriveInput = syn::parse_str(&written).unwrap();
    let expanded =
        formatted(syn::parse2(crate::multi_schema(&input)).expect("the expansion is Rust"));

    let golden = folder.join(format!("{case}.out.rs"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(golden, expanded).unwrap();
    } else {
        let golden = std::fs::read_to_string(golden).unwrap();
        assert_eq!(
            golden, expanded,
            "`BLESS=1` takes the new expansion of {case}"
        );
    }
}

/// Formats the code, also in the macro around the wrappers, which the formatter would leave on one line.
fn formatted(mut file: File) -> String {
    const OPEN: &str = "const __OPEN: () = ();";
    const CLOSE: &str = "const __CLOSE: () = ();";

    let mut path = String::new();
    for item in &mut file.items {
        let Item::Impl(ItemImpl { items, .. }) = item else {
            continue;
        };
        if let [ImplItem::Macro(wrappers)] = &items[..] {
            let tokens = &wrappers.mac.tokens;
            let macro_path = &wrappers.mac.path;
            path = quote!(#macro_path).to_string().replace(' ', "");
            let open: ImplItem = syn::parse_str(OPEN).unwrap();
            let close: ImplItem = syn::parse_str(CLOSE).unwrap();
            let inside: ItemImpl =
                syn::parse2(quote!(impl Inside { #open #tokens #close })).unwrap();
            *items = inside.items;
        }
    }
    prettyplease::unparse(&file)
        .replace(OPEN, &format!("{path}! {{"))
        .replace(CLOSE, "}")
}
