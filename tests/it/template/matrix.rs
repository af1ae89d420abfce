//! A copy of each kind of object, and of each trap, four times over: the library finds it equal, `pg_dump` does, it is
//! left alone when the template is dropped, and it works.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use multischema::{CreateError, Ids, Registry, SchemaName, Template, TemplateError, WithData};
use multischema_tests::{World, value};

use super::case::{Case, Expected, Judge, Use};
use super::dump::{dump, settled};

/// Of the same length as the template's name, so that columns in a dump stay where they are.
const COPY: &str = "the_copy_abc";

/// Goes through the cases of a group, a few at a time, and tells of all that fail.
fn check(group: &str) {
    let cases = Case::all(group);
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if catch_unwind(AssertUnwindSafe(|| one(case))).is_err() {
                        failed.lock().unwrap().push(&case.name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "of {} cases in {group}, these failed: {failed:?}",
        cases.len()
    );
}

fn one(case: &Case) {
    let world = World::new();
    let version = value(
        &mut world.pg(),
        "current_setting('server_version_num')::int / 10000",
    );
    if version.parse::<u32>().unwrap() < case.from {
        return;
    }
    let icu = "CREATE COLLATION probe (PROVIDER = icu, LOCALE = 'en'); DROP COLLATION probe";
    if case.needs_icu && world.pg().batch_execute(icu).is_err() {
        return;
    }
    world.run(&case.shared);
    let registry = world.registry_with(Ids::PerSchema, &case.template);
    let copy: SchemaName = COPY.parse().unwrap();
    registry
        .create(copy.clone())
        .unwrap_or_else(|error| panic!("{}: {error:#?}", case.name));

    let mut pg = world.pg();
    let template = Template::new().ids(Ids::PerSchema);
    let differences = template.verify(&mut pg, &copy).unwrap();
    assert!(differences.is_empty(), "{}: {differences:#?}", case.name);
    let plan = template.plan(&mut pg).unwrap();
    let drift = plan.drift(&mut pg, &[(copy.clone(), 1)]).unwrap();
    assert!(drift.is_ok(), "{}: {drift}", case.name);
    let unique = Template::new().issues(&mut pg).unwrap();
    assert_eq!(
        !unique.is_empty(),
        case.is_narrow,
        "{}: {unique:?}",
        case.name
    );

    let dumped = dump(&world, COPY);
    let expected = match case.judge {
        Judge::Settled => settled(&world, SchemaName::TEMPLATE, &case.shared),
        Judge::Unsettled => dump(&world, SchemaName::TEMPLATE),
        Judge::None => Vec::new(),
    };
    if case.judge != Judge::None {
        let mut expected: Vec<String> = expected
            .iter()
            .map(|entry| entry.replace(SchemaName::TEMPLATE, COPY))
            .collect();
        expected.sort();
        let name = &case.name;
        assert_eq!(
            only(&dumped, &expected),
            only(&expected, &dumped),
            "{name}: pg_dump tells them apart"
        );
        assert_eq!(dumped, expected, "{name}: pg_dump tells them apart");
    }

    pg.batch_execute("SET client_min_messages TO error; DROP SCHEMA __template__ CASCADE")
        .unwrap();
    assert_eq!(
        dump(&world, COPY),
        dumped,
        "{}: it went with the template",
        case.name
    );
    pg.batch_execute(&format!("SET search_path TO {COPY}, public"))
        .unwrap();
    for step in &case.uses {
        use_it(&mut pg, case, step);
    }
    drop(pg);
    live(&world, case, &registry, &copy);
}

/// What becomes of the copy: it is renamed, copied with its rows, put away, taken back, and purged without a trace.
fn live(world: &World, case: &Case, registry: &Registry, copy: &SchemaName) {
    let name = &case.name;
    let [renamed, second]: [SchemaName; 2] =
        ["renamed_abcd", "second_abcde"].map(|name| name.parse().unwrap());
    let rows = all_rows(world, copy);
    registry
        .rename(copy, &renamed)
        .unwrap_or_else(|error| panic!("{name}: {error:#?}"));
    let made = registry.clone_schema(&renamed, second.clone(), WithData::SameIds);
    let schemata = match (made, case.is_pinned) {
        (Ok(_), false) => vec![&renamed, &second],
        (Err(CreateError::Clone { source, .. }), true) => {
            assert!(
                matches!(source, TemplateError::Issues { .. }),
                "{name}: {source:?}"
            );
            vec![&renamed]
        }
        // It was used up.
        (
            Err(CreateError::Clone {
                source: TemplateError::Empty { .. },
                ..
            }),
            _,
        ) if rows.is_empty() => {
            vec![&renamed]
        }
        (made, _) => panic!("{name}: {made:#?}"),
    };
    for schema in schemata {
        assert_eq!(all_rows(world, schema), rows, "{name}: rows differ");
        registry.archive(schema).unwrap();
        registry.restore(schema).unwrap();
        assert_eq!(all_rows(world, schema), rows, "{name}: rows differ");
        registry.archive(schema).unwrap();
        let purged = registry.purge(schema);
        assert!(purged.unwrap_or_else(|error| panic!("{name}: {error:#?}")));
    }
    let left =
        "(SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%abc%' OR nspname LIKE '%trash%')";
    assert_eq!(value(&mut world.pg(), left), "0", "{name}");
}

/// The rows of all tables of a schema, by table.
fn all_rows(world: &World, schema: &SchemaName) -> String {
    world.run(
        "CREATE OR REPLACE FUNCTION public.all_rows(schema text) RETURNS text LANGUAGE plpgsql AS $$
         DECLARE it record; line text; rows text := '';
         BEGIN
             PERFORM set_config('search_path', quote_ident(schema), true);
             FOR it IN SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(schema))
                 AND relkind = 'r' ORDER BY relname
             LOOP
                 EXECUTE format('SELECT string_agg(r::text, E''\\n'' ORDER BY r::text) FROM ONLY %I r', it.relname) INTO line;
                 rows := rows || it.relname || E':\\n' || coalesce(line, '') || E'\\n';
             END LOOP;
             RETURN rows;
         END $$",
    );
    let rows = value(&mut world.pg(), &format!("public.all_rows('{schema}')"));
    world.run("DROP FUNCTION public.all_rows");
    rows
}

/// The entries of one dump that are not in the other.
fn only<'a>(dump: &'a [String], other: &[String]) -> Vec<&'a String> {
    dump.iter().filter(|entry| !other.contains(entry)).collect()
}

fn use_it(pg: &mut PgConnection, case: &Case, Use { sql, expected }: &Use) {
    let name = &case.name;
    match expected {
        Expected::Nothing => {
            pg.batch_execute(sql)
                .unwrap_or_else(|error| panic!("{name}: {sql}: {error}"));
        }
        Expected::Error(part) => {
            let error = pg.batch_execute(sql).expect_err(sql).to_string();
            assert!(error.contains(part), "{name}: {sql}: {error}");
        }
        Expected::Rows(rows) => {
            let found = rows_of(pg, sql).unwrap_or_else(|error| panic!("{name}: {sql}: {error}"));
            assert_eq!(found, *rows, "{name}: {sql}");
        }
    }
}

/// The rows of a statement, one a line.
fn rows_of(pg: &mut PgConnection, sql: &str) -> diesel::QueryResult<String> {
    #[derive(diesel::QueryableByName)]
    struct Rows {
        #[diesel(sql_type = diesel::sql_types::Text)]
        rows: String,
    }
    let query = diesel::sql_query(format!(
        "WITH q AS ({sql}), r AS (SELECT (SELECT string_agg(coalesce(value, ''), '|') FROM json_each_text(row_to_json(q))) AS row FROM q) \
         SELECT coalesce(string_agg(row, E'\\n'), '') AS rows FROM r"
    ));
    Ok(diesel::RunQueryDsl::get_result::<Rows>(query, pg)?.rows)
}

#[test]
fn tables() {
    check("tables");
}

#[test]
fn constraints() {
    check("constraints");
}

#[test]
fn types() {
    check("types");
}

#[test]
fn functions() {
    check("functions");
}

#[test]
fn views_and_triggers() {
    check("views_and_triggers");
}

#[test]
fn rights_and_names() {
    check("rights_and_names");
}
