//! A tenant connection is a connection of Diesel's in all it does: transactions, migrations, generic functions.

use crate::features::{in_a, titles};
use diesel::connection::{Connection, LoadConnection};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{SchemaName, Session, SessionHandle, TenantConnection};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, moved};

#[test]
fn transactions_and_savepoints() {
    in_a(|conn| {
        let insert = |title: &'static str| {
            diesel::insert_into(documents::table).values(documents::title.eq(title))
        };
        conn.transaction(|conn| {
            insert("a outer").execute(conn)?;
            let inner: QueryResult<()> = conn.transaction(|conn| {
                insert("a inner").execute(conn)?;
                insert("a inner").execute(conn)?;
                Ok(())
            });
            assert!(inner.is_err());
            QueryResult::Ok(())
        })
        .unwrap();
        assert_eq!(titles(conn), ["a 1", "a outer"]);
        conn.test_transaction(|conn| insert("a test").execute(conn));
        assert_eq!(titles(conn), ["a 1", "a outer"]);
    });
}

#[test]
fn transactions_with_a_mode() {
    in_a(|conn| {
        let shown: (String, String) = conn
            .build_transaction()
            .serializable()
            .read_only()
            .deferrable()
            .run(|conn| {
                diesel::select((
                    diesel::dsl::sql::<diesel::sql_types::Text>(
                        "current_setting('transaction_isolation')",
                    ),
                    diesel::dsl::sql::<diesel::sql_types::Text>(
                        "current_setting('transaction_read_only')",
                    ),
                ))
                .get_result(conn)
            })
            .unwrap();
        assert_eq!(shown, ("serializable".to_owned(), "on".to_owned()));

        let written: QueryResult<usize> = conn
            .build_transaction()
            .read_only()
            .run(|conn| diesel::delete(notes::table).execute(conn));
        assert!(
            matches!(written, Err(Error::DatabaseError(_, _))),
            "{written:?}"
        );
        let nested: QueryResult<()> =
            conn.build_transaction()
                .read_write()
                .not_deferrable()
                .run(|conn| {
                    assert_eq!(
                        conn.build_transaction()
                            .repeatable_read()
                            .run(|_| QueryResult::Ok(())),
                        Err(Error::AlreadyInTransaction)
                    );
                    Ok(())
                });
        assert_eq!(nested, Ok(()));
        let committed = conn
            .build_transaction()
            .read_committed()
            .run(|conn| diesel::delete(notes::table).execute(conn));
        assert_eq!(committed, Ok(1));
        assert_eq!(notes::table.count().get_result::<i64>(conn), Ok(0));
    });
}

#[test]
fn functions_over_any_connection() {
    fn count(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<i64> {
        documents::table
            .filter(documents::title.ne(""))
            .count()
            .get_result(conn)
    }
    fn count_in_scope(conn: &mut TenantConnection<impl SessionHandle>) -> QueryResult<i64> {
        multischema::RunQueryDsl::get_result(
            documents::table.filter(documents::title.ne("")).count(),
            conn,
        )
    }
    in_a(|conn| {
        assert_eq!(count(conn), Ok(1));
        assert_eq!(count_in_scope(conn), Ok(1));
    });
}

#[test]
fn instrumentation_and_the_size_of_the_cache() {
    use diesel::connection::{CacheSize, InstrumentationEvent};
    use std::sync::{Arc, Mutex};
    in_a(|conn| {
        let cached = Arc::new(Mutex::new(Vec::new()));
        let seen = cached.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::CacheQuery { sql, .. } = event {
                seen.lock().unwrap().push(sql.to_owned());
            }
        });
        let count = |conn: &mut TenantConnection<_>| {
            documents::table.count().get_result::<i64>(conn).unwrap()
        };
        count(conn);
        count(conn);
        assert_eq!(cached.lock().unwrap().len(), 1, "prepared once");
        conn.set_prepared_statement_cache_size(CacheSize::Disabled);
        count(conn);
        assert_eq!(cached.lock().unwrap().len(), 1, "and then no more");
        let _: &mut dyn diesel::connection::Instrumentation = conn.instrumentation();
    });
}

#[test]
fn the_size_of_the_cache_outlives_forgetting() {
    use diesel::connection::CacheSize;
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let count =
        |conn: &mut TenantConnection<_>| documents::table.count().get_result::<i64>(conn).unwrap();
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    conn.as_pg().unwrap();
    drop(conn);
    let mut conn = session.tenant(&a).unwrap();
    count(&mut conn);
    let prepared =
        "(SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%documents%')";
    let prepared = diesel::dsl::sql::<diesel::sql_types::BigInt>(prepared);
    assert_eq!(diesel::select(prepared).get_result::<i64>(&mut conn), Ok(0));
}

mod several {
    use super::*;
    use diesel::PgConnection;

    type Tenant = TenantConnection<Session<Box<PgConnection>>>;

    #[derive(diesel::MultiConnection)]
    #[expect(
        clippy::large_enum_variant,
        reason = "the derive takes connections, and no boxes"
    )]
    enum AnyConnection {
        Tenant(Tenant),
        Plain(PgConnection),
    }

    #[test]
    fn a_connection_of_several_kinds() {
        let (world, [a]) = World::with(["a"]);
        let mut pg = world.pg();
        diesel::connection::SimpleConnection::batch_execute(&mut pg, "SET search_path = a")
            .unwrap();
        let tenant = world.session().into_tenant(&a).unwrap();
        for mut any in [AnyConnection::Tenant(tenant), AnyConnection::Plain(pg)] {
            let query = documents::table
                .filter(documents::title.eq("a 1"))
                .select(documents::title);
            assert_eq!(query.load::<String>(&mut any).unwrap(), ["a 1"]);
            let rolled_back: QueryResult<()> = any.transaction(|any| {
                diesel::delete(notes::table).execute(any)?;
                Err(Error::RollbackTransaction)
            });
            assert_eq!(rolled_back, Err(Error::RollbackTransaction));
            assert_eq!(notes::table.count().get_result::<i64>(&mut any), Ok(1));
        }
    }

    #[test]
    fn that_was_moved_refuses() {
        let (world, [a, _]) = World::with(["a", "b"]);
        let tenant = world.session().into_tenant(&a).unwrap();
        let mut any = AnyConnection::Tenant(tenant);
        diesel::sql_query("SET search_path = b")
            .execute(&mut any)
            .unwrap();
        let counted = notes::table.count().get_result::<i64>(&mut any);
        assert_eq!(moved(counted), "b");
        let deleted = diesel::delete(notes::table).execute(&mut any);
        assert_eq!(moved(deleted), "b");
    }
}

#[test]
fn migrations() {
    use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
    const MIGRATIONS: EmbeddedMigrations = embed_migrations!("it/migrations");

    let (world, [a, b]) = World::with(["a", "b"]);
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let tables = |schema: &SchemaName| {
        let query = "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = $1::regnamespace";
        let query = diesel::sql_query(format!("{query} ORDER BY 1"));
        let tables = query
            .bind::<diesel::sql_types::Text, _>(schema.to_string())
            .load::<Table>(&mut world.pg());
        tables
            .unwrap()
            .into_iter()
            .map(|table| table.name)
            .collect::<Vec<_>>()
    };
    for schema in [&a, &b] {
        let mut conn = world.session().into_tenant(schema).unwrap();
        assert_eq!(conn.run_pending_migrations(MIGRATIONS).unwrap().len(), 2);
        assert!(!conn.has_pending_migration(MIGRATIONS).unwrap());
        assert_eq!(
            tables(schema),
            ["__diesel_schema_migrations", "documents", "labels", "notes"]
        );
    }
    let mut conn = world.session().into_tenant(&a).unwrap();
    conn.revert_all_migrations(MIGRATIONS).unwrap();
    assert_eq!(
        tables(&a),
        ["__diesel_schema_migrations", "documents", "notes"]
    );
    assert_eq!(
        tables(&b),
        ["__diesel_schema_migrations", "documents", "labels", "notes"]
    );
}

#[test]
fn a_migration_that_moves_the_path_is_refused_and_rolled_back() {
    use diesel::migration::{
        Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result,
    };
    use diesel_migrations::MigrationHarness;

    struct Mover;
    struct Plain;
    impl std::fmt::Display for Mover {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("1_mover")
        }
    }
    impl MigrationName for Mover {
        fn version(&self) -> MigrationVersion<'_> {
            "1".into()
        }
    }
    impl MigrationMetadata for Plain {}
    impl Migration<Pg> for Mover {
        fn run(&self, conn: &mut dyn diesel::connection::BoxableConnection<Pg>) -> Result<()> {
            Ok(conn.batch_execute("SET search_path = b; CREATE TABLE stray ()")?)
        }
        fn revert(&self, _: &mut dyn diesel::connection::BoxableConnection<Pg>) -> Result<()> {
            Ok(())
        }
        fn metadata(&self) -> &dyn MigrationMetadata {
            &Plain
        }
        fn name(&self) -> &dyn MigrationName {
            self
        }
    }
    impl MigrationSource<Pg> for Mover {
        fn migrations(&self) -> Result<Vec<Box<dyn Migration<Pg>>>> {
            Ok(vec![Box::new(Self)])
        }
    }

    let (world, [a, _]) = World::with(["a", "b"]);
    let mut conn = world.session().into_tenant(&a).unwrap();
    let error = conn.run_pending_migrations(Mover).unwrap_err().to_string();
    assert!(
        error.contains("the connection was moved: expected schema `a`"),
        "{error}"
    );
    let stray = diesel::dsl::sql::<diesel::sql_types::Bool>("to_regclass('b.stray') IS NULL");
    assert_eq!(
        diesel::select(stray).get_result::<bool>(&mut world.pg()),
        Ok(true)
    );
}

#[test]
fn a_tenant_connection_is_entered_and_not_established() {
    let error = TenantConnection::<Session>::establish("postgres://localhost/x").unwrap_err();
    assert!(error.to_string().contains("into_tenant"), "{error}");
}

#[test]
fn a_ping_and_its_answer() {
    use diesel::r2d2::R2D2Connection;
    in_a(|conn| {
        assert_eq!(conn.ping(), Ok(()));
        assert!(!conn.is_broken());
    });
}
