//! What a program does about the users of the site.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use multischema::{InvalidLabelKind, TenantPool};
use multischema_admin::{Action, InvalidPasswordKind, OperatorError, Operators};
use multischema_tests::World;

use crate::auth_site::{PASSWORD, Site, pool};

fn names(site: &Site) -> Vec<String> {
    let list = site.operators.list().unwrap();
    list.into_iter().map(|it| it.name).collect()
}

#[test]
fn users_are_made_once_and_listed() {
    let site = Site::new();
    let operators = &site.operators;
    operators.create("Ünal 😀", PASSWORD, false).unwrap();
    let taken = operators.create("ann", PASSWORD, true).unwrap_err();
    assert!(
        matches!(&taken, OperatorError::Taken { name } if name == "ann"),
        "{taken:?}"
    );
    assert_eq!(names(&site), ["ann", "root", "Ünal 😀"]);
    operators.give_role("ann", "office").unwrap();
    operators.deactivate("root").unwrap();
    site.logged_in("ann");
    let list = operators.list().unwrap();
    let [ann, root, _] = &*list else {
        panic!("{list:?}")
    };
    assert_eq!(
        (ann.is_superuser, ann.is_active, &*ann.roles),
        (false, true, &["office".to_owned()][..])
    );
    assert_eq!(
        (root.is_superuser, root.is_active, root.roles.len()),
        (true, false, 0)
    );
    let ago = |time: SystemTime| time.elapsed().unwrap_or_default();
    assert!(ago(ann.created_at) < Duration::from_secs(60));
    assert!(ago(ann.last_login.unwrap()) < Duration::from_secs(60));
    assert_eq!(root.last_login, None);
}

#[test]
fn what_breaks_a_rule_is_refused_by_name() {
    let site = Site::new();
    let operators = &site.operators;
    for (name, expected) in [
        ("", InvalidLabelKind::Empty),
        (" ann", InvalidLabelKind::Padded),
        ("a\0", InvalidLabelKind::Control { found: '\0' }),
        (&"x".repeat(201), InvalidLabelKind::TooLong { len: 201 }),
    ] {
        let error = operators.create(name, PASSWORD, false).unwrap_err();
        assert!(
            matches!(error, OperatorError::InvalidName { kind, .. } if kind == expected),
            "{error:?}"
        );
        let error = operators.grant(name, "pupils", &Action::ALL).unwrap_err();
        assert!(
            matches!(error, OperatorError::InvalidRole { kind, .. } if kind == expected),
            "{error:?}"
        );
        let error = operators.grant("teacher", name, &Action::ALL).unwrap_err();
        assert!(
            matches!(error, OperatorError::InvalidModel { kind, .. } if kind == expected),
            "{error:?}"
        );
        let error = operators.give_role("ann", name).unwrap_err();
        assert!(
            matches!(error, OperatorError::InvalidRole { .. }),
            "{error:?}"
        );
    }
    for (name, password, expected) in [
        ("new", "eleven chrs", InvalidPasswordKind::TooShort),
        (
            "a.long.name.of.it",
            "A.Long.Name.Of.It",
            InvalidPasswordKind::Name,
        ),
        ("new", &"x".repeat(1025), InvalidPasswordKind::TooLong),
    ] {
        let error = operators.create(name, password, false).unwrap_err();
        assert!(
            matches!(error, OperatorError::InvalidPassword { kind, .. } if kind == expected),
            "{error:?}"
        );
    }
    let error = operators.set_password("ann", "short").unwrap_err();
    assert!(
        matches!(error, OperatorError::InvalidPassword { .. }),
        "{error:?}"
    );
    assert_eq!(names(&site), ["ann", "root"]);
    for name in ["zoe", "Ann", "", "a\0"] {
        for result in [
            operators.set_password(name, PASSWORD),
            operators.deactivate(name),
            operators.activate(name),
            operators.give_role(name, "x").map(drop),
            operators.take_role(name, "x").map(drop),
        ] {
            let error = result.unwrap_err();
            assert!(
                matches!(error, OperatorError::NotFound { .. }),
                "{name}: {error:?}"
            );
        }
    }
}

#[test]
fn grants_and_roles_are_counted_once() {
    let site = Site::new();
    let operators = &site.operators;
    let two = [Action::View, Action::Change];
    assert_eq!(operators.grant("teacher", "pupils", &two).unwrap(), 2);
    assert_eq!(
        operators.grant("teacher", "pupils", &Action::ALL).unwrap(),
        2
    );
    assert_eq!(
        operators
            .grant("head", "*", &[Action::View, Action::View])
            .unwrap(),
        1
    );
    assert_eq!(operators.grant("head", "*", &[]).unwrap(), 0);
    assert_eq!(
        operators
            .revoke("teacher", "pupils", &[Action::Delete])
            .unwrap(),
        1
    );
    assert_eq!(
        operators
            .revoke("teacher", "pupils", &[Action::Delete])
            .unwrap(),
        0
    );
    let grants = operators.grants().unwrap();
    let shown: Vec<_> = grants
        .iter()
        .map(|it| (&*it.role, &*it.model, it.actions.clone()))
        .collect();
    let of_teacher = BTreeSet::from([Action::View, Action::Add, Action::Change]);
    assert_eq!(
        shown,
        [
            ("head", "*", BTreeSet::from([Action::View])),
            ("teacher", "pupils", of_teacher)
        ]
    );
    assert!(operators.give_role("ann", "office").unwrap());
    assert!(!operators.give_role("ann", "office").unwrap());
    assert!(operators.take_role("ann", "office").unwrap());
    assert!(!operators.take_role("ann", "office").unwrap());
}

#[test]
fn a_database_that_is_not_prepared_is_to_be() {
    let world = World::new();
    let operators = Operators::new(pool(&world, 1));
    let error = operators.list().unwrap_err();
    assert!(matches!(error, OperatorError::NotInstalled), "{error:?}");
    world.run("CREATE SCHEMA multischema; CREATE TABLE multischema.schemas (id integer)");
    let error = operators.create("ann", PASSWORD, true).unwrap_err();
    assert!(matches!(error, OperatorError::NotInstalled), "{error:?}");
    assert!(error.to_string().contains("Registry::init"), "{error}");
}

#[test]
fn a_role_is_told_which_right_it_lacks_until_it_has_all() {
    let site = Site::new();
    let role = format!("clerk_{}", std::process::id());
    site.world.run(&format!("CREATE ROLE {role} LOGIN"));
    let url = site
        .world
        .url()
        .replace("&user=postgres", &format!("&user={role}"));
    assert!(url.contains(&role), "{url}");
    let pool = TenantPool::builder(&url)
        .max_size(1)
        .min_idle(Some(0))
        .build()
        .unwrap();
    let operators = Operators::new(pool);
    let mut granted = Vec::new();
    let all = |operators: &Operators| {
        operators.list()?;
        operators.create(&format!("new{}", rand()), PASSWORD, false)?;
        operators.set_password("ann", PASSWORD)?;
        operators.grant("r", "m", &Action::ALL)?;
        operators.revoke("r", "m", &Action::ALL)?;
        operators.give_role("ann", "r")?;
        operators.take_role("ann", "r").map(drop)
    };
    while let Err(error) = all(&operators) {
        let OperatorError::NotAllowed { role: found, needs } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*found, role);
        site.world.run(&format!("GRANT {needs} TO {role}"));
        assert!(!granted.contains(needs), "{needs} was not enough");
        granted.push(needs.clone());
    }
    assert_eq!(granted[0], "USAGE ON SCHEMA multischema");
    assert!(granted.len() > 5, "{granted:?}");
    site.world
        .run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

fn rand() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}
