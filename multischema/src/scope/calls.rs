//! Which functions a text of the DSL calls by name.

/// What leaves nothing on a connection: PostgreSQL's own that Diesel's users meet most, and what only looks like a
/// call. Whatever is not here costs one message when the scope is left.
const HARMLESS: [&str; 45] = [
    "abs",
    "all",
    "any",
    "array",
    "array_agg",
    "array_append",
    "array_length",
    "array_to_string",
    "avg",
    "cast",
    "ceil",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "date",
    "date_part",
    "date_trunc",
    "dense_rank",
    "exists",
    "extract",
    "first_value",
    "floor",
    "greatest",
    "in",
    "jsonb_build_object",
    "lag",
    "last_value",
    "lead",
    "least",
    "length",
    "lower",
    "max",
    "min",
    "now",
    "nullif",
    "over",
    "rank",
    "round",
    "row_number",
    "string_agg",
    "substring",
    "sum",
    "upper",
    "values",
];

/// Returns whether `text` calls a function that may leave something on the connection: one that the text names and
/// that is not known to be harmless. What triggers, views and defaults call does not show.
pub(super) fn calls_unknown(text: &str) -> bool {
    let is_of_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '"' | '$');
    text.match_indices('(').any(|(open, _)| {
        let before = &text[..open];
        let name = &before[before.trim_end_matches(is_of_name).len()..];
        let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
        // Diesel puts no space between a function and its arguments.
        !name.is_empty()
            && !HARMLESS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dsl_writes_by_itself_calls_nothing_unknown() {
        for text in [
            r#"SELECT COUNT(*) FROM "documents" WHERE ("documents"."id" = ANY($1))"#,
            r#"INSERT INTO "documents" ("title", "plan_id") VALUES ($1, DEFAULT) RETURNING "id""#,
            r#"SELECT "id" FROM "notes" WHERE EXISTS (SELECT 1) AND lower("body") LIKE $1"#,
            r#"INSERT INTO "plans" ("name") VALUES ($1) ON CONFLICT ("name") DO NOTHING"#,
            r#"(SELECT 1) UNION (SELECT 2)"#,
            r#"SELECT pg_catalog.count(*) FROM "a"."b" t"#,
        ] {
            assert!(!calls_unknown(text), "for {text}");
        }
    }

    #[test]
    fn a_function_of_somebodys_is_unknown() {
        for text in [
            "SELECT leave_a_setting()",
            "SELECT public.leave($1)",
            r#"SELECT "Leave"($1)"#,
            r#"SELECT "id" FROM "notes" WHERE pg_advisory_lock($1) IS NULL"#,
            "SELECT lower(leave($1))",
            "SELECT pg_catalog.pg_advisory_lock($1)",
            "SELECT pg_catalog.public.count($1)",
        ] {
            assert!(calls_unknown(text), "for {text}");
        }
    }

    #[test]
    fn the_harmless_are_in_order() {
        assert!(HARMLESS.is_sorted());
    }
}
