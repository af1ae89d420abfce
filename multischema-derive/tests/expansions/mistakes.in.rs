#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(primary_key(idd))]
#[tenant(skip(all, update, remove))]
struct Document {
    id: i32,
}
