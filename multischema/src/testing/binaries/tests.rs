use std::error::Error as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Place, Search, folders_of};
use crate::testing::ServerError;
use crate::testing::account::Account;

/// A folder of this test that goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("multischema-binaries-{}-{test}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        folder
    }

    /// Writes a `postgres` and an `initdb` that do what `script` says.
    fn programs(&self, bin: &str, script: &str) -> PathBuf {
        let bin = self.0.join(bin);
        fs::create_dir_all(&bin).unwrap();
        for program in ["postgres", "initdb"] {
            let file = bin.join(program);
            fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        bin
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn found(search: &Search) -> Result<PathBuf, ServerError> {
    let binaries = search.run(Account::choose().unwrap())?;
    Ok(binaries.folder)
}

#[test]
fn the_highest_version_is_a_number() {
    let folder = Folder::new("versions");
    for version in ["9.6", "15", "9", "100", "101beta", "old"] {
        folder.programs(&format!("pgsql-{version}/bin"), "echo fake");
    }
    fs::create_dir(folder.0.join("pgsql-200")).unwrap();

    let search = Search {
        places: vec![
            Place::new("/no/such/place", ""),
            Place::new(&folder.0, "pgsql-"),
        ],
        ..Search::default()
    };

    assert_eq!(found(&search).unwrap(), folder.0.join("pgsql-100/bin"));
}

#[test]
fn a_folder_of_path_comes_before_any_place() {
    let folder = Folder::new("path");
    folder.programs("15/bin", "echo fake");
    let on_path = folder.programs("mine", "echo fake");
    let path = std::env::join_paths([Path::new("relative"), &folder.0, &on_path]).unwrap();

    let search = Search {
        folders: folders_of(Some(path)),
        places: vec![Place::new(&folder.0, "")],
        ..Search::default()
    };

    assert_eq!(search.folders, [folder.0.clone(), on_path.clone()]);
    assert_eq!(found(&search).unwrap(), on_path);
}

#[test]
fn programs_that_do_not_run_are_passed_over() {
    let folder = Folder::new("passed-over");
    folder.programs("16/bin", "exit 1");
    let usable = folder.programs("15/bin", "echo fake");

    let search = Search {
        places: vec![Place::new(&folder.0, "")],
        ..Search::default()
    };

    assert_eq!(found(&search).unwrap(), usable);
}

#[test]
fn programs_that_do_not_run_are_named_if_there_are_no_others() {
    let folder = Folder::new("named");
    let broken = folder.programs("16/bin", "echo no such library >&2; exit 127");
    let search = Search {
        places: vec![Place::new(&folder.0, "")],
        ..Search::default()
    };

    let error = found(&search).unwrap_err();

    assert!(
        error.to_string().contains(broken.to_str().unwrap()),
        "{error}"
    );
    let source = error.source().unwrap().to_string();
    assert!(source.contains("no such library"), "{source}");
}

#[test]
fn the_chosen_folder_is_taken_or_nothing() {
    let folder = Folder::new("chosen");
    folder.programs("15/bin", "echo fake");
    let search = Search {
        chosen: Some(folder.0.join("nowhere")),
        places: vec![Place::new(&folder.0, "")],
        ..Search::default()
    };

    let error = found(&search).unwrap_err();

    assert!(
        matches!(error, ServerError::UnusableBinaries { .. }),
        "{error:?}"
    );
}

#[test]
fn a_machine_without_postgresql_is_told_all_ways_out() {
    let error = found(&Search::default()).unwrap_err().to_string();

    for way in [
        "apt-get install -y postgresql",
        "brew install postgresql@",
        "MULTISCHEMA_PG_BIN",
        "DATABASE_URL",
    ] {
        assert!(error.contains(way), "{way} is missing in: {error}");
    }
}
