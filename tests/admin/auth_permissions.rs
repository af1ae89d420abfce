//! What a user may do: nothing that is not granted.

use std::collections::BTreeMap;

use multischema::SchemaName;
use multischema_admin::Action;

use crate::auth_site::{Browser, PASSWORD, Site};

const MODELS: [&str; 3] = ["pupils", "houses", "*"];
const SCHEMATA: [Option<&str>; 3] = [None, Some("a"), Some("b")];

/// Where a user has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Has {
    In(&'static str),
    Shared,
}

/// That those of a role may do something.
type Granted = (&'static str, &'static str, Action);

/// What the rules say.
fn expected(
    roles: &[(Has, &'static str)],
    grants: &[Granted],
    schema: Option<&str>,
) -> BTreeMap<String, Vec<&'static str>> {
    let mut all = BTreeMap::new();
    for (place, counts) in [
        (
            "tenant",
            schema.map(|it| Has::In(if it == "a" { "a" } else { "b" })),
        ),
        ("global", Some(Has::Shared)),
    ] {
        for asked in MODELS {
            let is_granted = |action: Action| {
                grants.iter().any(|(role, model, granted)| {
                    let has_role = roles
                        .iter()
                        .any(|(has, it)| Some(*has) == counts && it == role);
                    let is_meant = *model == asked || *model == "*";
                    let is_enough = *granted == action
                        || (action == Action::View && *granted == Action::Change);
                    has_role && is_meant && is_enough
                })
            };
            let actions = Action::ALL.into_iter().filter(|it| is_granted(*it));
            all.insert(
                format!("{place} {asked}"),
                actions.map(Action::as_str).collect(),
            );
        }
    }
    all
}

fn found(browser: &mut Browser<'_>, schema: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let header = [("x-change-schema", schema.unwrap_or_default())];
    let answer = browser.get_with("/admin/may?models=pupils,houses,*", &header);
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_value(answer.json()).unwrap()
}

/// Has Ann have exactly these roles, and whoever has them exactly these rights.
fn set(site: &Site, roles: &[(Has, &str)], grants: &[Granted]) {
    site.world.run(
        "DELETE FROM multischema.admin_grants;
         DELETE FROM multischema.admin_roles WHERE user_name <> 'ben';
         DELETE FROM multischema.members WHERE role <> 'guest' AND user_id <> 'ben'",
    );
    for (has, role) in roles {
        match has {
            Has::In(schema) => {
                let schema: SchemaName = schema.parse().unwrap();
                site.registry.add_member(&schema, "ann", role).unwrap();
            }
            Has::Shared => drop(site.operators.give_role("ann", role).unwrap()),
        }
    }
    for (role, model, action) in grants {
        site.operators.grant(role, model, &[*action]).unwrap();
    }
}

/// A member of both schemata by a role that may do nothing, and another who has all roles everywhere.
fn site() -> Site {
    let site = Site::new();
    site.operators.create("ben", PASSWORD, false).unwrap();
    for role in ["teacher", "head", "office"] {
        site.operators.give_role("ben", role).unwrap();
    }
    for schema in ["a", "b"] {
        let schema: SchemaName = schema.parse().unwrap();
        site.registry.add_member(&schema, "ann", "guest").unwrap();
        for role in ["teacher", "head", "office"] {
            site.registry.add_member(&schema, "ben", role).unwrap();
        }
    }
    site
}

#[test]
fn each_grant_lets_each_role_do_that_where_it_is_had_and_nothing_else() {
    let site = site();
    let mut browser = site.logged_in("ann");
    let mut root = site.logged_in("root");
    let all = Action::ALL.map(Action::as_str).to_vec();
    let mut count = 0;
    for role in ["teacher", "head"] {
        for model in MODELS {
            for action in Action::ALL {
                for has in [&[][..], &[Has::In("a")], &[Has::In("b")], &[Has::Shared]] {
                    let roles: Vec<_> = has.iter().map(|it| (*it, "teacher")).collect();
                    let grants = [(role, model, action)];
                    set(&site, &roles, &grants);
                    for schema in SCHEMATA {
                        let what = format!("{roles:?} {grants:?} in {schema:?}");
                        let expected = expected(&roles, &grants, schema);
                        let found = found(&mut browser, schema);
                        let found: BTreeMap<_, Vec<&str>> = found
                            .iter()
                            .map(|(key, it)| (key.clone(), it.iter().map(|it| &**it).collect()))
                            .collect();
                        assert_eq!(found, expected, "{what}");
                        count += found.len() * 4;
                    }
                }
            }
        }
    }
    assert_eq!(count, 2 * 3 * 4 * 4 * 3 * 6 * 4);
    for schema in SCHEMATA {
        for (what, actions) in found(&mut root, schema) {
            assert_eq!(actions, all, "{what} in {schema:?}");
        }
    }
}

#[test]
fn several_roles_and_grants_add_up() {
    let site = site();
    let mut browser = site.logged_in("ann");
    // Numbers that look random and are the same each time.
    let mut state: u64 = 7;
    let mut below = |end: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % end
    };
    for _ in 0..60 {
        let names = ["teacher", "head", "office"];
        let places = [Has::In("a"), Has::In("b"), Has::Shared];
        let roles: Vec<_> = (0..below(5))
            .map(|_| (places[below(3)], names[below(3)]))
            .collect();
        let grants: Vec<_> = (0..below(8))
            .map(|_| (names[below(3)], MODELS[below(3)], Action::ALL[below(4)]))
            .collect();
        set(&site, &roles, &grants);
        for schema in SCHEMATA {
            let expected = expected(&roles, &grants, schema);
            let found = found(&mut browser, schema);
            let found: BTreeMap<_, Vec<&str>> = found
                .iter()
                .map(|(key, it)| (key.clone(), it.iter().map(|it| &**it).collect()))
                .collect();
            assert_eq!(found, expected, "{roles:?} {grants:?} in {schema:?}");
        }
    }
}

#[test]
fn what_is_taken_or_no_word_of_ours_lets_nobody_do_anything() {
    let site = site();
    let mut browser = site.logged_in("ann");
    let a: SchemaName = "a".parse().unwrap();
    let roles = [(Has::In("a"), "teacher"), (Has::Shared, "teacher")];
    let grants = [("teacher", "*", Action::Delete)];
    set(&site, &roles, &grants);
    let in_a = |browser: &mut Browser<'_>| {
        let found = found(browser, Some("a"));
        (
            found["tenant pupils"].join(" "),
            found["global pupils"].join(" "),
        )
    };
    let both = ("delete".to_owned(), "delete".to_owned());
    assert_eq!(in_a(&mut browser), both);
    site.registry.remove_role(&a, "ann", "teacher").unwrap();
    assert_eq!(in_a(&mut browser), (String::new(), both.1.clone()));
    site.operators.take_role("ann", "teacher").unwrap();
    assert_eq!(in_a(&mut browser), (String::new(), String::new()));
    set(&site, &roles, &grants);
    site.operators
        .revoke("teacher", "pupils", &Action::ALL)
        .unwrap();
    assert_eq!(in_a(&mut browser), both, "what is granted for `*` stays");
    site.operators.revoke("teacher", "*", &Action::ALL).unwrap();
    assert_eq!(in_a(&mut browser), (String::new(), String::new()));
    // Names are compared byte by byte.
    set(
        &site,
        &roles,
        &[
            ("Teacher", "*", Action::View),
            ("teacher", "Pupils", Action::View),
            ("teacher", "pupil", Action::View),
        ],
    );
    assert_eq!(in_a(&mut browser), (String::new(), String::new()));
    let refused = "DO $$ BEGIN INSERT INTO multischema.admin_grants VALUES ('x', 'y', 'purge'); RAISE 'accepted'; EXCEPTION WHEN check_violation THEN END $$";
    site.world.run(refused);
}

#[test]
fn one_statement_asks_for_all_of_it_and_none_for_a_superuser() {
    use multischema_admin::testing;
    use multischema_tests::Noting;
    let site = site();
    set(
        &site,
        &[(Has::In("a"), "teacher")],
        &[("teacher", "*", Action::View)],
    );
    let noting = Noting::default();
    let pool = multischema::TenantPool::builder(site.world.url()).max_size(1);
    let pool = pool.customizer(Box::new(noting.clone())).build().unwrap();
    for (user, expected) in [("ann", 1), ("root", 0)] {
        let mut browser = site.logged_in(user);
        browser.router = axum::Router::new().nest("/admin", testing::probe(&pool, false));
        found(&mut browser, Some("a"));
        drop(noting.0.take());
        found(&mut browser, Some("a"));
        let sent = noting.0.take();
        let asked: Vec<_> = sent
            .iter()
            .filter(|it| it.contains("admin_grants"))
            .collect();
        assert_eq!(asked.len(), expected, "{sent:#?}");
    }
}
