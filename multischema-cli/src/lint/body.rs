//! Bodies of functions, procedures and `DO`: text to PostgreSQL, which means what it says in every tenant's schema.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::finding::Findings;
use super::mention;
use super::names::{Names, TEMPLATE};
use super::seen::Seen;
use super::split;
use super::statement::Statement;
use super::tokens::{self, Chain};

pub(super) const RULE: &str = "function-body-names-schema";

pub(super) const ROUTINES: [&str; 3] = ["FUNCTION", "PROCEDURE", "ROUTINE"];

/// What a name of a table follows. `ON` is not among them, as a condition follows it, too.
const BEFORE_TABLES: [&str; 8] = [
    "FROM",
    "JOIN",
    "INTO",
    "UPDATE",
    "TABLE",
    "ONLY",
    "REFERENCES",
    "TRUNCATE",
];

/// Checks a statement of a tenant migration.
pub(super) fn check(statement: &Statement, names: &Names, findings: &mut Findings) {
    let tokens = &statement.tokens;
    if let Some(body) = Body::of(tokens) {
        match body.found(names) {
            Some(found) => found.into_iter().for_each(|it| report(&it, findings)),
            None => findings.unknown(
                RULE,
                format!(
                    "the body in the language `{}` is not read; see that it names no tenant's schema",
                    body.language
                ),
            ),
        }
    }
}

fn report(found: &Found, findings: &mut Findings) {
    match found {
        Found::Name(name) => findings.warning(
            RULE,
            format!(
                "the body names `{name}`, and PostgreSQL keeps it as text, so that it means the same one in every \
                 tenant's schema; leave the schema out"
            ),
        ),
        Found::Path => findings.warning(
            RULE,
            "the body sets the search path, which moves whoever runs it; put `SET search_path FROM CURRENT` before `AS` \
             instead, which PostgreSQL undoes at the end",
        ),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Name(String),
    Path,
}

struct Body<'a> {
    language: String,
    text: &'a str,
}

impl<'a> Body<'a> {
    fn of(tokens: &'a [TokenWithSpan]) -> Option<Self> {
        let strings = |before: Option<&str>| {
            let mut after = (1..tokens.len()).filter(move |&at| match before {
                Some(word) => tokens::is_word(tokens.get(at - 1), word),
                None => !tokens::is_word(tokens.get(at - 1), "LANGUAGE"),
            });
            after.find_map(|at| tokens::text(tokens.get(at)))
        };
        let rest = tokens::begins(tokens, &["CREATE"]).then(|| &tokens[1..]);
        let kind = rest.and_then(|it| tokens::skip(it, &["OR", "REPLACE"]).first());
        let (text, default) = if tokens::begins(tokens, &["DO"]) {
            (strings(None)?, "plpgsql")
        } else if tokens::is_any(kind, &ROUTINES) {
            (strings(Some("AS"))?, "sql")
        } else {
            return None;
        };
        let language = tokens
            .iter()
            .position(|it| tokens::is_word(Some(it), "LANGUAGE"))
            .and_then(|at| {
                let token = tokens.get(at + 1);
                tokens::name(token).or_else(|| tokens::text(token).map(str::to_lowercase))
            });
        Some(Self {
            language: language.unwrap_or_else(|| default.to_owned()),
            text,
        })
    }

    /// Returns what is in it that should not be, or nothing if it cannot be read.
    fn found(&self, names: &Names) -> Option<Vec<Found>> {
        match &*self.language {
            "sql" => sql(self.text, names),
            "plpgsql" => words(self.text, names),
            // A symbol of a library.
            "c" | "internal" => Some(Vec::new()),
            _ => None,
        }
    }
}

fn sql(body: &str, names: &Names) -> Option<Vec<Found>> {
    let mut found = Vec::new();
    for (_, text) in split::statements(body) {
        let statement = Statement::read(text);
        if let Ok(tree) = &statement.tree {
            let named = mention::qualified(&statement.tokens, &Seen::of(tree), names);
            found.extend(named.into_iter().map(Found::Name));
        } else {
            found.extend(words(text, names)?);
        }
        if sets_path(&statement.tokens) {
            found.push(Found::Path);
        }
    }
    Some(found)
}

/// Looks at the words only, as no parser here knows PL/pgSQL. What is in strings counts, for it may be run.
fn words(code: &str, names: &Names) -> Option<Vec<Found>> {
    let tokens = tokens::solid(&tokens::read(code).ok()?);
    let mut found = Vec::new();
    for chain in tokens::chains(&tokens) {
        found.extend(named(&chain, &tokens, names).map(Found::Name));
    }
    if sets_path(&tokens) {
        found.push(Found::Path);
    }
    for text in tokens.iter().filter_map(|it| tokens::text(Some(it))) {
        // Text that cannot be read is no code.
        found.extend(words(text, names).unwrap_or_default());
    }
    Some(found)
}

/// Returns the tenant's object that the name means for sure: `record.column` looks the same as `schema.table`.
fn named(chain: &Chain, tokens: &[TokenWithSpan], names: &Names) -> Option<String> {
    let parts = &chain.parts[..];
    if parts[0] == TEMPLATE {
        return Some(parts.join("."));
    }
    if ["new", "old", "excluded"].contains(&&*parts[0]) {
        return None;
    }
    let before = tokens::last(&tokens[..chain.at], 2);
    let follows_from = tokens::is_any(before.last(), &BEFORE_TABLES);
    let is_distinct_from = before.len() == 2 && tokens::is_word(before.first(), "DISTINCT");
    let is_called = tokens
        .get(chain.end())
        .is_some_and(|it| it.token == Token::LParen);
    let is_place_of_object = follows_from && !is_distinct_from || is_called;

    let is_tenants = |parts: &[String]| match tokens::object(parts) {
        (Some(schema), name) => names
            .is_qualified_tenant(schema, name)
            .then(|| format!("{schema}.{name}")),
        (None, _) => None,
    };
    let of_column = is_tenants(&parts[..parts.len() - 1]);
    let is_public = parts[0] == "public";
    of_column.or_else(|| is_tenants(parts).filter(|_| is_place_of_object || is_public))
}

/// Whether there is `SET search_path`, `SET SCHEMA` or `set_config('search_path'` in it.
fn sets_path(tokens: &[TokenWithSpan]) -> bool {
    let is_path = |at: usize| is_search_path(tokens.get(at));
    (0..tokens.len()).any(|at| {
        let token = tokens.get(at);
        if tokens::is_word(token, "SET") {
            let rest = tokens::skip(&tokens[at + 1..], &["LOCAL", "SESSION"]);
            is_search_path(rest.first()) || tokens::is_word(rest.first(), "SCHEMA")
        } else {
            tokens::is_word(token, "set_config") && is_path(at + 2)
        }
    })
}

pub(super) fn is_search_path(token: Option<&TokenWithSpan>) -> bool {
    let name = tokens::name(token).or_else(|| tokens::text(token).map(str::to_owned));
    name.is_some_and(|it| it.eq_ignore_ascii_case("search_path"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::tests::{assert_none, tenant};
    use crate::lint::{Finding, Severity};

    fn plpgsql(body: &str) -> Vec<Finding> {
        tenant(&format!(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$ {body} $body$"
        ))
    }

    fn sql(body: &str) -> Vec<Finding> {
        tenant(&format!(
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ {body} $body$"
        ))
    }

    #[track_caller]
    fn assert_warning(found: &[Finding]) {
        let found: Vec<_> = found.iter().map(|it| (it.severity, it.rule)).collect();
        assert_eq!(found, [(Severity::Warning, RULE)]);
    }

    #[test]
    fn bodies_in_sql_name_no_schema() {
        assert_warning(&sql("SELECT 1; SELECT id FROM public.documents"));
        assert_warning(&sql("SELECT public.documents.id FROM documents"));
        assert_warning(&sql("SELECT __template__.f()"));
        assert_warning(&sql("SELECT nextval('public.documents_id_seq')"));
        assert_warning(&sql("SELECT 'glad'::school_a.mood"));
    }

    #[test]
    fn bodies_in_sql_that_are_not_understood_are_read_as_words() {
        assert_warning(&sql(
            "SELECT UNLESS 1 x y; SELECT a FROM public.documents z z z",
        ));
        assert_eq!(sql("SELECT UNLESS 1 x y FROM documents"), []);
    }

    #[test]
    fn bodies_in_plpgsql_name_no_schema() {
        for body in [
            "BEGIN UPDATE public.documents SET title = ''; END",
            "BEGIN PERFORM 1 FROM school_a.documents; END",
            "BEGIN INSERT INTO school_a.documents VALUES (1); RETURN NEW; END",
            "DECLARE r public.documents%ROWTYPE; BEGIN END",
            "DECLARE r school_a.documents.title%TYPE; BEGIN END",
            "DECLARE m public.mood; BEGIN END",
            "BEGIN PERFORM school_a.touch(); END",
            "BEGIN SELECT * INTO x FROM __template__.anything; END",
            "BEGIN EXECUTE 'DELETE FROM public.documents'; END",
            "BEGIN EXECUTE format('SELECT %L FROM \"__template__\".docs', 'it''s'); END",
        ] {
            assert_warning(&plpgsql(body));
        }
    }

    #[test]
    fn other_names_in_bodies_are_right() {
        for body in [
            "BEGIN IF NEW.documents IS DISTINCT FROM OLD.documents THEN d.documents := 1; END IF; END",
            "BEGIN SELECT d.documents INTO x FROM t d JOIN documents ON d.documents = documents.id; END",
            "BEGIN IF a IS DISTINCT FROM b.documents THEN RETURN NEW; END IF; END",
            "BEGIN PERFORM public.gen_random_uuid(), pg_catalog.now() FROM public.plans, auth.users; END",
            "BEGIN /* public.documents */ RETURN NEW; -- __template__.x\n END",
            "BEGIN RAISE NOTICE 'documents of public, %', 1; END",
            "BEGIN EXECUTE 'UPDATE documents SET a = ''it''''s'''; END",
        ] {
            assert_eq!(plpgsql(body), [], "for {body}");
        }
    }

    #[test]
    fn bodies_do_not_move_their_caller() {
        for body in [
            "BEGIN SET search_path = a; END",
            "BEGIN SET LOCAL search_path TO a; END",
            "BEGIN PERFORM set_config('search_path', 'a', true); END",
            "BEGIN EXECUTE 'SET search_path = a'; END",
            "BEGIN SET SCHEMA 'a'; END",
        ] {
            assert_warning(&plpgsql(body));
        }
        assert_warning(&sql("SELECT set_config('search_path', 'a', true)"));
        assert_eq!(
            plpgsql("BEGIN PERFORM set_config('app.user', 'a', true); END"),
            []
        );
    }

    #[test]
    fn blocks_and_procedures_have_bodies() {
        for sql in [
            "DO $$ BEGIN UPDATE public.documents SET title = ''; END $$",
            "DO LANGUAGE plpgsql 'BEGIN UPDATE public.documents SET title = ''''; END'",
            "DO LANGUAGE 'plpgsql' 'BEGIN UPDATE public.documents SET title = ''''; END'",
            "CREATE OR REPLACE PROCEDURE p() LANGUAGE sql AS 'DELETE FROM public.documents'",
            "CREATE FUNCTION f() RETURNS int COST 3 LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public.documents; END $$",
        ] {
            let rules: Vec<_> = tenant(sql).iter().map(|it| it.rule).collect();
            assert_eq!(rules, [RULE, "not-checked"], "for {sql}");
        }
    }

    #[test]
    fn defaults_are_no_bodies() {
        assert_none(
            "CREATE FUNCTION f(a text DEFAULT CAST('SET search_path' AS text)) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        );
    }

    #[test]
    fn other_languages_are_not_read() {
        let found = tenant("CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'return 1'");
        assert_eq!((found.len(), found[0].severity), (1, Severity::NotChecked));
        assert_none("CREATE FUNCTION f(int) RETURNS int AS 'library', 'symbol' LANGUAGE c");
    }
}
