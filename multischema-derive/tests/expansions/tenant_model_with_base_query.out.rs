#[automatically_derived]
impl ::multischema::Model for Document {
    type Table = documents::table;
    type Scope = ::multischema::Tenant;
}
::multischema::mark_a_table_once_and_say_partial_on_its_other_structs! {
    Tenant documents::table
}
#[allow(dead_code)]
impl Document {
    ::multischema::skip_a_query_wrapper_whose_name_you_need! {
    /// Returns all rows of the base query.
    ///
    /// # Errors
    ///
    /// What the database answers, or that a row cannot be read.
    fn all(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>
                + ::multischema::Reaches<::multischema::Global>,
        >,
    ) -> ::multischema::__private::QueryResult<::std::vec::Vec<Self>> {
        <Self as ::multischema::__private::PlainRow<
            _,
        >>::rows(
            <Self as ::multischema::__private::HasQuery<
                ::multischema::__private::Pg,
            >>::query(),
            conn,
        )
    }
    /// Returns the number of rows of the base query.
    ///
    /// # Errors
    ///
    /// What the database answers.
    fn count(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>
                + ::multischema::Reaches<::multischema::Global>,
        >,
    ) -> ::multischema::__private::QueryResult<i64> {
        ::multischema::RunQueryDsl::get_result(
            ::multischema::__private::Counted::new(
                <Self as ::multischema::__private::HasQuery<
                    ::multischema::__private::Pg,
                >>::query(),
            ),
            conn,
        )
    }
    }
}
