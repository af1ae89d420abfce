//! The marks: which scope a table belongs to, and which scope reaches which.

use diesel::Table;

use crate::diesel_internal::{Identifier, InfixNode, StaticQueryFragment};

/// What a connection can reach: [`Tenant`] or [`Global`]. No other type implements it.
pub trait Scope: sealed::Sealed + 'static {}

/// The scope of one schema: its own tables, and those that all tenants share.
#[derive(Debug, Clone, Copy)]
pub enum Tenant {}

/// The scope of the shared part: global tables only.
#[derive(Debug, Clone, Copy)]
pub enum Global {}

impl Scope for Tenant {}
impl Scope for Global {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Tenant {}
    impl Sealed for super::Global {}
}

/// A connection of scope `Self` can reach tables of scope `S`.
///
/// A tenant connection reaches both kinds, a global connection only global tables.
#[diagnostic::on_unimplemented(
    message = "a `#[tenant]` table is used on a connection that is not tenant-scoped",
    label = "this connection cannot reach tenant tables",
    note = "check a tenant connection out with `pool.tenant(&schema)?` instead of `pool.global()?`",
    note = "a table that all tenants share is marked `#[global]`"
)]
pub trait Reaches<S: Scope>: Scope {}

impl Reaches<Self> for Tenant {}
impl Reaches<Global> for Tenant {}
impl Reaches<Self> for Global {}

/// A table that is marked `#[tenant]` or `#[global]`.
///
/// [`derive(MultiSchema)`](derive@crate::MultiSchema) and [`tables!`](crate::tables) implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither marked `#[tenant]` nor `#[global]`",
    label = "nothing says in which schema this table is",
    note = "a table is marked by one of its models, `#[derive(MultiSchema)]` with `#[tenant]` or `#[global]`",
    note = "or without a model: `multischema::tables! {{ tenant: [documents]; global: [plans] }}`"
)]
pub trait TableScope {
    /// Where the table is.
    type Scope: Scope;
}

/// A struct whose rows are in a marked table.
///
/// [`derive(MultiSchema)`](derive@crate::MultiSchema) implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "nothing says in which table its rows are",
    note = "add `#[derive(MultiSchema)]`, and `#[tenant]` or `#[global]`"
)]
pub trait Model {
    /// The table that holds the rows.
    type Table: Table + TableScope<Scope = Self::Scope>;

    /// Where that table is.
    type Scope: Scope;
}

/// The scope that a `partial` struct claims is the one its table is marked with.
#[diagnostic::on_unimplemented(
    message = "this struct says `{S}`, but its table is marked `{Self}`",
    label = "not the scope of the table",
    note = "the structs of one table all say `#[tenant]`, or all `#[global]`"
)]
pub trait SameScope<S> {}

impl SameScope<Self> for Tenant {}
impl SameScope<Self> for Global {}

/// A table that is named without a schema, so that the search path decides whose it is.
#[diagnostic::on_unimplemented(
    message = "a `#[tenant]` table is declared with a schema, so that every tenant would read the same rows",
    label = "this table's name is qualified",
    note = "declare it without: `table! {{ documents (id) {{ … }} }}`",
    note = "a table that all tenants share is marked `#[global]`"
)]
pub trait Unqualified {}

#[diagnostic::do_not_recommend]
impl Unqualified for Identifier<'_> {}

/// A table that is named with its schema, so that no tenant's table can stand in for it.
#[diagnostic::on_unimplemented(
    message = "a `#[global]` table is declared without a schema, so that a tenant's table of that name would hide it",
    label = "this table's name is not qualified",
    note = "declare it with: `table! {{ public.plans (id) {{ … }} }}`",
    note = "a table that each tenant has is marked `#[tenant]`"
)]
pub trait Qualified {}

#[diagnostic::do_not_recommend]
impl<M> Qualified for InfixNode<Identifier<'_>, Identifier<'_>, M> {}

/// Compiles for a table that is named without a schema.
#[doc(hidden)]
pub const fn is_unqualified<T: StaticQueryFragment<Component: Unqualified>>() {}

/// Compiles for a table that is named with its schema.
#[doc(hidden)]
pub const fn is_qualified<T: StaticQueryFragment<Component: Qualified>>() {}

/// Compiles for a table that is marked with the scope `S`.
#[doc(hidden)]
pub const fn is_marked<T: TableScope<Scope: SameScope<S>>, S>() {}
