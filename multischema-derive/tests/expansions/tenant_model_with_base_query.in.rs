#[derive(HasQuery, MultiSchema)]
#[diesel(base_query = documents::table.inner_join(plans::table))]
#[tenant(skip(find, create, update, delete))]
struct Document {
    id: i32,
}
