//! Choosing another schema, and from where.

use std::sync::{Arc, Mutex};

use axum::body::Body;

use crate::site::{Answer, Site, bare, from, post};

/// 51
#[test]
fn a_parameter_is_taken_out_of_the_address_and_all_others_stay_as_they_are() {
    let site = Site::new();
    for (path, location) in [
        ("/?__schema=a&foo=bar", "/?foo=bar"),
        ("/?foo=bar&__schema=a", "/?foo=bar"),
        ("/?__schema=a", "/"),
        ("/x/y?q=a%20b+c&__schema=a&q=&z", "/x/y?q=a%20b+c&q=&z"),
        ("/?%5F%5Fschema=a&n=1", "/?n=1"),
        ("/?__schema=a&__schema=a&n=1", "/?n=1"),
        ("//evil.example/?__schema=a", "/evil.example/"),
        ("/%0d%0aX:y?__schema=a", "/%0d%0aX:y"),
    ] {
        let answer = site.get("ann", path);
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, Some(location)),
            "for {path}"
        );
        assert_eq!(site.sessions.chosen("1").unwrap(), "a");
    }
    let head = from("ann", "/?__schema=b&n=1").method("HEAD");
    assert_eq!(site.send(head.body(Body::empty()).unwrap()).status, 303);
    assert_eq!(site.get("ann", "/rows").short(), "200 b 1");

    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let request = from("ann", "/?__schema=a").method(method);
        let answer = site.send(request.body(Body::empty()).unwrap());
        assert_eq!(
            answer.short(),
            "400 a schema cannot be selected by this method"
        );
    }
    assert_eq!(site.get("ann", "/?__schema=a&__schema=b").status, 400);
    assert_eq!(site.sessions.chosen("1").unwrap(), "b");
    assert_eq!(
        site.get("ann", "/?__schema=&n=1").header("location"),
        Some("/?n=1")
    );
    assert_eq!(site.sessions.chosen("1"), None);
    assert_eq!(site.get("ann", "/?x__schema=a").short(), "200 -");
}

/// 53
#[test]
fn the_path_tells_what_was_selected_in_a_line() {
    let site = Site::new();
    assert_eq!(
        site.get("ann", "/__change_schema__/a/").short(),
        "200 Schema changed to a"
    );
    assert_eq!(site.get("ann", "/rows").short(), "200 a 1");
    assert_eq!(
        site.get("ann", "/__change_schema__/b").short(),
        "200 Schema changed to b"
    );
    assert_eq!(site.get("ann", "/rows").short(), "200 b 1");
    for path in ["/__change_schema__/", "/__change_schema__"] {
        site.sessions.choose("1", "b");
        assert_eq!(site.get("ann", path).short(), "200 Schema deselected");
        assert_eq!(site.sessions.chosen("1"), None);
    }
    assert_eq!(site.get("ann", "/__change_schema__/c").status, 404);
    assert_eq!(site.get("ann", "/__change_schema__/a/b").status, 404);
    let put = from("ann", "/__change_schema__/a").method("PUT");
    let refused = site.send(put.body(Body::empty()).unwrap());
    assert_eq!(refused.status, 405);
    assert_eq!(refused.header("allow"), Some("GET, HEAD, POST"));
}

fn form(path: &str, headers: &[(&str, &str)], body: &str) -> axum::http::Request<Body> {
    let mut request = bare("ann", path)
        .method("POST")
        .header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

#[test]
fn a_form_selects_and_goes_on_to_a_page_of_this_site() {
    let site = Site::new();
    let send = |path: &str, body: &str| {
        let Answer {
            status, headers, ..
        } = site.send(form(path, &[], body));
        let location = headers
            .get("location")
            .map(|it| it.to_str().unwrap().to_owned());
        (status.as_u16(), location, site.sessions.chosen("1"))
    };
    let some = |it: &str| Some(it.to_owned());
    assert_eq!(
        send("/__change_schema__/", "schema=a&next=%2Frows%3Fn%3D1"),
        (303, some("/rows?n=1"), some("a"))
    );
    assert_eq!(
        send("/__change_schema__/b", "next=//evil.example"),
        (303, some("/evil.example"), some("b"))
    );
    // A form that is sent here must not be what makes another choice.
    for next in [
        "/?__schema=b",
        "/__change_schema__/b",
        "/x/../__change_schema__/b",
    ] {
        let next = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
        let body = format!("schema=a&next={next}");
        assert_eq!(
            send("/__change_schema__/", &body),
            (303, some("/"), some("a"))
        );
    }
    assert_eq!(send("/__change_schema__/a", ""), (200, None, some("a")));
    assert_eq!(
        send("/__change_schema__/", "schema=&next=/"),
        (303, some("/"), None)
    );
    assert_eq!(send("/__change_schema__/a", "schema=b"), (404, None, None));
    assert_eq!(
        send("/__change_schema__/", "schema=a&schema=b"),
        (404, None, None)
    );
    assert_eq!(send("/__change_schema__/", "schema=c"), (404, None, None));

    let json = post("ann", "/__change_schema__/").header("content-type", "application/json");
    let answer = site.send(json.body(Body::from("{\"schema\":\"a\"}")).unwrap());
    assert_eq!(
        answer.short(),
        "400 the schema to select is to be sent as a form"
    );
    let long = format!("schema=a&x={}", "x".repeat(20_000));
    let long = post("ann", "/__change_schema__/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(long));
    assert_eq!(site.send(long.unwrap()).status, 413);
    assert_eq!(site.sessions.chosen("1"), None);
}

/// 62
#[test]
fn another_site_cannot_have_a_browser_select() {
    let elsewhere = [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example"), ("host", "example.com")],
        &[("origin", "null"), ("host", "example.com")],
    ];
    let here = [
        &[("sec-fetch-site", "same-origin")][..],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://example.com"), ("host", "example.com")],
        &[("referer", "http://example.com/x"), ("host", "example.com")],
    ];
    let get = |path: &str, headers: &[(&str, &str)]| {
        let mut request = bare("ann", path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    };
    let site = Site::new();
    for headers in elsewhere {
        for request in [
            get("/?__schema=a", headers),
            get("/__change_schema__/a", headers),
            form("/__change_schema__/a", headers, ""),
            form("/__change_schema__/", headers, "schema=a"),
        ] {
            let answer = site.send(request);
            assert_eq!(
                answer.short(),
                "403 a schema cannot be selected from another site"
            );
            assert_eq!(site.sessions.chosen("1"), None);
        }
        // What changes nothing is let through.
        assert_eq!(site.send(get("/t/a/home", headers)).status, 200);
    }
    for headers in here {
        assert_eq!(site.send(get("/?__schema=a", headers)).status, 303);
        assert_eq!(site.send(get("/__change_schema__/b", headers)).status, 200);
        assert_eq!(
            site.send(form("/__change_schema__/a", headers, "")).status,
            200
        );
        assert_eq!(site.sessions.chosen("1").unwrap(), "a");
    }
    let site = Site::with(|it| it.allow_cross_site());
    for headers in elsewhere {
        assert_eq!(site.send(get("/?__schema=a", headers)).status, 303);
        assert_eq!(
            site.send(form("/__change_schema__/b", headers, "")).status,
            403,
            "a form never"
        );
        let picture = [headers, &[("sec-fetch-mode", "no-cors")]].concat();
        assert_eq!(site.send(get("/?__schema=a", &picture)).status, 403);
        let link = [headers, &[("sec-fetch-mode", "navigate")]].concat();
        assert_eq!(site.send(get("/?__schema=a", &link)).status, 303);
    }
    let script = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "cors"),
    ];
    assert_eq!(site.send(get("/?__schema=a", &script)).status, 303);
    assert_eq!(site.send(get("/?__schema=a", &[])).status, 303);
}

/// Over plain http a browser leaves `Sec-Fetch-Site` out, and a link has no `Origin`.
#[test]
fn a_link_over_plain_http_is_judged_by_where_it_was() {
    let refused = "403 a schema cannot be selected from another site";
    let site = Site::new();
    for referer in [
        None,
        Some("http://evil.example/"),
        Some("http://evil.example/?http://example.com/"),
        Some("http://example.com.evil.example/"),
        Some("http://example.com@evil.example/"),
        Some("http://example.com:8080/"),
        Some("about:blank"),
        Some(""),
    ] {
        for path in ["/?__schema=a", "/__change_schema__/a", "/?__schema="] {
            let mut request = bare("ann", path).header("host", "example.com");
            if let Some(referer) = referer {
                request = request.header("referer", referer);
            }
            let answer = site.send(request.body(Body::empty()).unwrap());
            assert_eq!(answer.short(), refused, "{path} from {referer:?}");
        }
        assert_eq!(site.sessions.chosen("1"), None);
    }
    let own = bare("ann", "/?__schema=a")
        .header("host", "example.com:80")
        .header("referer", "http://EXAMPLE.com:80/pupils?n=1");
    assert_eq!(site.send(own.body(Body::empty()).unwrap()).status, 303);
    // A program that has no cookies is nobody's browser: here, nothing can be remembered for it.
    let program = axum::http::Request::get("/__change_schema__/a").header("x-user", "ann");
    let answer = site.send(program.body(Body::empty()).unwrap());
    assert_eq!(answer.short(), "500 something went wrong");
}

#[test]
fn a_choice_that_disagrees_with_where_it_is_made_is_not_remembered() {
    let site = Site::new();
    let send = |user: &str, path: &str, header: Option<(&str, &str)>| {
        let mut request = from(user, path);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        site.send(request.body(Body::empty()).unwrap())
    };
    for (path, header) in [
        ("/t/a/home?__schema=b", None),
        ("/?__schema=b", Some(("x-change-schema", "a"))),
        ("/?__schema=b", Some(("x-claim", "a"))),
        ("/?__schema=b", Some(("host", "a.example.org"))),
        ("/__change_schema__/b", Some(("host", "a.example.com"))),
        ("/t/a/home?__schema=nobody", None),
        ("/t/a/home?__schema=", Some(("x-change-schema", "b"))),
    ] {
        for user in ["ann", "root!", ""] {
            let answer = send(user, path, header);
            assert_eq!(
                answer.short(),
                "400 the request names more than one schema",
                "{user} {path} {header:?}"
            );
            assert_eq!(site.sessions.chosen("1"), None);
        }
    }
    let by_form = form(
        "/__change_schema__/",
        &[("host", "a.example.com")],
        "schema=b",
    );
    assert_eq!(site.send(by_form).status, 400);
    assert_eq!(send("ann", "/t/a/home?__schema=a", None).status, 303);
    assert_eq!(site.sessions.chosen("1").unwrap(), "a");
    let place = Some(("host", "a.example.com"));
    assert_eq!(send("ann", "/?__schema=", place).status, 303);
    assert_eq!(site.sessions.chosen("1"), None);
}

#[test]
fn the_path_where_one_chooses_is_no_schema_where_each_path_begins_with_one() {
    use multischema_axum::{PathPrefix, SchemaLayer};
    let site = Site::new();
    let router = axum::Router::new().fallback(|| async { "page" }).layer(
        SchemaLayer::builder(site.registry.clone(), crate::site::users())
            .remember(site.sessions.clone())
            .resolver(PathPrefix::new("/"))
            .build(),
    );
    let request = from("ann", "/__change_schema__/a")
        .body(Body::empty())
        .unwrap();
    let answer = site
        .runtime()
        .block_on(crate::site::answer(&router, request));
    assert_eq!(answer.short(), "200 Schema changed to a");
}

/// 58 and 60
#[test]
fn the_same_again_saves_nothing_and_a_change_is_told() {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = [Arc::clone(&told), Arc::clone(&told)];
    let [switched, activated] = heard;
    let site = Site::with(|it| {
        it.on_switch(move |it| {
            let to = it.to.map_or("-", |it| it.as_str());
            let told = format!("{} {} {to}", it.user.id(), it.from.unwrap_or("-"));
            switched.lock().unwrap().push(told);
        })
        .after_activate(move |it| activated.lock().unwrap().push(it.schema.to_string()))
    });
    for path in [
        "/?__schema=a",
        "/?__schema=a",
        "/__change_schema__/a",
        "/__change_schema__/b",
        "/",
        "/?__schema=",
        "/?__schema=",
    ] {
        site.get("ann", path);
    }
    assert_eq!(
        *told.lock().unwrap(),
        ["ann - a", "ann a b", "b", "ann b -"]
    );
    assert_eq!(*site.sessions.saved.lock().unwrap(), 3);
}

#[test]
fn without_a_session_nothing_is_remembered_and_the_ways_to_choose_are_ordinary_paths() {
    use multischema_axum::{Header, SchemaLayer};
    let site = Site::new();
    let layer = SchemaLayer::builder(site.registry.clone(), crate::site::users())
        .resolver(Header::default());
    let router = axum::Router::new()
        .route("/", axum::routing::get(|| async { "page" }))
        .layer(layer.build());
    let send = |path: &str| {
        let request = from("ann", path).body(Body::empty()).unwrap();
        site.runtime()
            .block_on(crate::site::answer(&router, request))
            .short()
    };
    assert_eq!(send("/?__schema=a"), "200 page");
    assert_eq!(send("/__change_schema__/a"), "404 ");
}

#[test]
fn a_layer_sees_what_the_router_around_it_leaves_and_no_fallback_that_is_merged_in_later() {
    use axum::Router;
    use axum::routing::get;
    use multischema_axum::{CurrentSchema, PathPrefix, SchemaLayer};
    let site = Site::new();
    let shown = |schema: Option<CurrentSchema>| async move {
        schema.map_or("-".to_owned(), |it| it.to_string())
    };
    let layered = Router::new().route("/page", get(shown)).layer(
        SchemaLayer::builder(site.registry.clone(), crate::site::users())
            .remember(site.sessions.clone())
            .resolver(PathPrefix::default())
            .build(),
    );
    let send = |router: &Router, path: &str| {
        let request = from("ann", path).body(Body::empty()).unwrap();
        site.runtime()
            .block_on(crate::site::answer(router, request))
    };
    let nested = Router::new().nest("/t/{schema}", layered.clone());
    assert_eq!(send(&nested, "/t/a/page").short(), "200 -");
    let answer = send(&nested, "/t/a/page?__schema=a");
    assert_eq!(answer.header("location"), Some("/t/a/page"));

    let merged = layered
        .clone()
        .merge(Router::new().route("/bare", get(shown)));
    assert_eq!(send(&layered, "/__change_schema__/a").status, 200);
    assert_eq!(send(&merged, "/__change_schema__/a").status, 404);
    assert_eq!(send(&merged, "/bare").status, 500);
}
