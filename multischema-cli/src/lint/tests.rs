//! What tests of the rules share, and tests of more than one rule.

use super::{Finding, Folder, Migration, Names, Severity, check};

/// Tenants have `documents`, `docs_view`, `mood` and `touch`; `plans` and the schema `auth` are global.
fn names() -> Names {
    let mut names = Names::default();
    names.add(
        Folder::Tenant,
        "CREATE TABLE documents (id bigserial PRIMARY KEY, title text);
         CREATE VIEW docs_view AS SELECT * FROM documents;
         CREATE TYPE mood AS ENUM ('glad');
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    );
    names.add(
        Folder::Global,
        "CREATE TABLE public.plans (id serial PRIMARY KEY); CREATE SCHEMA auth; CREATE TABLE auth.users ()",
    );
    names
}

fn found(sql: &str, folder: Folder, in_transaction: bool, unique_ids: bool) -> Vec<Finding> {
    let migration = Migration {
        folder,
        in_transaction,
        unique_ids,
    };
    check(sql, migration, &names())
}

pub(super) fn tenant(sql: &str) -> Vec<Finding> {
    found(sql, Folder::Tenant, true, true)
}

pub(super) fn global(sql: &str) -> Vec<Finding> {
    found(sql, Folder::Global, true, true)
}

/// With ids that are those of each schema.
pub(super) fn own_ids(sql: &str) -> Vec<Finding> {
    found(sql, Folder::Tenant, true, false)
}

/// Rules and lines.
pub(super) fn without_transaction(sql: &str) -> Vec<(&'static str, usize)> {
    let found = found(sql, Folder::Tenant, false, true);
    found.iter().map(|it| (it.rule, it.line)).collect()
}

/// Asserts that a tenant migration has this one finding.
#[track_caller]
pub(super) fn assert_rule(sql: &str, rule: &str) {
    assert_one(sql, &tenant(sql), rule);
}

/// Asserts that a global migration has this one finding.
#[track_caller]
pub(super) fn assert_global(sql: &str, rule: &str) {
    assert_one(sql, &global(sql), rule);
}

#[track_caller]
fn assert_one(sql: &str, found: &[Finding], rule: &str) {
    let rules: Vec<_> = found.iter().map(|it| it.rule).collect();
    assert_eq!(rules, [rule], "for {sql}: {found:#?}");
}

/// Asserts that there is nothing to say about a tenant migration.
#[track_caller]
pub(super) fn assert_none(sql: &str) {
    assert_eq!(tenant(sql), [], "for {sql}");
}

/// Asserts that there is nothing to say about a global migration.
#[track_caller]
pub(super) fn assert_none_global(sql: &str) {
    assert_eq!(global(sql), [], "for {sql}");
}

#[test]
fn findings_are_in_the_order_of_the_statements() {
    let sql = "SELECT 1;\nDROP SCHEMA a;\n\nSELECT * FROM\n public.documents; SET ROLE bob";
    let lines: Vec<_> = tenant(sql).iter().map(|it| (it.line, it.rule)).collect();
    let expected = [
        (2, "drop-schema"),
        (4, "qualified-tenant-name"),
        (5, "set-role"),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_not_understood_hides_nothing_else() {
    let sql = "CREATE CAST (a AS b) WITHOUT FUNCTION;\nSELECT oops FROM WHERE a b;\nSET ROLE bob;\nSELECT 'a";
    let found = tenant(sql);
    let lines: Vec<_> = found.iter().map(|it| (it.line, it.rule)).collect();
    let expected = [
        (1, "not-checked"),
        (2, "not-checked"),
        (3, "set-role"),
        (4, "not-checked"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(found[0].severity, Severity::NotChecked);
    let message = "`CREATE CAST (a AS b) …` is not understood (Expected: ";
    assert!(
        found[0].message.starts_with(message),
        "{}",
        found[0].message
    );
}

#[test]
fn statements_of_postgresql_that_the_parser_does_not_know_are_not_checked() {
    for sql in [
        "ALTER DOMAIN email ADD CHECK (value <> '')",
        "ALTER SEQUENCE s RESTART WITH 3",
        "ALTER TABLE t ALTER COLUMN a SET STATISTICS 100",
        "ALTER TYPE mood OWNER TO bob",
        "COMMENT ON FUNCTION f(int) IS 'a'",
        "CREATE DOMAIN email AS text NOT NULL",
        "CREATE MATERIALIZED VIEW m AS SELECT 1 WITH NO DATA",
        "CREATE STATISTICS s ON a, b FROM documents",
        "CREATE TABLE t (LIKE documents INCLUDING ALL)",
        "CREATE TRIGGER t AFTER INSERT ON documents FOR EACH ROW EXECUTE FUNCTION f('a')",
        "DO $$ BEGIN END $$",
        "GRANT USAGE ON TYPE mood TO app",
    ] {
        assert_rule(sql, "not-checked");
    }
}

#[test]
fn usual_statements_are_understood() {
    for sql in [
        "CREATE TABLE p (id bigint, at date, CHECK (id > 0), UNIQUE NULLS NOT DISTINCT (at)) PARTITION BY RANGE (at)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE TABLE r (during tstzrange, EXCLUDE USING gist (during WITH &&) WHERE (true))",
        "ALTER TABLE documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app",
        "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad' AFTER 'glad'",
        "CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int)",
        "CREATE DOMAIN email AS text CHECK (value ~ '@')",
        "CREATE RULE r AS ON INSERT TO documents DO ALSO (DELETE FROM a; DELETE FROM b)",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
        "INSERT INTO documents VALUES (1, E'\\'') ON CONFLICT (id) DO UPDATE SET title = excluded.title RETURNING id",
    ] {
        assert_none(sql);
    }
}

#[test]
fn rows_that_follow_a_statement_are_not_checked() {
    assert_rule("COPY documents FROM stdin", "not-checked");
}

#[test]
fn statements_that_would_overflow_the_stack_are_not_checked() {
    let long = |part: &str, times| format!("SELECT {}1", part.repeat(times));
    assert_none(&long("1 + ", 2_000));
    for part in [
        "1 + ",
        "1 UNION SELECT ",
        "(",
        "(SELECT ",
        "CASE WHEN ",
        "NOT ",
        "ARRAY[",
        "f(",
        "a[",
    ] {
        let found = tenant(&long(part, 30_000));
        let severities: Vec<_> = found.iter().map(|it| it.severity).collect();
        assert_eq!(severities, [Severity::NotChecked], "for {part}");
    }
}

/// Numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[test]
fn text_at_random_is_survived() {
    const PARTS: &[&str] = &[
        "'",
        "\"",
        "$$",
        "$a$",
        "/*",
        "*/",
        "--",
        "\n",
        ";",
        "(",
        ")",
        ".",
        ",",
        "E'",
        "\\",
        "U&'",
        "é",
        "\0",
        "$1",
        "[",
        "]",
        ":",
        "::",
        " ",
        "1e",
        "%",
        "CREATE ",
        "FUNCTION ",
        "TABLE ",
        "BEGIN ATOMIC ",
        "END ",
        "SET ",
        "search_path ",
        "DO ",
        "AS ",
        "LANGUAGE ",
        "SELECT ",
        "public.documents ",
        "DROP SCHEMA ",
        "ALTER TABLE ",
    ];
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for _ in 0..500 {
        let parts = 1 + random.below(30);
        let sql: String = (0..parts)
            .map(|_| PARTS[random.below(PARTS.len())])
            .collect();
        let lines = sql.lines().count() + 1;
        for found in [tenant(&sql), global(&sql)].concat() {
            assert!(found.line <= lines, "for {sql:?}: {found:?}");
            assert!(!found.message.contains("the lint failed"), "for {sql:?}");
        }
    }
}

#[test]
fn bytes_at_random_are_survived() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..500 {
        let length = random.below(60);
        let bytes: Vec<u8> = (0..length)
            .map(|_| u8::try_from(random.below(256)).unwrap())
            .collect();
        let sql = String::from_utf8_lossy(&bytes);
        for found in tenant(&sql) {
            assert!(!found.message.contains("the lint failed"), "for {sql:?}");
        }
    }
}
