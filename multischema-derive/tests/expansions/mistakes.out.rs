::core::compile_error! {
    "no query wrapper of this name, expected one of `all`, `count`, `find`, `create`, `update`, `delete`"
}
::core::compile_error! {
    "no field for the column `idd` of the primary key; add one (or one that is `#[diesel(embed)]`), or name other columns"
}
#[automatically_derived]
impl ::multischema::Model for Document {
    type Table = documents::table;
    type Scope = ::multischema::Global;
}
impl ::multischema::TableScope for documents::table {
    type Scope = ::multischema::Global;
}
#[allow(dead_code, missing_docs)]
impl Document {
    fn count(_: &mut impl Sized) -> ::multischema::__private::QueryResult<i64> {
        ::std::unreachable!()
    }
    fn find(
        _: &mut impl Sized,
        _: impl Sized,
    ) -> ::multischema::__private::QueryResult<Self> {
        ::std::unreachable!()
    }
    fn create(
        _: &mut impl Sized,
        _: impl Sized,
    ) -> ::multischema::__private::QueryResult<Self> {
        ::std::unreachable!()
    }
    fn delete(
        _: &mut impl Sized,
        _: impl Sized,
    ) -> ::multischema::__private::QueryResult<usize> {
        ::std::unreachable!()
    }
}
