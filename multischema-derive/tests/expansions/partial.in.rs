#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = documents)]
#[tenant(partial)]
struct Title {
    title: String,
}
