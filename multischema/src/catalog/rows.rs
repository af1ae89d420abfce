//! The queries that read the catalogs, one for each kind of object.
//!
//! Each has rows of `(kind, record)`, so that one statement can ask all of them. Those of the schema itself and of its relations
//! have further columns, for the others to use: they are read first. PostgreSQL writes the record as text, which
//! costs it less than an array.

/// A query of one kind of object, as text.
pub(super) struct Rows {
    pub(super) kind: &'static str,
    /// With all fields.
    pub(super) full: &'static str,
    /// Without those that only say how an object is made.
    pub(super) facts: &'static str,
    /// With what others may have done to an object since it was made.
    pub(super) compared: &'static str,
}

/// The [`Rows`] of a kind: `rows!("kind": "field", @full "field", @since "field", …; "FROM …")`. A field that is marked `@full`
/// is asked for where objects are to be made, and null otherwise; one that is marked `@since` also where objects are compared
/// that were not made a moment ago.
///
/// All names of types, functions and operators in these queries are qualified: the search path begins with the
/// schema that is read, and nothing in it may answer in PostgreSQL's place.
macro_rules! rows {
    ($kind:literal: $first:expr $(, $(@$mark:ident)? $field:expr)* $(,)?; $($from:expr),+ $(,)?) => {
        $crate::catalog::rows::Rows {
            kind: $kind,
            full: concat!(
                "SELECT '", $kind, "'::pg_catalog.text AS kind, ROW(", $first,
                $(", ", $field,)*
                ")::pg_catalog.text AS record ", $($from),+
            ),
            facts: concat!(
                "SELECT '", $kind, "'::pg_catalog.text AS kind, ROW(", $first,
                $($crate::catalog::rows::fact!($($mark)? $field),)*
                ")::pg_catalog.text AS record ", $($from),+
            ),
            compared: concat!(
                "SELECT '", $kind, "'::pg_catalog.text AS kind, ROW(", $first,
                $($crate::catalog::rows::compared!($($mark)? $field),)*
                ")::pg_catalog.text AS record ", $($from),+
            ),
        }
    };
}
pub(super) use rows;

macro_rules! fact {
    (full $field:expr) => {
        ", NULL"
    };
    (since $field:expr) => {
        ", NULL"
    };
    ($field:expr) => {
        concat!(", ", $field)
    };
}
pub(super) use fact;

macro_rules! compared {
    (full $field:expr) => {
        ", NULL"
    };
    (since $field:expr) => {
        concat!(", ", $field)
    };
    ($field:expr) => {
        concat!(", ", $field)
    };
}
pub(super) use compared;

/// The name of the relation `$oid` with its schema, as PostgreSQL's definitions write it.
macro_rules! qualified {
    ($oid:expr) => {
        concat!(
            "(SELECT pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(q.relname)) \
             FROM pg_catalog.pg_class q JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) q.relnamespace \
             WHERE q.oid OPERATOR(pg_catalog.=) ", $oid, ")"
        )
    };
}
pub(super) use qualified;

/// Whether `column` is one of the schema's objects of a kind, which the beginning of the statement has gathered.
///
/// That they come from a sub-select hides them from the planner. It would look up statistics for each, and with those of an
/// hour ago, before many schemata were made, rather read all of a catalog than use its index.
macro_rules! own {
    ($column:expr, relations) => { $crate::catalog::rows::own!($column, class "1259") };
    ($column:expr, types) => { $crate::catalog::rows::own!($column, class "1247") };
    ($column:expr, functions) => { $crate::catalog::rows::own!($column, class "1255") };
    ($column:expr, operators) => { $crate::catalog::rows::own!($column, class "2617") };
    ($column:expr, families) => { $crate::catalog::rows::own!($column, class "2753") };
    ($column:expr, classes) => { $crate::catalog::rows::own!($column, class "2616") };
    ($column:expr, statistics) => { $crate::catalog::rows::own!($column, class "3381") };
    ($column:expr, collations) => { $crate::catalog::rows::own!($column, class "3456") };
    ($column:expr, dictionaries) => { $crate::catalog::rows::own!($column, class "3600") };
    ($column:expr, parsers) => { $crate::catalog::rows::own!($column, class "3601") };
    ($column:expr, configurations) => { $crate::catalog::rows::own!($column, class "3602") };
    ($column:expr, templates) => { $crate::catalog::rows::own!($column, class "3764") };
    ($column:expr, privileges) => { $crate::catalog::rows::own!($column, class "826") };
    ($column:expr, with_columns) => { $crate::catalog::rows::own!($column, "oid FROM with_columns") };
    ($column:expr, sequences) => {
        $crate::catalog::rows::own!($column, "oid FROM relations WHERE relkind OPERATOR(pg_catalog.=) 'S'")
    };
    ($column:expr, all_types) => { $crate::catalog::rows::own!($column, "oid FROM all_types") };
    ($column:expr, class $class:literal) => {
        $crate::catalog::rows::own!(
            $column,
            concat!("objid FROM own WHERE classid OPERATOR(pg_catalog.=) ", $class, "::pg_catalog.oid")
        )
    };
    ($column:expr, $select:expr) => {
        concat!($column, " OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT ", $select, "))")
    };
}
pub(super) use own;
