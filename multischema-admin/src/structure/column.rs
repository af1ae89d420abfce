//! A column of a table.

use serde::Deserialize;

/// A column, as PostgreSQL's catalog has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// With its length, as a person knows it.
    pub(crate) type_name: String,
    /// The type, or that which a domain is made of.
    base: String,
    /// `pg_type.typtype` of that: `e` is an enum, `c` is composite.
    type_kind: String,
    /// `pg_type.typcategory` of that: `A` is an array.
    category: String,
    /// What a value is written as.
    pub(crate) written_as: TypeName,
    /// What it is compared as.
    pub(crate) read_as: TypeName,
    /// Whether PostgreSQL has an order for it.
    has_order: bool,
    pub(crate) not_null: bool,
    pub(crate) has_default: bool,
    /// What is written there is refused, as PostgreSQL makes it.
    pub(crate) is_made: bool,
    /// In characters.
    pub(crate) max_length: Option<usize>,
    pub(crate) comment: Option<String>,
    /// Of an enum, in its order.
    pub(crate) labels: Vec<String>,
}

/// The name of a type.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TypeName {
    pub(crate) schema: String,
    /// Each schema has its own; then `schema` is the template.
    pub(crate) is_tenant: bool,
    /// That of the elements of an array.
    pub(crate) name: String,
    pub(crate) is_array: bool,
    /// As PostgreSQL writes it, if it is one of its own.
    pub(crate) built_in: Option<String>,
}

/// How a value is put in, and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Short, as it has a length.
    Line,
    Bool,
    Integer,
    Number,
    Date,
    Time,
    /// Without a time zone.
    Timestamp,
    TimestampTz,
    Json,
    /// Written as JSON.
    Array,
    /// Written as JSON.
    Composite,
    Enum,
    Other,
}

impl Column {
    pub(crate) fn kind(&self) -> Kind {
        match (self.type_kind.as_str(), self.category.as_str()) {
            ("e", _) => return Kind::Enum,
            ("c", _) => return Kind::Composite,
            (_, "A") => return Kind::Array,
            _ => {}
        }
        match self.base.as_str() {
            "text" | "citext" | "xml" => Kind::Text,
            "varchar" | "bpchar" | "name" => match self.max_length {
                Some(length) if length <= 200 => Kind::Line,
                _ => Kind::Text,
            },
            "bool" => Kind::Bool,
            "int2" | "int4" | "int8" => Kind::Integer,
            "numeric" | "float4" | "float8" => Kind::Number,
            "date" => Kind::Date,
            "time" => Kind::Time,
            "timestamp" => Kind::Timestamp,
            "timestamptz" => Kind::TimestampTz,
            "json" | "jsonb" => Kind::Json,
            _ => Kind::Other,
        }
    }

    /// Whether a list can be sorted by it.
    pub(crate) fn sorts(&self) -> bool {
        self.has_order && self.kind() != Kind::Json
    }

    /// Whether a form has to have it.
    pub(crate) fn is_required(&self) -> bool {
        self.not_null && !self.has_default && !self.is_made && self.kind() != Kind::Bool
    }
}
