//! How often log-in may be tried. Time is what the rows say: nobody waits.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;

use crate::auth_site::{Browser, PASSWORD, Site, answer, encoded};

fn wrong(browser: &mut Browser<'_>, name: &str) -> u16 {
    browser.log_in(name, "wrong horse battery").status
}

fn pass(site: &Site, time: &str) {
    site.world.run(&format!(
        "UPDATE multischema.admin_attempts SET forgotten_at = forgotten_at - interval '{time}'"
    ));
}

#[test]
fn after_five_wrong_passwords_for_a_name_the_right_one_does_not_pass_either() {
    let site = Site::new();
    let mut browser = site.browser();
    for name in ["ann", "nobody"] {
        for attempt in 0..5 {
            assert_eq!(wrong(&mut browser, name), 422, "{name} {attempt}");
        }
        let answer = browser.log_in(name, PASSWORD);
        assert_eq!(answer.status, 429, "{name}");
        answer
            .says("Too many attempts. Try again in 3 minutes.")
            .says("<title>Error: ");
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((175..=181).contains(&wait), "{wait}");
    }
    // Another's is none of it, nor is this one's elsewhere.
    assert_eq!(browser.log_in("root", PASSWORD).status, 303);
    let mut elsewhere = site.browser();
    elsewhere.address = "198.51.100.7".to_owned();
    assert_eq!(elsewhere.log_in("ann", PASSWORD).status, 429);

    // What was refused counts for nothing, so nobody is kept out for longer by trying on.
    pass(&site, "3 min");
    assert_eq!(browser.log_in("ann", PASSWORD).status, 303);
    for _ in 0..5 {
        assert_eq!(
            wrong(&mut browser, "ann"),
            422,
            "the right one wipes out what was before"
        );
    }
    assert_eq!(wrong(&mut browser, "ann"), 429);
    pass(&site, "15 min");
    for _ in 0..5 {
        assert_eq!(wrong(&mut browser, "ann"), 422);
    }
    assert_eq!(wrong(&mut browser, "ann"), 429);
}

#[test]
fn after_twenty_from_an_address_no_name_passes_from_there() {
    let site = Site::new();
    let mut browser = site.browser();
    for attempt in 0..20 {
        assert_eq!(
            wrong(&mut browser, &format!("name{attempt}")),
            422,
            "{attempt}"
        );
    }
    let answer = browser.log_in("ann", PASSWORD);
    assert_eq!(answer.status, 429);
    assert!(
        answer
            .header("retry-after")
            .unwrap()
            .parse::<u32>()
            .unwrap()
            <= 46
    );
    browser.address = "192.0.2.2".to_owned();
    assert_eq!(browser.log_in("ann", PASSWORD).status, 303);
    // All of one network of IPv6 is one address.
    for attempt in 0..21 {
        browser.address = format!("2001:db8::{attempt}");
        let expected = if attempt < 20 { 422 } else { 429 };
        assert_eq!(
            wrong(&mut browser, &format!("other{attempt}")),
            expected,
            "{attempt}"
        );
    }
    // Right passwords are held against nobody.
    browser.address = "192.0.2.3".to_owned();
    for _ in 0..25 {
        assert_eq!(browser.log_in("root", PASSWORD).status, 303);
    }
    assert_eq!(
        site.value("SELECT bool_and(length(key) = 32) FROM multischema.admin_attempts"),
        "true"
    );
}

#[test]
fn many_at_once_get_no_further_than_one_after_another() {
    let site = Site::of(8, false);
    let form = encoded(&[("name", "ann"), ("password", "wrong horse battery")]);
    let routers = [site.router.clone(), site.another_process()];
    let statuses = site.runtime.block_on(async {
        let tasks: Vec<_> = (0..24)
            .map(|task: usize| {
                let router = routers[task % 2].clone();
                let request = Request::builder().method("POST").uri("/admin/login");
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                let request = request.header("x-test-address", format!("192.0.2.{}", task % 5));
                let request = request.body(Body::from(form.clone())).unwrap();
                tokio::spawn(async move { answer(&router, request).await.status })
            })
            .collect();
        let mut counts = BTreeMap::new();
        for task in tasks {
            *counts.entry(task.await.unwrap()).or_insert(0) += 1;
        }
        counts
    });
    assert_eq!(statuses, BTreeMap::from([(422, 5), (429, 19)]));
}

#[test]
fn another_process_counts_on() {
    let site = Site::new();
    let mut browser = site.browser();
    for _ in 0..3 {
        assert_eq!(wrong(&mut browser, "ann"), 422);
    }
    browser.router = site.another_process();
    for _ in 0..2 {
        assert_eq!(wrong(&mut browser, "ann"), 422);
    }
    assert_eq!(wrong(&mut browser, "ann"), 429);
    browser.router = site.router.clone();
    assert_eq!(browser.log_in("ann", PASSWORD).status, 429);
}

#[test]
fn whoever_looks_after_users_lets_one_in_who_is_kept_out() {
    let site = Site::new();
    let mut browser = site.browser();
    for _ in 0..5 {
        wrong(&mut browser, "ann");
    }
    assert_eq!(browser.log_in("ann", PASSWORD).status, 429);
    site.operators
        .set_password("ann", "another horse battery")
        .unwrap();
    assert_eq!(browser.log_in("ann", "another horse battery").status, 303);
}

#[test]
fn whoever_has_a_session_cannot_try_the_old_password_for_long() {
    let site = Site::new();
    let mut browser = site.logged_in("ann");
    let new = "another horse battery";
    for _ in 0..5 {
        let answer = browser.change_password("wrong horse battery", new, new);
        assert_eq!(answer.status, 422);
        answer.says("This is not your password.");
    }
    let answer = browser.change_password(PASSWORD, new, new);
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(browser.user().as_deref(), Some("ann"));
}

#[test]
fn what_is_forgotten_is_swept() {
    let site = Site::new();
    let mut browser = site.browser();
    wrong(&mut browser, "ann");
    pass(&site, "1 hour");
    // A site sweeps when it begins.
    browser.router = site.another_process();
    browser.get("/admin/login");
    let left = || site.value("SELECT count(*) FROM multischema.admin_attempts");
    for _ in 0..500 {
        if left() == "0" {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{} are left", left());
}
