//! Marks for tables that have no model.

/// Marks tables that have no model, or whose model is in another crate.
///
/// Each is named by its module, as [`diesel::table!`] makes it. Either section may be left out, and they may stand
/// in either order.
///
/// # Examples
///
/// ```
/// diesel::table! { documents { id -> Integer } }
/// diesel::table! { notes { id -> Integer } }
/// diesel::table! { public.plans (id) { id -> Integer } }
///
/// multischema::tables! { tenant: [documents, notes]; global: [plans] }
/// ```
///
/// As with the derive, a tenant's table has no schema in its name and a global one has:
///
/// ```compile_fail,E0277
/// diesel::table! { archive.documents (id) { id -> Integer } }
///
/// multischema::tables! { tenant: [documents] }
/// ```
#[macro_export]
macro_rules! tables {
    (tenant: [$($table:tt)*] $(; $($rest:tt)*)?) => {
        $crate::__mark_tables!(Tenant $($table)*);
        $($crate::tables! { $($rest)* })?
    };
    (global: [$($table:tt)*] $(; $($rest:tt)*)?) => {
        $crate::__mark_tables!(Global $($table)*);
        $($crate::tables! { $($rest)* })?
    };
    () => {};
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected `tenant: [documents, schema::notes]; global: [schema::plans]`; either section may be left out"
        );
    };
}

/// Marks one table. The name is for the note under E0119, where rustc prints the macro that an impl comes from, and
/// which has no other place for a remedy.
#[doc(hidden)]
#[macro_export]
macro_rules! mark_a_table_once_and_say_partial_on_its_other_structs {
    (Tenant $table:ty) => {
        #[diagnostic::do_not_recommend]
        impl $crate::TableScope for $table {
            type Scope = $crate::Tenant;
        }
        const _: () = $crate::__private::is_unqualified::<$table>();
    };
    (Global $table:ty) => {
        #[diagnostic::do_not_recommend]
        impl $crate::TableScope for $table {
            type Scope = $crate::Global;
        }
        const _: () = $crate::__private::is_qualified::<$table>();
    };
}

/// Writes the query wrappers of a model. The name is for the note under E0592; a clash of names is shown where the
/// tokens come from that stand around a signature, so those are written here.
#[doc(hidden)]
#[macro_export]
macro_rules! skip_a_query_wrapper_whose_name_you_need {
    ($(
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($arguments:tt)*)
            -> ::multischema::__private::QueryResult<$returns:ty>
        $(where Self: $bound:path)?
        $body:block
    )*) => {$(
        $(#[$meta])*
        $vis fn $name($($arguments)*) -> $crate::__private::QueryResult<$returns>
        $(where Self: $bound)?
        $body
    )*};
}

/// Marks the tables of one section of [`tables!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __mark_tables {
    ($scope:ident $($($segment:ident)::+),* $(,)?) => {
        $($crate::mark_a_table_once_and_say_partial_on_its_other_structs! {
            $scope $($segment::)+table
        })*
    };
    ($($other:tt)*) => {
        ::core::compile_error!("expected the modules of tables, as in `[documents, schema::notes]`");
    };
}
