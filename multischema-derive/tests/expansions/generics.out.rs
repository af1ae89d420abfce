#[automatically_derived]
impl<'a, T: Clone> ::multischema::Model for Entry<'a, T>
where
    T: Send,
{
    type Table = entries::table;
    type Scope = ::multischema::Tenant;
}
::multischema::mark_a_table_once_and_say_partial_on_its_other_structs! {
    Tenant entries::table
}
#[allow(dead_code)]
impl<'a, T: Clone> Entry<'a, T>
where
    T: Send,
{
    ::multischema::skip_a_query_wrapper_whose_name_you_need! {
    /// Returns all rows of `entries`.
    ///
    /// # Errors
    ///
    /// What the database answers, or that a row cannot be read.
    fn all(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
    ) -> ::multischema::__private::QueryResult<::std::vec::Vec<Self>>
    where
        Self: ::multischema::Row,
    {
        <Self as ::multischema::Row>::rows(
            ::multischema::__private::QueryDsl::select(
                entries::table,
                <Self as ::multischema::__private::SelectableHelper<
                    ::multischema::__private::Pg,
                >>::as_select(),
            ),
            conn,
        )
    }
    /// Returns the number of rows of `entries`.
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
            ::multischema::__private::QueryDsl::count(entries::table),
            conn,
        )
    }
    /// Returns the row of `entries` that has this primary key.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none; what the database answers; or that the row cannot be read.
    fn find(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: impl ::multischema::Key<entries::id>,
    ) -> ::multischema::__private::QueryResult<Self>
    where
        Self: ::multischema::Row,
    {
        let query = ::multischema::__private::QueryDsl::filter(
            ::multischema::__private::QueryDsl::select(
                entries::table,
                <Self as ::multischema::__private::SelectableHelper<
                    ::multischema::__private::Pg,
                >>::as_select(),
            ),
            ::multischema::__private::key(entries::id, id),
        );
        <Self as ::multischema::Row>::row(query, conn)
    }
    /// Changes the row of `entries` that has this primary key, and returns it.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none; what the database answers; or that the row cannot be read.
    fn update(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: impl ::multischema::Key<entries::id>,
        changes: impl ::multischema::Changes<entries::table>,
    ) -> ::multischema::__private::QueryResult<Self>
    where
        Self: ::multischema::Row,
    {
        let found = ::multischema::__private::QueryDsl::filter(
            entries::table,
            ::multischema::__private::key(entries::id, id),
        );
        let update = ::multischema::__private::update(found).set(changes);
        <Self as ::multischema::Row>::row(
            update
                .returning(
                    <Self as ::multischema::__private::SelectableHelper<
                        ::multischema::__private::Pg,
                    >>::as_select(),
                ),
            conn,
        )
    }
    }
}
