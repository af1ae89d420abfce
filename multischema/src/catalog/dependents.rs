//! What outside of a schema depends on what is in it.

use std::collections::HashSet;

use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Integer, Oid as SqlOid, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::catalog::Catalog;
use super::object::{ObjectId, Oid, class};

#[derive(QueryableByName)]
struct Edge {
    #[diesel(sql_type = SqlOid)]
    class: Oid,
    #[diesel(sql_type = SqlOid)]
    oid: Oid,
    #[diesel(sql_type = Integer)]
    column: i32,
    #[diesel(sql_type = SqlOid)]
    on_class: Oid,
    #[diesel(sql_type = SqlOid)]
    on_oid: Oid,
}

#[derive(QueryableByName)]
struct Described {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Catalog {
    /// Describes the objects of other schemata that depend on those of this one, so that `DROP … CASCADE` would remove
    /// them as well, and on what.
    #[expect(
        clippy::disallowed_methods,
        reason = "the texts are constant, the numbers are values"
    )]
    pub(crate) fn dependents(&self, pg: &mut PgConnection) -> QueryResult<Vec<String>> {
        let own = self.objects();
        let (classes, oids): (Vec<Oid>, Vec<Oid>) = own.iter().map(|it| (it.class, it.oid)).unzip();
        // What is a part of an object, as the array of a type is, depends on it internally. Default privileges (826) in a
        // schema are its own, and have no name.
        let query = diesel::sql_query(
            "SELECT DISTINCT d.classid AS class, d.objid AS oid, d.objsubid AS column, \
             d.refclassid AS on_class, d.refobjid AS on_oid \
             FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS t (class, oid) \
             JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) t.class \
             AND d.refobjid OPERATOR(pg_catalog.=) t.oid AND d.deptype OPERATOR(pg_catalog.<>) 'i' \
             AND d.classid OPERATOR(pg_catalog.<>) 826::pg_catalog.oid",
        );
        let query = query.bind::<Array<SqlOid>, _>(&classes);
        let edges: Vec<Edge> = query.bind::<Array<SqlOid>, _>(&oids).load(pg)?;
        // A constraint trigger has a constraint, which is nothing by itself.
        let with_triggers = self.triggers.iter().map(|it| it.constraint);
        let with_triggers = with_triggers.map(|oid| ObjectId::new(class::CONSTRAINT, oid));
        let own: HashSet<ObjectId> = own.into_iter().chain(with_triggers).collect();
        let outside = edges
            .into_iter()
            .filter(|it| !own.contains(&ObjectId::new(it.class, it.oid)));
        let described = outside.map(|it| {
            let query = diesel::sql_query(
                "SELECT pg_catalog.concat(pg_catalog.pg_describe_object($1, $2, $3), ' (on ', \
                 pg_catalog.pg_describe_object($4, $5, 0), ')') AS text",
            );
            let query = query.bind::<SqlOid, _>(it.class).bind::<SqlOid, _>(it.oid);
            let query = query.bind::<Integer, _>(it.column);
            let query = query.bind::<SqlOid, _>(it.on_class);
            let described: Described = query.bind::<SqlOid, _>(it.on_oid).get_result(pg)?;
            Ok(described.text)
        });
        described.collect()
    }
}
