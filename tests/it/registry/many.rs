//! Several schemata at once.

use multischema::{CreateError, CreateManyError, NewSchema, Registry, SchemaName};
use multischema_tests::World;

use super::{chain, name, what_there_is};

/// 9
#[test]
fn they_are_made_in_the_order_given() {
    let world = World::new();
    let registry = world.registry();
    let made = registry
        .create_many([
            NewSchema::new(name("c")).label("Third"),
            NewSchema::new(name("a")),
            NewSchema::new(name("b")),
        ])
        .unwrap();
    let made: Vec<_> = made.iter().map(|it| (it.id, it.name.as_str())).collect();
    assert_eq!(made, [(1, "c"), (2, "a"), (3, "b")]);
    assert_eq!(what_there_is(&mut world.pg()), "a b c|a b c");
    assert_eq!(registry.create_many(Vec::<SchemaName>::new()).unwrap(), []);
}

#[track_caller]
fn none_is_made(registry: &Registry, new: Vec<NewSchema>) -> CreateManyError {
    let error = registry.create_many(new).unwrap_err();
    assert!(error.made.is_empty(), "{error:?}");
    error
}

/// 9
#[test]
fn if_one_cannot_be_had_none_is_made() {
    let world = World::new();
    let registry = world.registry();
    registry
        .create(NewSchema::new(name("old")).label("Old"))
        .unwrap();
    world.run("CREATE SCHEMA stray");
    let before = what_there_is(&mut world.pg());
    let new = |it: &str| NewSchema::new(name(it));
    let with = |bad: NewSchema| vec![new("a"), new("b"), bad];
    let error = none_is_made(&registry, with(new("old")));
    assert!(
        matches!(error.source, CreateError::AlreadyExists { .. }),
        "{error:?}"
    );
    let error = none_is_made(&registry, with(new("c").label("Old")));
    assert!(
        matches!(error.source, CreateError::LabelTaken { .. }),
        "{error:?}"
    );
    let error = none_is_made(&registry, with(new("a").label("x")));
    assert!(
        matches!(error.source, CreateError::AlreadyExists { .. }),
        "{error:?}"
    );
    let error = none_is_made(&registry, with(new("c").label("a")));
    assert!(
        matches!(error.source, CreateError::LabelTaken { .. }),
        "{error:?}"
    );
    let error = none_is_made(&registry, with(new("c").label(" ")));
    assert!(
        matches!(error.source, CreateError::InvalidLabel { .. }),
        "{error:?}"
    );
    let error = none_is_made(&registry, with(new("stray")));
    assert!(
        matches!(error.source, CreateError::StraySchema { .. }),
        "{error:?}"
    );
    let error = none_is_made(&registry, with(NewSchema::new(SchemaName::template())));
    assert!(matches!(error.source, CreateError::Template), "{error:?}");
    assert_eq!(what_there_is(&mut world.pg()), before);
}

#[test]
fn if_one_fails_those_before_it_are_there_and_told_of() {
    let world = World::new();
    let registry = world.registry();
    world.when_made("index", "b", "RAISE 'no';");
    let error = registry
        .create_many([name("a"), name("b"), name("c")])
        .unwrap_err();
    let made: Vec<_> = error.made.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(made, ["a"]);
    assert!(
        chain(&error).starts_with(
            "1 of 3 schemata were made, and then one could not be: schema `b` could not be made"
        ),
        "{}",
        chain(&error)
    );
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
}
