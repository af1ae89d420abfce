#[automatically_derived]
impl ::multischema::Model for Visit {
    type Table = visits::table;
    type Scope = ::multischema::Tenant;
}
::multischema::mark_a_table_once_and_say_partial_on_its_other_structs! {
    Tenant visits::table
}
#[allow(dead_code)]
impl Visit {
    ::multischema::skip_a_query_wrapper_whose_name_you_need! {
    /// Returns the number of rows of `visits`.
    ///
    /// # Errors
    ///
    /// What the database answers.
    fn count(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
    ) -> ::multischema::__private::QueryResult<i64> {
        ::multischema::RunQueryDsl::get_result(
            ::multischema::__private::QueryDsl::count(visits::table),
            conn,
        )
    }
    }
}
