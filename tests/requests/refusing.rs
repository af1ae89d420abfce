//! Who does not get in.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use diesel::prelude::*;
use multischema::{AccessError, Schema, SchemaAccess, SchemaName, User};
use multischema_axum::{SchemaLayer, Veto};

use crate::site::{Answer, Site, from, users};

/// A request for a schema in each way that asks, from `/`.
fn ways(user: &str, schema: &str) -> Vec<Request<Body>> {
    let by = |name: &str| from(user, "/").header(name, schema);
    let requests = [
        by("x-change-schema"),
        by("x-claim"),
        from(user, &format!("/?__schema={schema}")),
        from(user, &format!("/__change_schema__/{schema}/")),
    ];
    requests
        .into_iter()
        .map(|it| it.body(Body::empty()).unwrap())
        .collect()
}

/// What comes of each.
fn each_way(site: &Site, user: &str, schema: &str) -> Vec<Answer> {
    ways(user, schema)
        .into_iter()
        .map(|it| site.send(it))
        .collect()
}

/// And of going to its places.
fn each_place(site: &Site, user: &str, schema: &str) -> Vec<Answer> {
    let host = format!("{schema}.example.com");
    let to = from(user, "/").header("host", host);
    vec![
        site.send(to.body(Body::empty()).unwrap()),
        site.get(user, &format!("/t/{schema}/home")),
    ]
}

#[track_caller]
fn are(answers: &[Answer], expected: &str) {
    for answer in answers {
        assert_eq!(answer.short(), expected, "{answers:#?}");
    }
}

const UNKNOWN: &str = "404 there is no such schema";
const FORBIDDEN: &str = "403 you may not use that schema";

/// 49
#[test]
fn who_is_not_logged_in_has_no_schema_and_the_shared_pages() {
    let site = Site::new();
    site.sessions.choose("1", "a");
    assert_eq!(site.get("", "/").short(), "200 -");
    assert_eq!(
        site.sessions.chosen("1"),
        None,
        "it was somebody's who has logged out"
    );
    for schema in ["a", "nobody"] {
        for request in ways("", schema) {
            site.sessions.choose("1", "a");
            let shown = format!("{} {:?}", request.uri(), request.headers());
            assert_eq!(site.send(request).short(), UNKNOWN, "{shown}");
            assert_eq!(site.sessions.chosen("1"), None, "{shown}");
        }
        // The page where to log in is there.
        are(&each_place(&site, "", schema), "200 -");
    }
    assert_eq!(site.get("", "/t/a/rows").status, 400);
}

/// 54
#[test]
fn what_is_not_there_and_what_is_not_ones_own_look_alike() {
    let site = Site::new();
    for schema in [
        "c",
        "nobody",
        "public",
        "multischema",
        "pg_catalog",
        "A",
        "information_schema",
    ] {
        are(&each_way(&site, "ann", schema), UNKNOWN);
        are(&each_place(&site, "ann", schema)[1..], UNKNOWN);
    }
    for schema in ["nobody", "public", "multischema"] {
        are(&each_way(&site, "root!", schema), FORBIDDEN);
        are(&each_place(&site, "root!", schema), FORBIDDEN);
    }
    assert_eq!(site.get("root!", "/t/c/rows").short(), "200 c 1");
}

/// 55
#[test]
fn the_template_is_for_nobody_in_any_way() {
    struct Anything;
    impl SchemaAccess for Anything {
        fn visible(&self, _: &User) -> Result<Arc<[Schema]>, AccessError> {
            Ok(Arc::from([]))
        }
        fn may_use(&self, _: &User, _: &SchemaName) -> Result<bool, AccessError> {
            Ok(true)
        }
    }
    for site in [
        Site::new(),
        Site::of(4, |_, _| SchemaLayer::builder(Anything, users()), |it| it),
    ] {
        are(&each_way(&site, "ann", "__template__"), UNKNOWN);
        are(&each_place(&site, "ann", "__template__"), UNKNOWN);
        are(&each_way(&site, "root!", "__template__"), FORBIDDEN);
        are(&each_place(&site, "root!", "__template__"), FORBIDDEN);
        // Who set the layer up has the template's name.
        let request = from("root!", "/").header("host", "template.example.org");
        let answer = site.send(request.body(Body::empty()).unwrap());
        assert_eq!(answer.short(), FORBIDDEN);
        site.sessions.choose("1", "__template__");
        assert_eq!(site.get("root!", "/").short(), FORBIDDEN);
    }
}

/// 56
#[test]
fn a_suspended_schema_is_for_superusers_and_an_archived_one_for_nobody() {
    let site = Site::new();
    let a: SchemaName = "a".parse().unwrap();
    site.registry.suspend(&a).unwrap();
    are(&each_way(&site, "ann", "a"), UNKNOWN);
    are(&each_place(&site, "ann", "a"), UNKNOWN);
    assert_eq!(site.get("root!", "/t/a/rows").short(), "200 a 1");
    // And is still not for members, on the connection that the superuser had.
    assert_eq!(site.get("ann", "/t/a/rows").short(), UNKNOWN);
    assert_eq!(
        site.get("ann", "/rows").short(),
        "200 b 1",
        "the other is the only one now"
    );
    site.registry.archive(&a).unwrap();
    are(&each_way(&site, "root!", "a"), FORBIDDEN);
    are(&each_place(&site, "root!", "a"), FORBIDDEN);
}

/// 57
#[test]
fn who_is_no_member_any_more_is_refused_on_the_next_request_and_the_one_after_works() {
    let site = Site::new();
    let a: SchemaName = "a".parse().unwrap();
    assert_eq!(site.get("ann", "/?__schema=a").status, 303);
    assert_eq!(site.get("ann", "/rows").short(), "200 a 1");
    site.registry.remove_member(&a, "ann").unwrap();
    assert_eq!(site.get("ann", "/rows").short(), UNKNOWN);
    assert_eq!(site.sessions.chosen("1"), None);
    assert_eq!(site.get("ann", "/rows").short(), "200 b 1");

    site.registry.add_member(&a, "ann", "member").unwrap();
    assert_eq!(site.get("ann", "/?__schema=a").status, 303);
    site.registry.suspend(&a).unwrap();
    assert_eq!(site.get("ann", "/rows").short(), UNKNOWN);
    site.registry.resume(&a).unwrap();
    assert_eq!(site.get("ann", "/?__schema=a").status, 303);
    site.registry.archive(&a).unwrap();
    site.registry.purge(&a).unwrap();
    assert_eq!(site.get("ann", "/rows").short(), UNKNOWN);
    assert_eq!(site.get("ann", "/rows").short(), "200 b 1");
}

/// 59
#[test]
fn a_page_without_a_schema_goes_to_the_chooser_and_all_else_is_told_what_is_missing() {
    let site = Site::with(|it| it.chooser("/schools"));
    let missing = "400 you must select a schema to access this resource";
    for path in ["/rows", "/needs"] {
        assert_eq!(site.get("ann", path).short(), missing);
        let json = from("ann", path).header("accept", "application/json");
        assert_eq!(
            site.send(json.body(Body::empty()).unwrap()).short(),
            missing
        );
        let script = from("ann", path)
            .header("accept", "text/html")
            .header("x-requested-with", "XMLHttpRequest");
        assert_eq!(
            site.send(script.body(Body::empty()).unwrap()).short(),
            missing
        );
        let page = from("ann", &format!("{path}?page=2&q=x%20y"));
        let page = page.header("accept", "text/html,application/xhtml+xml");
        let answer = site.send(page.body(Body::empty()).unwrap());
        assert_eq!(answer.status, 303);
        let next = format!("/schools?next=%2F{}%3Fpage%3D2%26q%3Dx%2520y", &path[1..]);
        assert_eq!(answer.header("location"), Some(&*next));
    }
    // A nested router, which takes the prefix away; who is not logged in has no schema there.
    let page = from("", "/t/a/needs?page=2").header("accept", "text/html");
    let answer = site.send(page.body(Body::empty()).unwrap());
    assert_eq!(
        answer.header("location"),
        Some("/schools?next=%2Ft%2Fa%2Fneeds%3Fpage%3D2")
    );
    let form = from("ann", "/needs")
        .method("POST")
        .header("accept", "text/html");
    let answer = site.send(form.body(Body::empty()).unwrap());
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, Some("/schools"))
    );

    // A table that is in each schema, asked for by SQL of one's own.
    assert_eq!(site.get("ann", "/undefined").short(), missing);
    assert_eq!(
        site.get("ann", "/t/a/undefined").short(),
        "500 something went wrong"
    );
    assert_eq!(
        site.get("ann", "/unrelated").short(),
        "500 something went wrong"
    );
}

#[test]
fn nobody_gets_in_if_it_is_not_known_whether_they_may() {
    let site = Site::new();
    site.world
        .run("ALTER TABLE multischema.members RENAME TO gone");
    for path in ["/t/a/home", "/?__schema=a", "/__change_schema__/a", "/"] {
        assert_eq!(
            site.get("ann", path).short(),
            "500 something went wrong",
            "for {path}"
        );
    }
    assert_eq!(site.get("", "/").short(), "200 -");
    site.sessions.choose("1", "a");
    assert_eq!(site.get("ann", "/").short(), "500 something went wrong");
    assert_eq!(site.sessions.chosen("1").unwrap(), "a");
    site.world
        .run("ALTER TABLE multischema.gone RENAME TO members");
    assert_eq!(site.get("ann", "/t/a/home").short(), "200 a");
    site.sessions.choose("1", "!");
    assert_eq!(site.get("ann", "/").short(), "500 something went wrong");
    assert_eq!(
        site.get("ann", "/t/a/rows").short(),
        "200 a 1",
        "nobody asks the store"
    );
}

/// 61
#[test]
fn the_application_may_veto() {
    let site = Site::with(|it| {
        it.before_activate(|it| match (it.user.id(), it.schema.as_str()) {
            ("ann", "a") => Err(Veto::new("closed today").status(axum::http::StatusCode::LOCKED)),
            _ => Ok(()),
        })
    });
    let mut answers = each_way(&site, "ann", "a");
    answers.extend(each_place(&site, "ann", "a"));
    are(&answers, "423 closed today");
    assert_eq!(site.sessions.chosen("1"), None);
    assert_eq!(site.get("ann", "/t/b/rows").short(), "200 b 1");
    assert_eq!(site.get("root!", "/t/a/rows").short(), "200 a 1");
}

#[test]
fn a_veto_of_what_the_request_does_not_name_keeps_nobody_out_of_the_site() {
    let site = Site::with(|it| {
        it.before_activate(|it| match it.user.is_superuser() {
            true => Ok(()),
            false => Err(Veto::new("closed today")),
        })
    });
    site.sessions.choose("1", "a");
    assert_eq!(site.get("ann", "/").short(), "403 closed today");
    assert_eq!(site.sessions.chosen("1"), None);
    assert_eq!(site.get("ann", "/").short(), "200 -");
    // His only one would be selected by itself.
    assert_eq!(site.get("ben", "/").short(), "200 -");
    assert_eq!(site.get("ben", "/rows").status, 400);
    assert_eq!(site.get("ben", "/t/b/rows").short(), "403 closed today");
}

#[test]
fn an_extractor_without_the_layer_says_so_in_the_log_and_gives_nothing() {
    let site = Site::new();
    let bare = axum::Router::new().route(
        "/",
        axum::routing::get(|it: Option<multischema_axum::CurrentSchema>| async move {
            format!("{it:?}")
        }),
    );
    let request = from("ann", "/")
        .header("x-change-schema", "a")
        .body(Body::empty())
        .unwrap();
    let answer = site.runtime().block_on(crate::site::answer(&bare, request));
    assert_eq!(answer.short(), "500 something went wrong");
}

#[test]
fn a_schema_that_is_dropped_by_raw_sql_is_not_found() {
    let site = Site::new();
    site.world.run("DROP SCHEMA a CASCADE");
    assert_eq!(site.get("ann", "/t/a/rows").status, 404);
    let mut pg = site.world.pg();
    diesel::sql_query("DELETE FROM multischema.members")
        .execute(&mut pg)
        .unwrap();
    assert_eq!(site.get("ann", "/t/a/rows").short(), UNKNOWN);
}
