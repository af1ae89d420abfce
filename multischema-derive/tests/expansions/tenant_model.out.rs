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
    /// Returns all rows of `documents`.
    ///
    /// # Errors
    ///
    /// What the database answers, or that a row cannot be read.
    pub fn all(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
    ) -> ::multischema::__private::QueryResult<::std::vec::Vec<Self>> {
        <Self as ::multischema::__private::PlainRow<
            _,
        >>::rows(
            ::multischema::__private::QueryDsl::select(
                documents::table,
                <Self as ::multischema::__private::PlainRow<_>>::selection(),
            ),
            conn,
        )
    }
    /// Returns the number of rows of `documents`.
    ///
    /// # Errors
    ///
    /// What the database answers.
    pub fn count(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
    ) -> ::multischema::__private::QueryResult<i64> {
        ::multischema::RunQueryDsl::get_result(
            ::multischema::__private::QueryDsl::count(documents::table),
            conn,
        )
    }
    /// Returns the row of `documents` that has this primary key.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none; what the database answers; or that the row cannot be read.
    pub fn find(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: impl ::multischema::Key<documents::id>,
    ) -> ::multischema::__private::QueryResult<Self> {
        let query = ::multischema::__private::QueryDsl::filter(
            ::multischema::__private::QueryDsl::select(
                documents::table,
                <Self as ::multischema::__private::PlainRow<_>>::selection(),
            ),
            ::multischema::__private::key(documents::id, id),
        );
        <Self as ::multischema::__private::PlainRow<_>>::row(query, conn)
    }
    /// Inserts one row into `documents` and returns it.
    ///
    /// # Errors
    ///
    /// What the database answers, or that the row cannot be read.
    pub fn create(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        new: impl ::multischema::NewRow<documents::table>,
    ) -> ::multischema::__private::QueryResult<Self> {
        let new = ::multischema::__private::OneRow::new(new);
        let insert = ::multischema::__private::insert_into(documents::table).values(new);
        <Self as ::multischema::__private::PlainRow<
            _,
        >>::row(
            insert
                .returning(<Self as ::multischema::__private::PlainRow<_>>::selection()),
            conn,
        )
    }
    /// Changes the row of `documents` that has this primary key, and returns it.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none; what the database answers; or that the row cannot be read.
    pub fn update(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: impl ::multischema::Key<documents::id>,
        changes: impl ::multischema::Changes<documents::table>,
    ) -> ::multischema::__private::QueryResult<Self> {
        let found = ::multischema::__private::QueryDsl::filter(
            documents::table,
            ::multischema::__private::key(documents::id, id),
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
    /// Deletes the row of `documents` that has this primary key. Returns how many there were: 1 or 0.
    ///
    /// # Errors
    ///
    /// What the database answers.
    pub fn delete(
        conn: &mut impl ::multischema::ScopedConnection<
            Scope: ::multischema::Reaches<::multischema::Tenant>,
        >,
        id: impl ::multischema::Key<documents::id>,
    ) -> ::multischema::__private::QueryResult<usize> {
        let found = ::multischema::__private::QueryDsl::filter(
            documents::table,
            ::multischema::__private::key(documents::id, id),
        );
        ::multischema::RunQueryDsl::execute(
            ::multischema::__private::delete(found),
            conn,
        )
    }
    }
}
