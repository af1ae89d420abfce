//! The `rust-version` that the library states is true of what it depends on.

use std::collections::HashMap;
use std::process::Command;

use serde_json::Value;

#[test]
fn no_dependency_of_the_library_asks_for_a_newer_rust() {
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--all-features",
            "--locked",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages: HashMap<&str, &Value> = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let ours = packages
        .iter()
        .find(|(_, package)| package["name"] == "multischema")
        .unwrap();
    let stated = version(ours.1).unwrap();

    let (mut seen, mut next) = (vec![], vec![*ours.0]);
    while let Some(id) = next.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let asked = version(packages[id]);
        let name = &packages[id]["name"];
        assert!(
            asked.as_ref().is_none_or(|asked| *asked <= stated),
            "{name} asks for Rust {asked:?}, we state {stated:?}"
        );
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds.iter().any(|kind| kind["kind"] != "dev") {
                next.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    assert!(
        seen.len() > 20,
        "found {} packages only; is this the right graph?",
        seen.len()
    );
}

fn by_id(list: &Value) -> HashMap<&str, &Value> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| (item["id"].as_str().unwrap(), item))
        .collect()
}

fn version(package: &Value) -> Option<Vec<u32>> {
    let text = package["rust_version"].as_str()?;
    Some(
        text.split('.')
            .take(2)
            .map(|part| part.parse().unwrap())
            .collect(),
    )
}
