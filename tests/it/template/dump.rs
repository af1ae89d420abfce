//! The definitions of a schema by `pg_dump`.

use diesel::connection::SimpleConnection;
use multischema_tests::World;
use multischema_tests::dump::text;

/// The definitions of a schema, without the guard of the template. Their order depends on the name of the schema, so they
/// are in that of their texts.
pub(super) fn dump(world: &World, schema: &str) -> Vec<String> {
    let mut entries = entries(world, schema);
    entries.sort();
    entries
}

/// The same, once the definitions were restored in another database: only from then on they do not change any more.
pub(super) fn settled(world: &World, schema: &str, shared: &str) -> Vec<String> {
    let other = World::new();
    other.run(shared);
    other
        .pg()
        .batch_execute(&entries(world, schema).concat())
        .unwrap();
    dump(&other, schema)
}

fn entries(world: &World, schema: &str) -> Vec<String> {
    let mut entries = vec![String::new()];
    for line in text(world, schema).lines() {
        if line.starts_with("--") {
            entries.push(String::new());
        } else if ![
            // What is set is said again only when it changes.
            "SET default_tablespace = '';",
            "SET default_table_access_method = heap;",
        ]
        .contains(&line)
        {
            let entry = entries.last_mut().unwrap();
            entry.push_str(line);
            entry.push('\n');
        }
    }
    entries.retain(|entry| !entry.is_empty() && !entry.contains(" multischema_guard "));
    entries
}
