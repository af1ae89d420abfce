//! What is written in `#[tenant]` and `#[global]`.

use proc_macro2::{Ident, Span};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Meta};

use crate::errors::Errors;
use crate::wrapper::Wrapper;

/// Where the rows are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Tenant,
    Global,
}

impl Scope {
    fn of(attr: &Attribute) -> Option<Self> {
        if attr.path().is_ident("tenant") {
            Some(Self::Tenant)
        } else if attr.path().is_ident("global") {
            Some(Self::Global)
        } else {
            None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Global => "global",
        }
    }
}

/// The one `#[tenant]` or `#[global]` of a struct.
pub(crate) struct MarkAttr {
    pub(crate) scope: Scope,
    /// Where it stands; errors about what it asks for point there.
    pub(crate) span: Span,
    pub(crate) partial: bool,
    pub(crate) skip: Vec<Wrapper>,
}

impl MarkAttr {
    /// Reads the attribute, and adds what is wrong with it. `None` if there is none.
    pub(crate) fn parse(ident: &Ident, attrs: &[Attribute], errors: &mut Errors) -> Option<Self> {
        let mut parsed: Option<Self> = None;
        for (scope, attr) in attrs
            .iter()
            .filter_map(|attr| Some((Scope::of(attr)?, attr)))
        {
            match &mut parsed {
                None => {
                    let span = attr.path().span();
                    let mut mark = Self { scope, span, partial: false, skip: Vec::new() };
                    mark.parse_options(attr, errors);
                    parsed = Some(mark);
                }
                Some(first) if first.scope == scope => {
                    let name = scope.name();
                    let message =
                        format!("`#[{name}]` is given twice; its options go into one: `#[{name}(skip(…))]`");
                    errors.at(attr.path().span(), message);
                }
                Some(_) => errors.at(
                    attr.path().span(),
                    "`#[tenant]` and `#[global]` exclude each other: each schema has the table, or all tenants \
                     share it",
                ),
            }
        }
        if parsed.is_none() {
            errors.at(
                ident.span(),
                "say where the rows are: `#[tenant]` if each schema has this table, `#[global]` if all tenants \
                 share it",
            );
        }
        parsed
    }

    fn parse_options(&mut self, attr: &Attribute, errors: &mut Errors) {
        if matches!(attr.meta, Meta::Path(_)) {
            return;
        }
        let mut skip_span = None;
        let result = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("partial") {
                if self.partial {
                    errors.push(meta.error("`partial` is given twice"));
                }
                self.partial = true;
                Ok(())
            } else if meta.path.is_ident("skip") {
                skip_span = Some(meta.path.span());
                meta.parse_nested_meta(|name| self.parse_skip(&name, errors))
            } else {
                Err(meta.error("unknown option, expected `partial` or `skip(create, …)`"))
            }
        });
        errors.ok(result);
        if let (true, Some(span)) = (self.partial, skip_span) {
            errors.at(
                span,
                "a `partial` struct has no query wrappers; leave `skip(…)` out",
            );
        }
    }

    /// Reads one name in `skip(…)`. Does not fail for a wrong one, so that the others are looked at, too.
    fn parse_skip(&mut self, name: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<()> {
        match name.path.get_ident().and_then(Wrapper::named) {
            None => {
                let message = format!(
                    "no query wrapper of this name, expected one of {}",
                    Wrapper::names()
                );
                errors.push(name.error(message));
            }
            Some(wrapper) if self.skip.contains(&wrapper) => {
                errors.push(name.error(format!("`{}` is skipped twice", wrapper.name())));
            }
            Some(wrapper) => self.skip.push(wrapper),
        }
        Ok(())
    }
}
