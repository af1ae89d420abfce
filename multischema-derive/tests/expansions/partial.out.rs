#[automatically_derived]
impl ::multischema::Model for Title {
    type Table = documents::table;
    type Scope = <documents::table as ::multischema::TableScope>::Scope;
}
const _: () = ::multischema::__private::is_marked::<
    documents::table,
    ::multischema::Tenant,
>();
