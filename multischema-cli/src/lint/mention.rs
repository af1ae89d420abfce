//! Names that a migration must not use: those with a tenant's schema, and in global migrations those of tenants at all.

use sqlparser::ast::{
    CommentObject, CopySource, GrantObjects, ObjectName, ObjectType, Statement as Tree,
};
use sqlparser::tokenizer::TokenWithSpan;

use super::finding::Findings;
use super::names::{Names, TEMPLATE};
use super::seen::Seen;
use super::statement::Statement;
use super::tokens::{self, Chain};
use super::{Folder, is_known_by_its_words, table};

const QUALIFIED: &str = "qualified-tenant-name";
const IN_GLOBAL: &str = "tenant-name-in-global-migration";

pub(super) fn check(
    statement: &Statement,
    seen: Option<Seen>,
    folder: Folder,
    names: &Names,
    findings: &mut Findings,
) {
    let qualified = match &seen {
        Some(seen) => qualified(&statement.tokens, seen, names),
        None if is_known_by_its_words(statement) => {
            qualified(&statement.tokens, &Seen::default(), names)
        }
        // Which names are those of columns is not known.
        None => template(&statement.tokens),
    };
    for name in qualified {
        match folder {
            Folder::Tenant if name.starts_with(TEMPLATE) => findings.error(
                QUALIFIED,
                format!("`{name}` is the template's, in every tenant's schema; leave out `{TEMPLATE}`"),
            ),
            Folder::Tenant => findings.error(
                QUALIFIED,
                format!(
                    "`{name}` names a schema, and each tenant has one of its own; leave the schema out, or create what \
                     all share in a global migration"
                ),
            ),
            Folder::Global => tenants(&name, findings),
        }
    }
    if let (Folder::Global, Some(mut seen), Ok(tree)) = (folder, seen, &statement.tree) {
        for name in named(tree) {
            seen.relation(name);
        }
        for name in &seen.relations {
            let is_other = seen.queries.contains(name) || names.is_global("public", name);
            if !is_other && names.is_tenant(name) {
                tenants(name, findings);
            }
        }
    }
}

fn tenants(name: &str, findings: &mut Findings) {
    findings.error(
        IN_GLOBAL,
        format!(
            "`{name}` is a tenant's, and a global migration runs once, in `public`; do this in a tenant migration"
        ),
    );
}

/// Returns the names of tenants' objects that are written with a schema, in a statement of whose columns the places are
/// known.
pub(super) fn qualified(tokens: &[TokenWithSpan], seen: &Seen, names: &Names) -> Vec<String> {
    let chains = tokens::chains(tokens);
    let objects = chains.iter().map(|chain| of_object(chain, tokens, seen));
    let lookups = seen.lookups.iter().map(Vec::as_slice);
    let found = objects
        .chain(lookups)
        .filter_map(|parts| match tokens::object(parts) {
            (Some(schema), name) => names
                .is_qualified_tenant(schema, name)
                .then(|| format!("{schema}.{name}")),
            (None, name) => (name == TEMPLATE).then(|| name.to_owned()),
        });
    found.collect()
}

/// Returns the name with the schema, without that of a column.
fn of_object<'a>(chain: &'a Chain, tokens: &[TokenWithSpan], seen: &Seen) -> &'a [String] {
    let before = tokens::last(&tokens[..chain.at], 2);
    let is_column = seen.columns.contains(&chain.start)
        || tokens::begins(before, &["ON", "COLUMN"])
        || tokens::begins(before, &["OWNED", "BY"]);
    let parts = &chain.parts[..];
    if is_column {
        &parts[..parts.len() - 1]
    } else {
        parts
    }
}

/// Returns what is written with the template's name.
fn template(tokens: &[TokenWithSpan]) -> Vec<String> {
    let chains = tokens::chains(tokens).into_iter();
    let of_template = chains.filter(|it| it.parts[0] == TEMPLATE);
    of_template.map(|it| it.parts.join(".")).collect()
}

/// Returns the tables that the visitor does not take for tables.
fn named(tree: &Tree) -> Vec<&ObjectName> {
    let mut named = table::referenced(tree);
    match tree {
        Tree::Drop {
            object_type:
                ObjectType::Table
                | ObjectType::ForeignTable
                | ObjectType::View
                | ObjectType::MaterializedView
                | ObjectType::Index
                | ObjectType::Sequence
                | ObjectType::Type,
            names,
            ..
        } => named.extend(names),
        Tree::CreateTrigger(trigger) => {
            named.push(&trigger.table_name);
            named.extend(&trigger.referenced_table_name);
        }
        Tree::CreateRule(rule) => named.push(&rule.table_name),
        Tree::DropTrigger(trigger) => named.extend(&trigger.table_name),
        Tree::Comment {
            object_type: CommentObject::Table | CommentObject::View,
            object_name,
            ..
        } => named.push(object_name),
        Tree::Copy {
            source: CopySource::Table { table_name, .. },
            ..
        } => named.push(table_name),
        Tree::CreateTable(table) => named.extend(table.inherits.iter().flatten()),
        Tree::Grant(grant) => named.extend(granted(grant.objects.as_ref())),
        Tree::Revoke(revoke) => named.extend(granted(revoke.objects.as_ref())),
        _ => {}
    }
    named
}

fn granted(objects: Option<&GrantObjects>) -> &[ObjectName] {
    match objects {
        Some(GrantObjects::Tables(names) | GrantObjects::Sequences(names)) => names,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_global, assert_none, assert_none_global, assert_rule, tenant};

    const QUALIFIED: &str = "qualified-tenant-name";
    const IN_GLOBAL: &str = "tenant-name-in-global-migration";

    #[test]
    fn tables_of_tenants_have_no_schema() {
        for sql in [
            "ALTER TABLE public.documents ADD COLUMN a int",
            "CREATE TABLE public.documents (id bigint)",
            "DROP TABLE IF EXISTS public.documents",
            "CREATE INDEX i ON school_a.documents (title)",
            "CREATE TABLE t (id bigint REFERENCES school_a.documents (id))",
            "INSERT INTO \"public\".\"documents\" (id) VALUES (1)",
            "SELECT 1 FROM plans p JOIN public . documents d ON d.id = p.id",
            "DELETE FROM documents WHERE id IN (SELECT id FROM public.documents)",
            "CREATE VIEW v AS SELECT public.documents.title FROM documents",
            "CREATE VIEW v AS SELECT public.documents.* FROM documents",
            "COMMENT ON TABLE public.documents IS 'a'",
            "COMMENT ON COLUMN public.documents.title IS 'a'",
            "GRANT SELECT ON public.documents TO app",
            "TRUNCATE public.documents",
            "REINDEX TABLE public.documents",
            "CREATE TRIGGER t AFTER INSERT ON public.documents FOR EACH ROW EXECUTE FUNCTION f()",
            "CREATE POLICY p ON public.documents USING (true)",
            "COPY public.documents TO '/tmp/a'",
            "CREATE FUNCTION f() RETURNS bigint RETURN (SELECT max(id) FROM public.documents)",
            "CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT id FROM public.documents; END",
        ] {
            assert_rule(sql, QUALIFIED);
        }
    }

    #[test]
    fn neither_have_their_types_functions_and_sequences() {
        for sql in [
            "CREATE TABLE t (a public.mood)",
            "ALTER TYPE public.mood ADD VALUE 'sad'",
            "SELECT 'glad'::public.mood",
            "CREATE FUNCTION f(a public.mood) RETURNS int RETURN 1",
            "CREATE TRIGGER t AFTER INSERT ON documents FOR EACH ROW EXECUTE FUNCTION public.touch()",
            "DROP FUNCTION public.touch()",
            "CREATE SEQUENCE s OWNED BY public.documents.id",
            "SELECT * FROM public.docs_view",
        ] {
            assert_rule(sql, QUALIFIED);
        }
    }

    #[test]
    fn names_in_strings_that_are_looked_up_count() {
        for sql in [
            "CREATE TABLE t (id bigint DEFAULT nextval('public.documents_id_seq'::regclass))",
            "SELECT setval('public.documents_id_seq', 3)",
            "SELECT 'school_a.documents'::regclass",
            "SELECT regclass 'public.documents'",
            "SELECT CAST('public.mood' AS regtype)",
            "SELECT pg_catalog.to_regclass('__template__.x')",
            "SELECT pg_get_serial_sequence('public.documents', 'id')",
        ] {
            assert_rule(sql, QUALIFIED);
        }
        assert_none("SELECT nextval('documents_id_seq'), 'plans'::regclass, 'public.documents'");
    }

    #[test]
    fn the_template_is_never_named() {
        for sql in [
            "SELECT * FROM __template__.anything",
            "SELECT * FROM \"__template__\".anything",
            "GRANT USAGE ON SCHEMA __template__ TO app",
            "CREATE TABLE __template__.t (id int)",
            "SELECT __template__.f()",
        ] {
            assert_rule(sql, QUALIFIED);
            assert_global(sql, IN_GLOBAL);
        }
    }

    #[test]
    fn the_template_is_found_where_nothing_else_is_checked() {
        let rules: Vec<_> = tenant("CREATE CAST (a AS b) WITH FUNCTION __template__.f(a)")
            .iter()
            .map(|it| it.rule)
            .collect();
        assert_eq!(rules, [QUALIFIED, "not-checked"]);
    }

    #[test]
    fn columns_may_have_the_names_of_tables() {
        for sql in [
            "SELECT d.documents, t.a.documents FROM t d",
            "UPDATE t SET a = t.documents WHERE (d.documents).title = ''",
            "CREATE POLICY p ON t USING (t.documents = 1)",
            "CREATE VIEW v AS SELECT x.documents[1], x.documents -> 'a' FROM x ORDER BY x.documents",
            "COMMENT ON COLUMN t.documents IS 'a'",
            "CREATE SEQUENCE s OWNED BY t.documents",
            "INSERT INTO t (documents) SELECT x.documents FROM x ON CONFLICT DO NOTHING",
        ] {
            assert_none(sql);
        }
    }

    #[test]
    fn what_is_global_has_its_schema() {
        for sql in [
            "SELECT * FROM public.plans p, auth.users u",
            "CREATE TABLE t (a public.citext, b uuid DEFAULT public.gen_random_uuid())",
            "SELECT pg_catalog.count(*), a OPERATOR(pg_catalog.=) b FROM information_schema.tables",
            "SELECT * FROM pg_temp.documents",
            "SELECT * FROM documents, docs_view WHERE 'public.documents' <> '' -- public.documents",
            "SELECT * FROM auth.documents",
        ] {
            assert_none(sql);
        }
    }

    #[test]
    fn quotes_and_case_are_those_of_postgresql() {
        assert_rule("SELECT * FROM Public.Documents", QUALIFIED);
        assert_none("SELECT * FROM public.\"Documents\"");
    }

    #[test]
    fn a_finding_names_what_is_written() {
        let found = tenant("SELECT 1;\nSELECT public.documents.title FROM documents");
        assert_eq!(found[0].line, 2);
        assert!(found[0].message.starts_with("`public.documents` "));
    }

    #[test]
    fn global_migrations_use_no_tables_of_tenants() {
        for sql in [
            "SELECT * FROM documents",
            "CREATE VIEW v AS SELECT p.id FROM plans p JOIN documents d ON d.id = p.id",
            "ALTER TABLE documents ADD COLUMN a int",
            "CREATE TABLE t (id bigint REFERENCES documents)",
            "INSERT INTO documents VALUES (1)",
            "UPDATE documents SET title = ''",
            "DELETE FROM plans USING documents",
            "DROP TABLE documents",
            "DROP VIEW IF EXISTS docs_view",
            "TRUNCATE documents",
            "LOCK TABLE documents",
            "CREATE INDEX i ON documents (title)",
            "CREATE TRIGGER t AFTER INSERT ON documents FOR EACH ROW EXECUTE FUNCTION f()",
            "DROP TRIGGER t ON documents",
            "CREATE RULE r AS ON INSERT TO documents DO INSTEAD NOTHING",
            "CREATE POLICY p ON documents USING (true)",
            "GRANT SELECT ON documents TO app",
            "REVOKE SELECT ON documents FROM app",
            "COMMENT ON TABLE documents IS 'a'",
            "COPY documents TO '/tmp/a'",
            "CREATE TABLE t () INHERITS (documents)",
            "SELECT * FROM school_a.documents",
            "SELECT * FROM public.documents",
        ] {
            assert_global(sql, IN_GLOBAL);
        }
    }

    #[test]
    fn global_migrations_use_what_is_global() {
        for sql in [
            "CREATE TABLE t (a text, documents int REFERENCES plans)",
            "SELECT p.documents, documents FROM public.plans p",
            "WITH documents AS (SELECT 1) SELECT * FROM documents",
            "INSERT INTO plans VALUES (1); UPDATE auth.users SET documents = 2",
            "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT id FROM documents'",
        ] {
            assert_none_global(sql);
        }
    }
}
