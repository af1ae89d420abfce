#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
pub struct Document {
    id: i32,
    title: String,
}
