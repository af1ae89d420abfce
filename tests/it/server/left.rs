//! Nothing of a server is left, however its process ends.

use std::os::unix::process::ExitStatusExt as _;
use std::thread;
use std::time::Duration;

use super::ground::{Ground, first_line, soon, stderr};
use super::{connect, kill};

const SIGABRT: i32 = 6;

#[test]
fn dropping_a_server_leaves_nothing_at_once() {
    let ground = Ground::new();
    let child = ground.hold_server("drop").spawn().unwrap();
    let holder = child.id();

    let output = child.wait_with_output().unwrap();

    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(ground.server(), None);
    let mut left = ground.processes(holder);
    left.retain(|process| process.contains("postgres"));
    assert_eq!(left, [""; 0]);
    ground.assert_nothing_left(holder); // the watchdog's own children
}

#[test]
fn panicking_process_leaves_nothing() {
    let ground = Ground::new();
    let mut child = ground.hold_server("panic").spawn().unwrap();

    assert_eq!(child.wait().unwrap().code(), Some(101));
    ground.assert_nothing_left(child.id());
}

#[test]
fn aborting_process_leaves_nothing() {
    let ground = Ground::new();
    let mut child = ground.hold_server("abort").spawn().unwrap();

    assert_eq!(child.wait().unwrap().signal(), Some(SIGABRT));
    ground.assert_nothing_left(child.id());
}

#[test]
fn exiting_process_with_a_server_in_a_static_leaves_nothing() {
    let ground = Ground::new();
    let mut child = ground.hold_server("exit").spawn().unwrap();

    assert_eq!(child.wait().unwrap().code(), Some(0));
    ground.assert_nothing_left(child.id());
}

#[test]
fn killed_process_leaves_nothing() {
    let ground = Ground::new();
    let mut child = ground.hold_server("hold").spawn().unwrap();
    let url = first_line(&mut child);

    // What is looked for afterwards is there before.
    let _open = connect(&url);
    assert!(ground.server().is_some());
    assert!(
        ground.processes(child.id()).len() > 5,
        "{:?}",
        ground.processes(child.id())
    );

    kill(&mut child);
    ground.assert_nothing_left(child.id());
}

#[test]
fn child_that_outlives_the_process_does_not_keep_the_server() {
    let ground = Ground::new();
    let mut child = ground.hold_server("abort with child").spawn().unwrap();

    assert_eq!(child.wait().unwrap().signal(), Some(SIGABRT));
    let left = soon("the server goes", || {
        let left = ground.processes(child.id());
        (left.len() <= 1).then_some(left)
    });
    assert_eq!(left, ["sleep 10"], "the child is to end after the server");
    assert_eq!(ground.server(), None);
}

#[test]
fn process_killed_while_it_starts_leaves_nothing() {
    for stage in [
        "",
        "log",
        "template/PG_VERSION",
        "template/base/1/1259",
        "data",
    ] {
        let ground = Ground::new();
        let mut child = ground.hold_server("hold").spawn().unwrap();
        soon(stage, || {
            ground.server().filter(|it| it.join(stage).exists())
        });

        kill(&mut child);
        assert_eq!(
            first_line(&mut child),
            "",
            "it was too fast to be killed at {stage:?}"
        );
        ground.assert_nothing_left(child.id());
    }
}

#[test]
fn process_killed_at_any_moment_leaves_nothing() {
    let grounds: Vec<_> = (0..10).map(|_| Ground::new()).collect();
    let mut killed = Vec::new();
    for (ground, millis) in grounds.iter().zip((0..).step_by(4)) {
        let mut child = ground.hold_server("hold").spawn().unwrap();
        thread::sleep(Duration::from_millis(millis));
        kill(&mut child);
        killed.push(child.id());
    }

    for (ground, holder) in grounds.iter().zip(killed) {
        ground.assert_nothing_left(holder);
    }
}
