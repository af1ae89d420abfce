//! The rows of a request, and what is left of it.

use std::time::{Duration, Instant};

use axum::body::Body;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use multischema::{SchemaAccess, SchemaName, TenantPool};
use multischema_axum::{CurrentSchema, DbError, tenant_task};
use multischema_tests::titles;

use crate::site::{Site, answer, cached, from, users};

fn small() -> Site {
    use multischema_axum::SchemaLayer;
    Site::of(
        1,
        |registry, _| SchemaLayer::builder(cached(registry), users()),
        |it| it,
    )
}

fn wait_until(is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < end, "it never was");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// 40
#[test]
fn a_panic_and_a_cancelled_request_leave_nothing_behind() {
    let site = small();
    assert_eq!(site.get("ann", "/t/a/rows").short(), "200 a 1");
    for _ in 0..3 {
        assert_eq!(
            site.get("ann", "/t/a/panic").short(),
            "500 something went wrong"
        );
        assert_eq!(site.get("ann", "/t/b/rows").short(), "200 b 1");
    }
    let request = from("ann", "/t/a/slow").body(Body::empty()).unwrap();
    let cancelled = site.runtime().block_on(async {
        tokio::time::timeout(Duration::from_millis(300), answer(&site.router, request)).await
    });
    assert!(cancelled.is_err());
    assert_eq!(site.get("ann", "/t/b/rows").short(), "200 b 1");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    wait_until(|| multischema_tests::value(&mut site.world.pg(), &format!("({open})")) == "0");
}

#[test]
fn a_request_that_needs_no_rows_has_no_connection() {
    let site = small();
    assert_eq!(site.get("ann", "/t/a/rows").short(), "200 a 1");
    let held = site.pool.tenant(&"b".parse().unwrap()).unwrap();
    assert_eq!(site.get("ann", "/t/a/home").short(), "200 a");
    assert_eq!(site.get("ann", "/t/a/needs").short(), "200 a");
    drop(held);
    assert_eq!(site.get("ann", "/t/a/rows").short(), "200 a 1");
}

/// 41
#[test]
fn two_clients_that_take_turns_see_their_own_rows_only() {
    let site = Site::of(
        2,
        |registry, _| multischema_axum::SchemaLayer::builder(cached(registry), users()),
        |it| it,
    );
    for round in 0..500 {
        let (schema, user) = if round % 2 == 0 {
            ("a", "ann")
        } else {
            ("b", "ben")
        };
        let answer = site.get(user, &format!("/t/{schema}/rows"));
        assert_eq!(
            answer.short(),
            format!("200 {schema} 1"),
            "in round {round}"
        );
    }
}

/// 42
#[test]
fn many_at_once_see_their_own_rows_only() {
    let site = Site::of(
        3,
        |registry, _| multischema_axum::SchemaLayer::builder(cached(registry), users()),
        |it| it,
    );
    site.runtime().block_on(async {
        let tasks: Vec<_> = (0..8)
            .map(|task: usize| {
                let router = site.router.clone();
                tokio::spawn(async move {
                    for round in 0..60 {
                        let (schema, user) =
                            [("a", "ann"), ("b", "ben"), ("b", "ann"), ("c", "root!")]
                                [(task + round) % 4];
                        let request = from(user, &format!("/t/{schema}/rows"))
                            .body(Body::empty())
                            .unwrap();
                        assert_eq!(
                            answer(&router, request).await.short(),
                            format!("200 {schema} 1")
                        );
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// A schema as the layer hands it to a handler.
pub(crate) fn current(site: &Site, user: &str, schema: &str) -> CurrentSchema {
    current_by(site, site.registry.clone(), user, schema)
}

/// One whose layer asks this.
pub(crate) fn current_by(
    site: &Site,
    access: impl SchemaAccess + 'static,
    user: &str,
    schema: &str,
) -> CurrentSchema {
    use std::sync::{Arc, Mutex};
    use tower::{Layer, Service, ServiceExt};
    let kept: Arc<Mutex<Option<CurrentSchema>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let layer = multischema_axum::SchemaLayer::builder(access, users())
        .pool(site.pool.clone())
        .resolver(multischema_axum::Header::default())
        .build();
    let inner = tower::service_fn(move |request: axum::extract::Request| {
        *keep.lock().unwrap() = request.extensions().get().cloned();
        async { Ok(axum::response::Response::new(Body::empty())) }
    });
    let mut service = layer.layer(inner);
    let request = from(user, "/")
        .header("x-change-schema", schema)
        .body(Body::empty())
        .unwrap();
    site.runtime()
        .block_on(async { service.ready().await.unwrap().call(request).await.unwrap() });
    let current = kept.lock().unwrap().take();
    current.unwrap()
}

#[test]
fn a_task_takes_the_schema_along_and_asks_again() {
    let site = Site::new();
    let schema = current(&site, "ann", "a");
    let run = || {
        site.runtime().block_on(async {
            let task = tenant_task::spawn(&schema, |db| async move { Ok(db.run(titles).await?) });
            task.await.unwrap()
        })
    };
    assert_eq!(run().unwrap(), ["a 1"]);
    let a: SchemaName = "a".parse().unwrap();
    site.registry.remove_member(&a, "ann").unwrap();
    let error = run().unwrap_err();
    assert!(
        matches!(error, tenant_task::TaskError::Refused(_)),
        "{error:?}"
    );
}

#[test]
fn an_error_of_the_database_says_whose_fault_it_is_and_nothing_else() {
    use axum::response::IntoResponse;
    let of = |kind| DieselError::DatabaseError(kind, Box::new("secret detail".to_owned()));
    for (error, status) in [
        (DieselError::NotFound, 404),
        (of(DatabaseErrorKind::UniqueViolation), 409),
        (of(DatabaseErrorKind::ForeignKeyViolation), 409),
        (of(DatabaseErrorKind::SerializationFailure), 409),
        (of(DatabaseErrorKind::CheckViolation), 422),
        (of(DatabaseErrorKind::NotNullViolation), 422),
        (of(DatabaseErrorKind::ClosedConnection), 503),
        (of(DatabaseErrorKind::Unknown), 500),
        (DieselError::RollbackTransaction, 500),
    ] {
        let response = DbError::from(error).into_response();
        assert_eq!(response.status().as_u16(), status);
        let body = http_body_util::BodyExt::collect(response.into_body());
        let site = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let text = site.block_on(body).unwrap().to_bytes();
        assert!(!String::from_utf8_lossy(&text).contains("secret"));
    }
}

#[test]
fn where_no_connection_comes_free_one_is_to_try_again() {
    let site = small();
    let pool = TenantPool::builder(site.world.url())
        .max_size(1)
        .checkout_timeout(Duration::from_millis(200));
    let pool = pool.build().unwrap();
    let layer = multischema_axum::SchemaLayer::builder(cached(&site.registry), users())
        .pool(pool.clone())
        .resolver(multischema_axum::PathPrefix::default());
    let rows = |db: multischema_axum::TenantDb| async move {
        Ok::<_, DbError>(db.run(titles).await?.join(" "))
    };
    let router = axum::Router::new()
        .route("/t/{schema}/rows", axum::routing::get(rows))
        .layer(layer.build());
    let send = || {
        let request = from("ann", "/t/a/rows").body(Body::empty()).unwrap();
        site.runtime().block_on(answer(&router, request))
    };
    let held = pool.tenant(&"b".parse().unwrap()).unwrap();
    let refused = send();
    assert_eq!(refused.short(), "503 try again in a moment");
    assert_eq!(refused.header("retry-after"), Some("1"));
    drop(held);
    assert_eq!(send().short(), "200 a 1");
}

#[test]
fn where_no_connection_is_free_to_ask_for_permission_nobody_gets_in() {
    let site = small();
    let pool = TenantPool::builder(site.world.url())
        .max_size(1)
        .checkout_timeout(Duration::from_millis(200));
    let pool = pool.build().unwrap();
    // One that remembers nothing.
    let registry = multischema::Registry::new(pool.clone());
    let layer = multischema_axum::SchemaLayer::builder(registry, users())
        .resolver(multischema_axum::PathPrefix::default());
    let router = axum::Router::new()
        .route("/t/{schema}", axum::routing::get(|| async { "in" }))
        .layer(layer.build());
    let send = || {
        let request = from("ann", "/t/a").body(Body::empty()).unwrap();
        site.runtime().block_on(answer(&router, request))
    };
    let held = pool.tenant(&"b".parse().unwrap()).unwrap();
    let refused = send();
    assert_eq!(refused.short(), "503 try again in a moment");
    assert_eq!(refused.header("retry-after"), Some("1"));
    drop(held);
    assert_eq!(send().short(), "200 in");
}

#[test]
fn what_a_request_that_was_dropped_had_not_begun_is_not_done() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let site = small();
    let done = Arc::new(AtomicUsize::new(0));
    let layer = multischema_axum::SchemaLayer::builder(cached(&site.registry), users())
        .pool(site.pool.clone())
        .resolver(multischema_axum::PathPrefix::default());
    let (of_tenant, of_all) = (Arc::clone(&done), Arc::clone(&done));
    let note = |done: Arc<AtomicUsize>| {
        move || {
            done.fetch_add(1, Ordering::SeqCst);
            Ok::<_, DbError>(())
        }
    };
    let of_tenant = move |db: multischema_axum::TenantDb| {
        let note = note(Arc::clone(&of_tenant));
        async move { db.run(move |_| note()).await }
    };
    let of_all = move |db: multischema_axum::GlobalDb| {
        let note = note(Arc::clone(&of_all));
        async move { db.run(move |_| note()).await }
    };
    let router = axum::Router::new()
        .route("/t/{schema}/rows", axum::routing::get(of_tenant))
        .route("/t/{schema}/all", axum::routing::get(of_all))
        .layer(layer.build());
    let send = |path: &str| {
        let request = from("ann", path).body(Body::empty()).unwrap();
        let answer = answer(&router, request);
        site.runtime()
            .block_on(async { tokio::time::timeout(Duration::from_millis(300), answer).await })
    };
    // What she may use is in memory afterwards.
    wait_until(|| send("/t/a/rows").is_ok());
    let before = done.load(Ordering::SeqCst);
    let held = site.pool.tenant(&"b".parse().unwrap()).unwrap();
    assert!(send("/t/a/rows").is_err());
    assert!(send("/t/a/all").is_err());
    drop(held);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(site.get("ann", "/t/a/rows").short(), "200 a 1");
    assert_eq!(done.load(Ordering::SeqCst), before);
    wait_until(|| send("/t/a/all").is_ok());
    assert_eq!(done.load(Ordering::SeqCst), before + 1);
}

#[test]
fn who_keeps_the_database_of_a_schema_loses_it_with_the_schema() {
    let site = Site::new();
    let a: SchemaName = "a".parse().unwrap();
    let schema = current(&site, "ann", "a");
    let task = async { tenant_task::spawn(&schema, |db| async move { Ok(db) }).await };
    let db = site.runtime().block_on(task).unwrap().unwrap();
    let run = || site.runtime().block_on(db.run(titles));
    assert_eq!(run().unwrap(), ["a 1"]);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(run().unwrap(), ["a 1"]);
    site.registry.remove_member(&a, "ann").unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    for _ in 0..2 {
        let error = run().unwrap_err();
        assert!(matches!(error, DbError::Refused(_)), "{error:?}");
        assert_eq!(error.status().as_u16(), 404);
    }
    site.registry.add_member(&a, "ann", "member").unwrap();
    assert_eq!(run().unwrap(), ["a 1"]);
}
