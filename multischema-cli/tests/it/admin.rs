//! The users of the admin site, and what they may do.

use serde_json::{Value, json};

use crate::program::{Program, Ran, run};

const PASSWORD: &str = "correct horse battery";

fn admin(program: &Program, args: &[&str]) -> Ran {
    program.run(&[&["admin"], args].concat())
}

#[track_caller]
fn document(program: &Program, args: &[&str]) -> Value {
    let ran = program.run(&[&["--format", "json", "admin"], args].concat());
    ran.exits(0).json()
}

/// Runs a command with this on standard input.
fn piped(program: &Program, args: &[&str], input: &[u8]) -> Ran {
    program.run_with(&[&["admin"], args].concat(), input)
}

fn hash(program: &Program) -> String {
    program.value("SELECT password_hash FROM multischema.admin_users WHERE name = 'ann'")
}

#[test]
fn users_are_made_changed_and_listed_in_both_formats() {
    let program = Program::with(&[]);
    admin(&program, &["users"]).exits(0).says("there are none");
    assert_eq!(document(&program, &["users"]), json!([]));

    let line = format!("{PASSWORD}\r\nmore\n");
    let ran = piped(
        &program,
        &["create-user", "ann", "--password-stdin"],
        line.as_bytes(),
    );
    let ran = ran.exits(0).says("made user `ann`");
    assert_eq!(
        ran.rows()[0],
        [
            "user",
            "superuser",
            "active",
            "roles",
            "created_at",
            "last_login"
        ]
    );
    assert_eq!(ran.rows()[1][..4], ["ann", "no", "yes", ""]);
    assert!(hash(&program).starts_with("$argon2id$"));
    piped(
        &program,
        &["create-user", "ann", "--password-stdin"],
        line.as_bytes(),
    )
    .exits(1)
    .says("the admin site has a user \"ann\" already\n  hint: `multischema admin passwd`");

    let made = document(
        &program,
        &["create-user", "root", "--superuser", "--generate"],
    );
    let [password, user] = ["password", "user"].map(|it| made[it].as_str().unwrap());
    assert_eq!((user, password.len()), ("root", 23));
    let before = hash(&program);
    let ran = admin(&program, &["passwd", "ann", "--generate"]).exits(0);
    let ran = ran.says("user `ann` has another password, and is logged out everywhere");
    assert_ne!(ran.rows()[1][1], password);
    assert_ne!(hash(&program), before);

    let users = document(&program, &["users"]);
    let shown: Vec<_> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["user"], &it["is_superuser"], &it["is_active"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("ann"), &json!(false), &json!(true)),
            (&json!("root"), &json!(true), &json!(true))
        ]
    );
    assert_eq!(
        document(&program, &["deactivate", "ann"])[0]["is_active"],
        false
    );
    assert_eq!(
        document(&program, &["activate", "ann"])[0]["is_active"],
        true
    );
    assert_eq!(
        document(&program, &["role", "ann", "office"])[0]["roles"],
        json!(["office"])
    );
    admin(&program, &["role", "ann", "office"])
        .exits(0)
        .says("had already role `office`");
    assert_eq!(
        document(&program, &["role", "ann", "office", "--remove"])[0]["roles"],
        json!([])
    );
    admin(&program, &["role", "ann", "office", "--remove"])
        .exits(1)
        .says("user `ann` has no role `office`");
}

#[test]
fn rights_are_granted_listed_and_revoked() {
    let program = Program::with(&[]);
    admin(&program, &["grants"]).exits(0).says("there are none");
    let granted = document(&program, &["grant", "teacher", "pupils", "change,view"]);
    let of_teacher = json!({"role": "teacher", "model": "pupils", "actions": ["view", "change"]});
    assert_eq!(granted, json!([of_teacher]));
    admin(&program, &["grant", "teacher", "pupils", "view"])
        .exits(0)
        .says("role `teacher` had that for `pupils` already");
    let all = document(&program, &["grant", "head", "*", "all"]);
    assert_eq!(
        all[0]["actions"],
        json!(["view", "add", "change", "delete"])
    );
    let ran = admin(&program, &["grants"]).exits(0);
    assert_eq!(
        ran.rows()[1..],
        [
            ["head", "*", "view, add, change, delete"],
            ["teacher", "pupils", "view, change"]
        ]
    );
    let left = document(&program, &["revoke", "teacher", "pupils", "change,delete"]);
    assert_eq!(left[0]["actions"], json!(["view"]));
    assert_eq!(
        document(&program, &["revoke", "teacher", "pupils", "all"]),
        json!([])
    );
    admin(&program, &["revoke", "teacher", "pupils", "all"])
        .exits(1)
        .says("role `teacher` has no such grant for `pupils`\n  hint: `multischema admin grants`");
    admin(&program, &["grant", "teacher", "pupils", "look"])
        .exits(2)
        .says("view, add, change, delete, all");
    admin(&program, &["grant", "teacher", "pupils"])
        .exits(2)
        .says("required");
    admin(&program, &["grant", " x", "pupils", "view"])
        .exits(2)
        .says("white space");
}

#[test]
fn a_password_is_no_argument_and_is_not_repeated() {
    let program = Program::with(&[]);
    let secret = "Tr0ub4dor and more";
    for args in [
        &["create-user", "ann", secret][..],
        &["passwd", "ann", secret, "--generate"],
        &["create-user", "ann", "--password", secret],
        &["create-user", "ann", &format!("--password={secret}")],
    ] {
        let ran = admin(&program, args).exits(2);
        assert!(
            !ran.stderr.contains("Tr0ub") && ran.stdout.is_empty(),
            "{ran:?}"
        );
    }
    admin(&program, &["create-user", "ann", secret])
        .exits(2)
        .says("a password is none")
        .says("use `--password-stdin` or `--generate`");
    admin(&program, &["create-user", "ann"])
        .exits(2)
        .says("there is no terminal to type a password at");
    let args = ["create-user", "ann", "--password-stdin"];
    for (input, words) in [
        (&b""[..], "there is no password in the first line"),
        (b"\nafterwards\n", "there is no password in the first line"),
        (b"Tr0ub4dor\n", "it has fewer than 12 characters"),
    ] {
        let ran = piped(&program, &args, input).exits(2).says(words);
        assert!(!ran.stderr.contains("Tr0ub"), "{ran:?}");
    }
    let ran = piped(&program, &args, b"Tr0ub4dor \xff and more\n").exits(1);
    assert!(!ran.stderr.contains("Tr0ub"), "{ran:?}");
    let both = [&args[..], &["--generate"]].concat();
    piped(&program, &both, b"x\n")
        .exits(2)
        .says("cannot be used with");
    assert_eq!(document(&program, &["users"]), json!([]));
}

#[test]
fn who_is_not_there_cannot_be_changed() {
    let program = Program::with(&[]);
    for args in [
        &["passwd", "zoe", "--generate"][..],
        &["deactivate", "zoe"],
        &["activate", "zoe"],
        &["role", "zoe", "office"],
    ] {
        let ran = admin(&program, args).exits(1);
        let ran = ran.says("the admin site has no user \"zoe\"\n  hint: `multischema admin users`");
        assert_eq!(ran.stdout, "");
    }
    let program = Program::new();
    admin(&program, &["users"])
        .exits(1)
        .says("multischema init");
}

/// `script` gives the program a terminal of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_password_that_is_typed_is_asked_for_twice_and_not_shown() {
    let program = Program::with(&[]);
    let type_in = |lines: &[&str]| {
        let typed = lines.iter().map(|it| format!("sleep 0.4; echo '{it}'; "));
        let inside = format!(
            "{} --quiet admin create-user ann",
            env!("CARGO_BIN_EXE_multischema")
        );
        let line = format!(
            "({}) | script -qec '{inside}' /dev/null",
            typed.collect::<String>()
        );
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &line]).env("DATABASE_URL", program.url());
        let ran = run(shell.current_dir(program.folder.path("")));
        assert!(ran.stdout.contains("Password:"), "{ran:?}");
        assert!(!ran.stdout.contains("horse"), "it is shown: {ran:?}");
        ran
    };
    let ran = type_in(&[PASSWORD, "another horse battery"]).exits(2);
    assert!(
        ran.stdout.contains("the two passwords are not the same"),
        "{ran:?}"
    );
    type_in(&[PASSWORD, PASSWORD]).exits(0);
    assert!(hash(&program).starts_with("$argon2id$"));
}
