//! What the program says of itself. All that is shown as an example is run.

use std::process::Command;

use crate::program::{Folder, NOWHERE, run};

/// The help of a command and of all below it.
fn helps(folder: &Folder, path: &[&str], seen: &mut Vec<(String, String)>) {
    let help = folder.run(&[path, &["--help"]].concat()).exits(0).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap_or_default();
    let commands = commands.split("\n\n").next().unwrap_or_default();
    for line in commands.lines().filter(|it| it.starts_with("  ")) {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" && !line.starts_with("   ") {
            helps(folder, &[path, &[name]].concat(), seen);
        }
    }
    seen.push((path.join(" "), help.clone()));
}

/// Commands that need no database.
const ALONE: [&str; 2] = ["completions ", "migrate generate "];

/// Fails unless the program understands a line of a shell, which is not to reach any database.
#[track_caller]
fn is_understood(line: &str) {
    let folder = Folder::new();
    folder.make("migrations/tenant");
    folder.make("src");
    let command = line.trim_start_matches("multischema ");
    let is_alone = ALONE.iter().any(|it| command.starts_with(it));
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_multischema");
    let line = line.replacen("multischema", program, 1);
    shell.args(["-c", &line]).env("DATABASE_URL", NOWHERE);
    let ran = run(shell.current_dir(folder.path("")));
    let is_right = match is_alone {
        true => ran.status == 0,
        false => ran.status == 1 && ran.stderr.contains("/nowhere"),
    };
    assert!(is_right, "for {line}: {ran:#?}");
}

#[test]
fn every_command_shows_an_example_that_the_program_understands() {
    let folder = Folder::new();
    let mut seen = Vec::new();
    helps(&folder, &[], &mut seen);
    let names: Vec<&String> = seen.iter().map(|it| &it.0).collect();
    assert_eq!(seen.len(), 43, "{names:?}");
    for (command, help) in seen {
        let example = help.split("Example:\n").nth(1);
        let example = example.unwrap_or_else(|| panic!("no example for `{command}`"));
        let example = example.trim();
        let start = format!("multischema {command}");
        assert!(example.starts_with(start.trim_end()), "{example}");
        is_understood(example);
    }
}

#[test]
fn the_commands_in_the_readme_are_understood() {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(str::lines);
    let lines: Vec<&str> = lines.filter(|it| it.starts_with("multischema ")).collect();
    assert!(lines.len() > 10, "{lines:#?}");
    for line in lines {
        is_understood(line);
    }
}

#[test]
fn the_help_and_the_readme_list_the_exit_statuses_and_the_ways_to_a_database() {
    let help = Folder::new().run(&["--help"]).exits(0).stdout;
    let readme = include_str!("../../README.md");
    for text in [&help, readme] {
        for words in ["DATABASE_URL", "~/.pgpass", "multischema.toml"] {
            assert!(text.contains(words), "{words}");
        }
    }
    for status in 0..=4 {
        assert!(help.contains(&format!("\n  {status}  ")), "{status}");
        assert!(readme.contains(&format!("\n| {status} |")), "{status}");
    }
}

#[test]
fn without_a_command_the_help_is_shown_as_a_mistake() {
    let folder = Folder::new();
    folder.run(&[]).exits(2).says("Usage: multischema");
    folder
        .run(&["schema"])
        .exits(2)
        .says("multischema schema list");
    folder.run(&["--version"]).exits(0);
}
