//! Which schemata are not like the template, and what can be done about it.

mod alike;
mod found;
mod many;
mod repaired;
mod unreadable;

use multischema::{
    Difference, DriftGroup, DriftReport, Ids, NewSchema, Registry, SchemaName, SchemaStatus,
    TenantPool, drift,
};
use multischema_tests::World;

/// A template in which there is one of most things.
const TEMPLATE: &str = r#"
    CREATE TYPE mood AS ENUM ('ok', 'bad');
    CREATE FUNCTION half(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n / 2';
    CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql SET search_path TO __template__
        AS $$ BEGIN RETURN NEW; END $$;
    CREATE TABLE "Owners" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Name" text NOT NULL);
    CREATE TABLE t (
        id bigserial PRIMARY KEY,
        n integer DEFAULT 7 CHECK (n > 0),
        owner bigint REFERENCES "Owners",
        plan integer REFERENCES public.plans,
        state varchar(10) CONSTRAINT known CHECK (state IN ('a', 'b')),
        m mood DEFAULT 'ok'
    );
    CREATE UNIQUE INDEX t_state ON t (state);
    CREATE INDEX "t n's half" ON t (half(n)) WHERE n > 1;
    CREATE INDEX t_owner ON t (owner);
    CREATE VIEW v AS SELECT t.id, t.n, o."Name" FROM t JOIN "Owners" o ON o.id = t.owner;
    CREATE VIEW w AS SELECT count(*) AS count FROM v;
    CREATE MATERIALIZED VIEW sums AS SELECT sum(n) AS sum FROM t;
    CREATE STATISTICS t_both ON n, state FROM t;
    CREATE TRIGGER stamp BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp();
    CREATE POLICY positive ON t USING (n > 0 AND EXISTS (SELECT FROM "Owners"));
    CREATE RULE quiet AS ON DELETE TO "Owners" DO ALSO NOTIFY quiet;
    CREATE SEQUENCE free CACHE 5;
    COMMENT ON TABLE t IS 'it''s t';
    COMMENT ON COLUMN t.n IS 'a number';
    COMMENT ON INDEX t_owner IS 'whose';
    COMMENT ON VIEW v IS 'a view';
    COMMENT ON COLUMN v.n IS 'of the view';
    COMMENT ON SCHEMA __template__ IS 'of a customer';
    GRANT SELECT ON v TO PUBLIC;
    REVOKE EXECUTE ON FUNCTION half FROM PUBLIC;
"#;

/// A world with that template, and `names` in the registry, each a copy.
fn world<const N: usize>(names: [&str; N]) -> (World, Registry, TenantPool) {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TEMPLATE);
    for name in names {
        registry.create(NewSchema::new(self::name(name))).unwrap();
    }
    let pool = TenantPool::builder(world.url())
        .max_size(2)
        .build()
        .unwrap();
    (world, registry, pool)
}

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

/// All schemata, compared.
fn all(pool: &TenantPool) -> DriftReport {
    drift(pool, SchemaStatus::ALL).unwrap()
}

/// The only group that differs.
fn only(report: &DriftReport) -> &DriftGroup {
    let mut groups = report.differing();
    let group = groups
        .next()
        .unwrap_or_else(|| panic!("none differs: {report}"));
    assert!(groups.next().is_none(), "{report}");
    group
}

/// Differences in words.
fn words(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(Difference::to_string).collect()
}
