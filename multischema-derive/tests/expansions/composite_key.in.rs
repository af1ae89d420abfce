#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = authors, primary_key(book, position))]
#[tenant(skip(all, count, create))]
struct Author {
    #[diesel(column_name = "book")]
    isbn: String,
    position: i32,
}
