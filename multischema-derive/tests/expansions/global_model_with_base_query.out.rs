#[automatically_derived]
impl ::multischema::Model for Plan {
    type Table = crate::schema::plans::table;
    type Scope = ::multischema::Global;
}
::multischema::mark_a_table_once_and_say_partial_on_its_other_structs! {
    Global crate ::schema::plans::table
}
#[allow(dead_code)]
impl Plan {
    ::multischema::skip_a_query_wrapper_whose_name_you_need! {
    /// Returns all rows of the base query.
    ///
    /// # Errors
    ///
    /// What the database answers, or that a row cannot be read.
    pub(crate) fn all(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Global>,
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
    pub(crate) fn count(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Global>,
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
    /// Returns the row of the base query that has this primary key.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none; what the database answers; or that the row cannot be read.
    pub(crate) fn find(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Global>,
        >,
        id: impl ::multischema::Key<crate::schema::plans::id>,
    ) -> ::multischema::__private::QueryResult<Self> {
        let query = ::multischema::__private::QueryDsl::filter(
            <Self as ::multischema::__private::HasQuery<
                ::multischema::__private::Pg,
            >>::query(),
            ::multischema::__private::key(crate::schema::plans::id, id),
        );
        <Self as ::multischema::__private::PlainRow<_>>::row(query, conn)
    }
    /// Deletes the row of `crate::schema::plans` that has this primary key. Returns how many there were: 1 or 0.
    ///
    /// # Errors
    ///
    /// What the database answers.
    pub(crate) fn delete(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Global>,
        >,
        id: impl ::multischema::Key<crate::schema::plans::id>,
    ) -> ::multischema::__private::QueryResult<usize> {
        let found = ::multischema::__private::QueryDsl::filter(
            crate::schema::plans::table,
            ::multischema::__private::key(crate::schema::plans::id, id),
        );
        ::multischema::RunQueryDsl::execute(
            ::multischema::__private::delete(found),
            conn,
        )
    }
    }
}
