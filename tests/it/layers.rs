//! The modules of the library point one way.

use std::fs;
use std::path::{Path, PathBuf};

/// A module may use those before it.
const ORDER: [&str; 20] = [
    "diesel_internal",
    "name",
    "quoted",
    "patience",
    "kept",
    "lifecycle",
    "path",
    "model",
    "scope",
    "pool",
    "transaction",
    "catalog",
    "template",
    "interruption",
    "drift",
    "registry",
    "access",
    "migrate",
    "fixture",
    "error",
];

#[test]
fn a_module_uses_only_those_before_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../multischema/src");
    let mut uses = 0;
    for file in files(&src) {
        let within = file.strip_prefix(&src).unwrap();
        let module = within
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        let Some(own) = ORDER.iter().position(|name| *name == module) else {
            continue;
        };
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for path in code.split("crate::").skip(1) {
                let used = path
                    .split(|char: char| !char.is_alphanumeric() && char != '_')
                    .next()
                    .unwrap();
                // What a macro writes is no use of a module.
                if path[used.len()..].starts_with('!') {
                    continue;
                }
                let position = ORDER.iter().position(|name| *name == used);
                let place = format!("{}:{}: `crate::{used}`", within.display(), number + 1);
                assert!(
                    position.is_some_and(|position| position <= own),
                    "{place} is not before `{module}`"
                );
                uses += 1;
            }
        }
    }
    assert!(
        uses > 10,
        "found {uses} uses only; is this reading the right files?"
    );
}

#[test]
fn diesels_hidden_api_is_used_in_one_file() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../multischema/src");
    let users: Vec<_> = files(&src)
        .into_iter()
        .filter(|file| {
            fs::read_to_string(file)
                .unwrap()
                .contains("diesel::internal")
        })
        .map(|file| file.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(users, ["diesel_internal.rs"]);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
