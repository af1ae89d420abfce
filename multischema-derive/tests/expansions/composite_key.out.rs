#[automatically_derived]
impl ::multischema::Model for Author {
    type Table = authors::table;
    type Scope = ::multischema::Tenant;
}
::multischema::mark_a_table_once_and_say_partial_on_its_other_structs! {
    Tenant authors::table
}
#[allow(dead_code)]
impl Author {
    ::multischema::skip_a_query_wrapper_whose_name_you_need! {
    /// Returns the row of `authors` that has this primary key.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none; what the database answers; or that the row cannot be read.
    fn find(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: (
            impl ::multischema::Key<authors::book>,
            impl ::multischema::Key<authors::position>,
        ),
    ) -> ::multischema::__private::QueryResult<Self> {
        let query = ::multischema::__private::QueryDsl::filter(
            ::multischema::__private::QueryDsl::select(
                authors::table,
                <Self as ::multischema::__private::PlainRow<_>>::selection(),
            ),
            ::multischema::__private::BoolExpressionMethods::and(
                ::multischema::__private::key(authors::book, id.0),
                ::multischema::__private::key(authors::position, id.1),
            ),
        );
        <Self as ::multischema::__private::PlainRow<_>>::row(query, conn)
    }
    /// Changes the row of `authors` that has this primary key, and returns it.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none; what the database answers; or that the row cannot be read.
    fn update(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: (
            impl ::multischema::Key<authors::book>,
            impl ::multischema::Key<authors::position>,
        ),
        changes: impl ::multischema::Changes<authors::table>,
    ) -> ::multischema::__private::QueryResult<Self> {
        let found = ::multischema::__private::QueryDsl::filter(
            authors::table,
            ::multischema::__private::BoolExpressionMethods::and(
                ::multischema::__private::key(authors::book, id.0),
                ::multischema::__private::key(authors::position, id.1),
            ),
        );
        let update = ::multischema::__private::update(found).set(changes);
        <Self as ::multischema::__private::PlainRow<
            _,
        >>::row(
            update
                .returning(<Self as ::multischema::__private::PlainRow<_>>::selection()),
            conn,
        )
    }
    /// Deletes the row of `authors` that has this primary key. Returns how many there were: 1 or 0.
    ///
    /// # Errors
    ///
    /// What the database answers.
    fn delete(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: (
            impl ::multischema::Key<authors::book>,
            impl ::multischema::Key<authors::position>,
        ),
    ) -> ::multischema::__private::QueryResult<usize> {
        let found = ::multischema::__private::QueryDsl::filter(
            authors::table,
            ::multischema::__private::BoolExpressionMethods::and(
                ::multischema::__private::key(authors::book, id.0),
                ::multischema::__private::key(authors::position, id.1),
            ),
        );
        ::multischema::RunQueryDsl::execute(
            ::multischema::__private::delete(found),
            conn,
        )
    }
    }
}
