#[derive(HasQuery, MultiSchema)]
#[diesel(table_name = crate::schema::plans, base_query = plans::table.order(plans::name))]
#[global(skip(create, update))]
pub(crate) struct Plan {
    id: i32,
    name: String,
}
