//! A site with the models of schools: pupils, houses and one of each type in each schema, and plans that all share.

use std::collections::BTreeMap;

use axum::Router;
use diesel::prelude::*;
use multischema::{Ids, Registry, RunQueryDsl, TenantPool};
use multischema_admin::{ActionError, Admin, FieldErrors, Model, Operators};
use multischema_tests::{World, value};
use tokio::runtime::Runtime;

use crate::auth_site::{Answer, Browser, PASSWORD, pool};

diesel::table! { houses { id -> BigInt, name -> Text } }
diesel::table! {
    pupils {
        id -> BigInt,
        house_id -> Nullable<BigInt>,
        name -> Text,
        born -> Nullable<Date>,
        mood -> Text,
        code -> Nullable<Varchar>,
        is_new -> Bool,
        notes -> Nullable<Text>,
        tags -> Nullable<Array<Text>>,
        more -> Nullable<Jsonb>,
        seen -> Nullable<Timestamptz>,
        fee -> Nullable<Numeric>,
        initials -> Nullable<Text>,
    }
}
diesel::table! { pairs (house, rank) { house -> Text, rank -> Integer, note -> Nullable<Text> } }
diesel::table! { badges (code) { code -> Text, shade -> Text, size -> Text, note -> Nullable<Varchar> } }
diesel::table! { public.plans (id) { id -> BigInt, name -> Text } }
multischema::tables! { tenant: [houses, pupils, pairs, badges]; global: [plans] }

const TENANT: &str = "
CREATE TYPE mood AS ENUM ('glad', 'sad', '<b>');
CREATE TABLE houses (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE pupils (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    house_id bigint REFERENCES houses,
    name text NOT NULL CONSTRAINT named CHECK (name <> 'nobody'),
    born date,
    mood mood NOT NULL DEFAULT 'glad',
    code varchar(3) UNIQUE,
    is_new boolean NOT NULL DEFAULT false,
    notes text,
    tags text[],
    more jsonb,
    seen timestamptz,
    fee numeric(8, 2),
    initials text GENERATED ALWAYS AS (left(name, 1)) STORED
);
COMMENT ON COLUMN pupils.code IS 'Three letters.';
CREATE TABLE pairs (house text, rank integer, note text, PRIMARY KEY (house, rank));
CREATE DOMAIN letters AS text COLLATE \"C\" NOT NULL CHECK (value ~ '^[A-Z]+$');
CREATE DOMAIN place AS integer NOT NULL;
CREATE TABLE badges (rank place DEFAULT 1, code letters PRIMARY KEY, shade letters DEFAULT 'RED', size letters, note varchar(3));
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.name = 'Eve' THEN RAISE EXCEPTION 'Eve is not let in'; END IF; RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON pupils FOR EACH ROW EXECUTE FUNCTION keep()";

/// A site at `/admin`, with the schemata `a`, `b` and `c`; Ann is a teacher in the first two, Root a superuser.
pub(crate) struct School {
    pub(crate) world: World,
    pub(crate) registry: Registry,
    pub(crate) operators: Operators,
    pub(crate) router: Router,
    pub(crate) runtime: Runtime,
}

impl School {
    pub(crate) fn new() -> Self {
        let world = World::new();
        world.run("DROP TABLE IF EXISTS public.plans CASCADE; CREATE TABLE public.plans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL)");
        let registry = world.registry_with(Ids::Unique, TENANT);
        for name in ["a", "b", "c"] {
            registry
                .create(name.parse::<multischema::SchemaName>().unwrap())
                .unwrap();
            let label = format!("School {}", name.to_uppercase());
            registry.set_label(&name.parse().unwrap(), &label).unwrap();
        }
        let pool = pool(&world, 4);
        let operators = Operators::new(pool.clone());
        operators.create("ann", PASSWORD, false).unwrap();
        operators.create("root", PASSWORD, true).unwrap();
        for schema in ["a", "b"] {
            registry
                .add_member(&schema.parse().unwrap(), "ann", "teacher")
                .unwrap();
        }
        world.run("INSERT INTO multischema.admin_grants (role, model, action) \
                   SELECT 'teacher', model, action FROM unnest(ARRAY['pupils', 'houses', 'pairs', 'badges']) model, unnest(ARRAY['view', 'add', 'change', 'delete']) action");
        Self {
            router: Router::new().nest_service("/admin", admin(&pool)),
            registry: Registry::new(pool.clone()),
            operators,
            world,
            runtime: Runtime::new().unwrap(),
        }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(&self.runtime, self.router.clone())
    }

    /// A browser of Ann's or Root's, in a schema.
    #[track_caller]
    pub(crate) fn at(&self, name: &str, schema: &str) -> Browser<'_> {
        let mut browser = self.browser();
        assert_eq!(browser.log_in(name, PASSWORD).status, 303);
        let answer = browser.get(&format!("/admin?__schema={schema}"));
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/admin"))
        );
        browser
    }

    pub(crate) fn value(&self, expression: &str) -> String {
        value(&mut self.world.pg(), expression)
    }
}

pub(crate) fn admin(pool: &TenantPool) -> Router {
    let pupils = Model::of(pupils::table)
        .title("Pupils")
        .list((
            pupils::name,
            pupils::house_id,
            pupils::born,
            pupils::mood,
            pupils::is_new,
        ))
        .computed("Year", (pupils::born,), |row| {
            row.get("born").unwrap_or("?").chars().take(4).collect()
        })
        .search((pupils::name, pupils::notes))
        .filters((pupils::house_id, pupils::born, pupils::mood, pupils::is_new))
        .order_by(pupils::name)
        .per_page(10)
        .before_save(|values| match values.get("name") {
            Some(name) if name.starts_with(' ') => {
                let mut errors = FieldErrors::new();
                errors.add("name", "No space at the beginning.");
                Err(errors)
            }
            _ => Ok(()),
        })
        .action("welcome", "Welcome", |conn, ids| {
            let ids: Result<Vec<i64>, _> = ids.iter().map(|it| it.parse()).collect();
            let chosen = pupils::table.filter(pupils::id.eq_any(ids.map_err(ActionError::other)?));
            let count = diesel::update(chosen)
                .set(pupils::is_new.eq(true))
                .execute(conn)?;
            match count {
                3 => Err(ActionError::refused("Three are too many.")),
                count => Ok(format!("{count} were welcomed.")),
            }
        });
    Admin::builder(pool.clone())
        .title("Schools")
        .without_tls()
        .register(pupils)
        .register(Model::of(houses::table))
        .register(Model::of(pairs::table).list((pairs::note, pairs::rank)))
        .register(
            Model::of(badges::table)
                .search((badges::code,))
                .filters((badges::shade, badges::note)),
        )
        .register(Model::of(plans::table))
        .build()
}

/// The fields of the form on a page that is posted to that page, as a browser would send them.
pub(crate) fn fields(page: &Answer) -> BTreeMap<String, String> {
    let form = page
        .text
        .split("<form class=\"object\"")
        .nth(1)
        .unwrap_or_else(|| panic!("no form in {page:?}"));
    let form = form.split("</form>").next().unwrap();
    let mut fields = BTreeMap::new();
    for tag in form.split('<') {
        let attribute = |name: &str| {
            let found = tag.split(&format!(" {name}=\"")).nth(1)?;
            Some(unescaped(found.split('"').next()?))
        };
        let Some(name) = attribute("name") else {
            continue;
        };
        let is_box = attribute("type").as_deref() == Some("checkbox");
        if tag.starts_with("input") && (!is_box || tag.contains(" checked")) {
            fields.insert(name, attribute("value").unwrap_or_default());
        } else if tag.starts_with("textarea") {
            let text = tag.split_once('>').unwrap().1;
            fields.insert(name, unescaped(text.strip_prefix('\n').unwrap_or(text)));
        } else if tag.starts_with("select") {
            let select = form
                .split(&format!(" name=\"{name}\""))
                .nth(1)
                .unwrap()
                .split("</select>")
                .next()
                .unwrap();
            let chosen = select
                .split("<option")
                .find(|it| it.split('>').next().unwrap().contains(" selected"));
            let chosen = chosen
                .and_then(|it| it.split("value=\"").nth(1))
                .and_then(|it| it.split('"').next());
            fields.insert(name, unescaped(chosen.unwrap_or_default()));
        }
    }
    fields
}

/// Fills the form of a page in, and sends it.
#[track_caller]
pub(crate) fn submit(browser: &mut Browser<'_>, path: &str, values: &[(&str, &str)]) -> Answer {
    let page = browser.get(path);
    assert_eq!(page.status, 200, "{page:?}");
    let mut fields = fields(&page);
    for (name, value) in values {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    browser.post(path, &pairs(&fields))
}

/// The fields of a form, as they are sent.
pub(crate) fn pairs(fields: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    let pairs = fields.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}
