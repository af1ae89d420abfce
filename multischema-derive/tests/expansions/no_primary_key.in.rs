#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = visits)]
#[tenant(skip(all, create))]
struct Visit {
    page: i64,
}
