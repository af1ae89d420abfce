//! Columns of a table, named so that the compiler knows them.

use diesel::Column;

/// Columns of the table `T`: a tuple of up to sixteen.
///
/// ```compile_fail
/// # use multischema_admin::Model;
/// diesel::table! { pupils { id -> BigInt, name -> Text } }
/// diesel::table! { houses { id -> BigInt, motto -> Text } }
/// multischema::tables! { tenant: [pupils, houses]; }
///
/// Model::of(pupils::table).list((pupils::name, houses::motto)); // a column of another table
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tuple of columns of the table `{T}`",
    note = "name columns as in `(pupils::name, pupils::born)`, a single one as in `(pupils::name,)`; up to sixteen"
)]
pub trait Columns<T> {
    /// Their names.
    #[doc(hidden)]
    fn names() -> Vec<&'static str>;
}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<T, $first: Column<Table = T>, $($rest: Column<Table = T>),*> Columns<T> for ($first, $($rest,)*) {
            fn names() -> Vec<&'static str> {
                vec![$first::NAME, $($rest::NAME),*]
            }
        }
        tuples!($($rest)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L M N O P);
