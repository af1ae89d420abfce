#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = entries)]
#[tenant(skip(create, delete))]
struct Entry<'a, T: Clone>
where
    T: Send,
{
    id: i32,
    title: Cow<'a, str>,
    value: T,
}
