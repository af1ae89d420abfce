//! The code for the query wrappers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::expand::{generated_at, scope};
use crate::mark_attr::Scope;
use crate::model::{Model, Wrappers};
use crate::wrapper::Wrapper;

/// Writes one wrapper.
pub(crate) fn wrapper(model: &Model<'_>, wrappers: &Wrappers, wrapper: Wrapper) -> TokenStream {
    let parts = Parts { model, wrappers };
    let Function {
        does,
        errors,
        arguments,
        returns,
        reads,
        body,
    } = match wrapper {
        Wrapper::All => parts.all(),
        Wrapper::Count => parts.count(),
        Wrapper::Find => parts.find(),
        Wrapper::Create => parts.create(),
        Wrapper::Update => parts.update(),
        Wrapper::Delete => parts.delete(),
    };

    let vis = model.vis;
    let name = Ident::new(wrapper.name(), Span::call_site());
    let conn = parts.conn();
    let readable =
        (reads && parts.has_parameters()).then(|| quote!(where Self: ::multischema::Row));
    quote! {
        #[doc = #does]
        ///
        /// # Errors
        ///
        #[doc = #errors]
        #vis fn #name(
            conn: #conn
            #(, #arguments)*
        ) -> ::multischema::__private::QueryResult<#returns>
        #readable
        {
            #body
        }
    }
}

/// What makes a wrapper.
struct Function {
    does: String,
    errors: &'static str,
    arguments: Vec<TokenStream>,
    returns: TokenStream,
    /// Whether rows are read as the model.
    reads: bool,
    body: TokenStream,
}

/// What the wrappers of one model are written with.
struct Parts<'a> {
    model: &'a Model<'a>,
    wrappers: &'a Wrappers,
}

impl Parts<'_> {
    fn all(&self) -> Function {
        let (query, rows) = (self.query(), self.read("rows"));
        Function {
            does: format!(" Returns all rows {}.", self.of_query()),
            errors: " What the database answers, or that a row cannot be read.",
            arguments: Vec::new(),
            returns: quote!(::std::vec::Vec<Self>),
            reads: true,
            body: quote!(#rows(#query, conn)),
        }
    }

    fn count(&self) -> Function {
        let query = if self.wrappers.base_query {
            let query = self.query();
            quote!(::multischema::__private::Counted::new(#query))
        } else {
            let table = self.table();
            quote!(::multischema::__private::QueryDsl::count(#table))
        };
        Function {
            does: format!(" Returns the number of rows {}.", self.of_query()),
            errors: " What the database answers.",
            arguments: Vec::new(),
            returns: quote!(i64),
            reads: false,
            body: quote!(::multischema::RunQueryDsl::get_result(#query, conn)),
        }
    }

    fn find(&self) -> Function {
        let (query, by_key, row) = (self.query(), self.by_key(), self.read("row"));
        Function {
            does: format!(
                " Returns the row {} that has this primary key.",
                self.of_query()
            ),
            errors: " `NotFound` if there is none; what the database answers; or that the row cannot be read.",
            arguments: vec![self.id()],
            returns: quote!(Self),
            reads: true,
            body: quote! {
                let query = ::multischema::__private::QueryDsl::filter(#query, #by_key);
                #row(query, conn)
            },
        }
    }

    fn create(&self) -> Function {
        let (table, selection, row) = (self.table(), self.selection(), self.read("row"));
        Function {
            does: format!(" Inserts one row into {} and returns it.", self.of_table()),
            errors: " What the database answers, or that the row cannot be read.",
            arguments: vec![quote!(new: impl ::multischema::NewRow<#table>)],
            returns: quote!(Self),
            reads: true,
            body: quote! {
                let new = ::multischema::__private::OneRow::new(new);
                let insert = ::multischema::__private::insert_into(#table).values(new);
                #row(insert.returning(#selection), conn)
            },
        }
    }

    fn update(&self) -> Function {
        let (table, selection, by_key) = (self.table(), self.selection(), self.by_key());
        let row = self.read("row");
        Function {
            does: format!(
                " Changes the row of {} that has this primary key, and returns it.",
                self.of_table()
            ),
            errors: " `NotFound` if there is none; what the database answers; or that the row cannot be read.",
            arguments: vec![
                self.id(),
                quote!(changes: impl ::multischema::Changes<#table>),
            ],
            returns: quote!(Self),
            reads: true,
            body: quote! {
                let found = ::multischema::__private::QueryDsl::filter(#table, #by_key);
                let update = ::multischema::__private::update(found).set(changes);
                #row(update.returning(#selection), conn)
            },
        }
    }

    fn delete(&self) -> Function {
        let (table, by_key) = (self.table(), self.by_key());
        Function {
            does: format!(
                " Deletes the row of {} that has this primary key. Returns how many there were: 1 or 0.",
                self.of_table()
            ),
            errors: " What the database answers.",
            arguments: vec![self.id()],
            returns: quote!(usize),
            reads: false,
            body: quote! {
                let found = ::multischema::__private::QueryDsl::filter(#table, #by_key);
                ::multischema::RunQueryDsl::execute(::multischema::__private::delete(found), conn)
            },
        }
    }

    /// The type of `conn`: any connection whose scope reaches the table.
    fn conn(&self) -> TokenStream {
        let scope = scope(self.model.scope);
        // A tenant's base query may join global tables. Each tenant connection reaches them, but the compiler does
        // not conclude that by itself.
        let joined = (self.wrappers.base_query && self.model.scope == Scope::Tenant)
            .then(|| quote!(+ ::multischema::Reaches<::multischema::Global>));
        quote!(&mut impl ::multischema::ScopedConnection<Scope: ::multischema::Reaches<#scope> #joined>)
    }

    fn table(&self) -> TokenStream {
        let table = &self.model.table;
        quote!(#table::table)
    }

    /// The query for all rows.
    fn query(&self) -> TokenStream {
        if self.wrappers.base_query {
            let pg = quote!(::multischema::__private::Pg);
            let span = self.at_struct();
            quote_spanned!(span=> <Self as ::multischema::__private::HasQuery<#pg>>::query())
        } else {
            let (table, selection) = (self.table(), self.selection());
            quote!(::multischema::__private::QueryDsl::select(#table, #selection))
        }
    }

    /// The columns of the struct.
    fn selection(&self) -> TokenStream {
        let span = self.at_struct();
        if self.has_parameters() {
            let pg = quote!(::multischema::__private::Pg);
            quote_spanned!(span=> <Self as ::multischema::__private::SelectableHelper<#pg>>::as_select())
        } else {
            quote_spanned!(span=> <Self as ::multischema::__private::PlainRow<_>>::selection())
        }
    }

    /// The function that runs a query and reads its `rows`, or one `row`.
    fn read(&self, what: &str) -> TokenStream {
        let span = self.at_struct();
        let what = Ident::new(what, span);
        if self.has_parameters() {
            quote_spanned!(span=> <Self as ::multischema::Row>::#what)
        } else {
            quote_spanned!(span=> <Self as ::multischema::__private::PlainRow<_>>::#what)
        }
    }

    fn has_parameters(&self) -> bool {
        !self.model.generics.params.is_empty()
    }

    /// The place where to say that the struct cannot be read.
    fn at_struct(&self) -> Span {
        generated_at(self.model.ident.span())
    }

    /// The argument that is a value for the primary key, or a tuple of them.
    fn id(&self) -> TokenStream {
        let table = &self.model.table;
        let values = self
            .wrappers
            .key
            .iter()
            .map(|column| quote!(impl ::multischema::Key<#table::#column>));
        match &*self.wrappers.key {
            [_] => quote!(id: #(#values)*),
            _ => quote!(id: (#(#values),*)),
        }
    }

    /// The condition that the primary key is `id`.
    fn by_key(&self) -> TokenStream {
        let table = &self.model.table;
        let key = quote!(::multischema::__private::key);
        let [first, others @ ..] = &*self.wrappers.key else {
            unreachable!("a struct without a key has no wrapper that goes by it")
        };
        if others.is_empty() {
            return quote!(#key(#table::#first, id));
        }
        let and = quote!(::multischema::__private::BoolExpressionMethods::and);
        let first = quote!(#key(#table::#first, id.0));
        others.iter().zip(1..).fold(first, |before, (column, at)| {
            let at = syn::Index::from(at);
            quote!(#and(#before, #key(#table::#column, id.#at)))
        })
    }

    fn of_table(&self) -> String {
        let segments: Vec<String> = self
            .model
            .table
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        format!("`{}`", segments.join("::"))
    }

    fn of_query(&self) -> String {
        if self.wrappers.base_query {
            "of the base query".to_owned()
        } else {
            format!("of {}", self.of_table())
        }
    }
}
