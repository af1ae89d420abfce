//! What is written for programs is what `output.schema.json` says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::migrating::program;
use crate::program::Program;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../output.schema.json")).unwrap()
}

/// The part `name` of the schema, or, for `document`, all that may be written.
fn validator(name: &str) -> Arc<Validator> {
    static VALIDATORS: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let mut validators = VALIDATORS.lock().unwrap();
    let made = validators.entry(name.to_owned()).or_insert_with(|| {
        let mut schema = schema();
        if name != "document" {
            let all = schema.as_object_mut().unwrap();
            all.remove("anyOf");
            all.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
        }
        Arc::new(jsonschema::draft202012::new(&schema).unwrap())
    });
    Arc::clone(made)
}

/// What is wrong with a document as `name` of the schema.
fn errors(name: &str, document: &Value) -> Vec<String> {
    let validator = validator(name);
    let errors = validator.iter_errors(document);
    errors
        .map(|it| format!("{}: {it}", it.instance_path()))
        .collect()
}

/// Fails unless the document is as `name` in the schema.
#[track_caller]
pub(crate) fn assert_is(name: &str, document: &Value) {
    let errors = errors(name, document);
    assert!(errors.is_empty(), "{errors:#?} in {document:#}");
}

/// Where there are objects in a document.
fn objects(document: &Value, path: &str, found: &mut Vec<String>) {
    match document {
        Value::Object(fields) => {
            found.push(path.to_owned());
            for (name, value) in fields {
                objects(value, &format!("{path}/{}", name.replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Fails unless the document is as `name` in the schema, and would not be with a field more or less anywhere.
#[track_caller]
fn assert_is_exactly(name: &str, document: &Value) {
    assert_is(name, document);
    let mut paths = Vec::new();
    objects(document, "", &mut paths);
    assert!(!paths.is_empty(), "nothing in {document:#}");
    for path in paths {
        let mut more = document.clone();
        let fields: Vec<String> = object(&mut more, &path).keys().cloned().collect();
        object(&mut more, &path).insert("unknown".to_owned(), json!(1));
        assert_ne!(errors(name, &more), [""; 0], "{more:#}");
        // These two are there only if something is wrong, but for those of a whole document.
        let is_needed =
            |it: &&String| path.is_empty() || !["error", "trouble"].contains(&it.as_str());
        for field in fields.iter().filter(is_needed) {
            let mut less = document.clone();
            object(&mut less, &path).remove(field);
            assert_ne!(errors(name, &less), [""; 0], "{less:#}");
        }
    }
}

fn object<'a>(document: &'a mut Value, path: &str) -> &'a mut Map<String, Value> {
    document.pointer_mut(path).unwrap().as_object_mut().unwrap()
}

#[track_caller]
fn written(program: &Program, name: &str, status: i32, args: &[&str]) -> Value {
    let ran = program
        .run(&[&["--format", "json"], args].concat())
        .exits(status);
    let document = ran.json();
    assert_is_exactly(name, &document);
    document
}

#[test]
fn what_is_written_of_schemata_is_what_the_schema_says_and_nothing_else() {
    let program = Program::new();
    written(&program, "init", 0, &["init"]);
    program.sql("CREATE TABLE __template__.t ()");
    program.run(&["init"]).exits(0);
    written(
        &program,
        "schema_list",
        0,
        &["schema", "create", "a", "b", "c"],
    );
    written(&program, "schema", 0, &["schema", "show", "a"]);
    written(&program, "schema", 0, &["schema", "clone", "a", "d"]);
    written(&program, "schema", 0, &["schema", "archive", "c"]);
    written(&program, "schema_list", 0, &["schema", "list"]);
    let purged = written(
        &program,
        "purge",
        3,
        &["schema", "purge", "c", "a", "--yes"],
    );
    assert!(purged[0].get("error").is_none() && purged[1].get("error").is_some());
    program.sql(
        "DROP SCHEMA a CASCADE; CREATE SCHEMA \"Stray\"; CREATE SCHEMA other; CREATE TABLE other.t (id integer)",
    );
    let healed = written(&program, "heal", 4, &["schema", "heal"]);
    assert_eq!(healed["left"].as_array().unwrap().len(), 2, "{healed:#}");
    let fails_in_b = "SELECT 1 / (current_schema() <> 'b')::integer";
    let ran = written(
        &program,
        "exec",
        3,
        &["exec", "--all", "--keep-going", "-c", fails_in_b],
    );
    assert!(
        ran[0].get("error").is_none() && ran[1].get("error").is_some(),
        "{ran:#}"
    );
}

#[test]
fn what_is_written_of_migrations_is_what_the_schema_says_and_nothing_else() {
    let program = program();
    written(&program, "migrate_status", 0, &["migrate", "pending"]);
    written(
        &program,
        "migrate_status",
        0,
        &["migrate", "run", "--dry-run"],
    );
    written(&program, "migrate_status", 4, &["migrate", "status"]);
    program.sql("ALTER TABLE b.notes ADD m text");
    let report = written(
        &program,
        "migrate_report",
        3,
        &["migrate", "run", "--keep-going"],
    );
    assert!(report["schemata"][1].get("error").is_some());
    program
        .folder
        .migration("tenant/9_wrong", "SET search_path TO a", None);
    program.sql("CREATE SCHEMA stray; CREATE INDEX extra ON c.notes (n)");
    let found = written(&program, "check", 4, &["check"]);
    let kinds: BTreeSet<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        Vec::from_iter(kinds),
        ["history", "migration", "registry", "structure"]
    );
    program
        .folder
        .write("migrations/tenant/9_wrong/up.sql", "SELECT 1");
    written(&program, "print_schema", 0, &["print-schema"]);
    for args in [
        &["print-schema", "--out", "schema"][..],
        &["migrate", "generate", "more"],
    ] {
        written(&program, "files", 0, args);
    }
}

#[test]
fn what_is_written_of_the_admin_site_is_what_the_schema_says_and_nothing_else() {
    let program = Program::new();
    program.run(&["init"]).exits(0);
    let args = ["admin", "create-user", "ann", "--generate"];
    written(&program, "admin_password", 0, &args);
    program.run(&["admin", "role", "ann", "office"]).exits(0);
    written(&program, "admin_users", 0, &["admin", "users"]);
    let args = ["admin", "grant", "teacher", "*", "all"];
    written(&program, "admin_grants", 0, &args);
    written(&program, "admin_grants", 0, &["admin", "grants"]);
}

#[test]
fn each_event_is_what_the_schema_says_and_nothing_else() {
    let program = program();
    program.sql("ALTER TABLE b.notes ADD m text; UPDATE multischema.runs SET state = 'running'");
    program
        .folder
        .migration("global/2_more", "CREATE TABLE more ()", None);
    let events = program
        .run(&["migrate", "run", "--events", "--keep-going"])
        .exits(3)
        .lines();
    let wrong = program
        .run(&["migrate", "run", "--events", "--schema", "who"])
        .exits(2)
        .lines();
    let mut kinds = BTreeSet::new();
    for event in events.iter().chain(&wrong) {
        assert_is_exactly("event", event);
        kinds.insert(event["event"].as_str().unwrap());
    }
    // `retried` and `stopping` are elsewhere.
    let all = [
        "began",
        "ended",
        "failed",
        "global",
        "report",
        "resumed",
        "template",
        "visited",
        "wave",
        "wave_ended",
    ];
    assert_eq!(Vec::from_iter(kinds), all);
}

#[test]
fn each_object_of_the_schema_says_which_fields_it_has() {
    let schema = schema();
    let mut paths = Vec::new();
    objects(&schema, "", &mut paths);
    let of_objects = paths
        .iter()
        .map(|it| schema.pointer(it).unwrap())
        .filter(|it| it["type"] == "object");
    let mut count = 0;
    for object in of_objects {
        assert_eq!(object["additionalProperties"], false, "{object:#}");
        let required: BTreeSet<_> = object["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        for field in object["properties"].as_object().unwrap().keys() {
            let is_optional = ["error", "trouble"].contains(&field.as_str());
            assert!(
                is_optional || required.contains(field.as_str()),
                "{field} of {object:#}"
            );
        }
        count += 1;
    }
    assert_eq!(count, 31);
}
