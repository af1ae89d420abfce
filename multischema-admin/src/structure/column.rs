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
        Self::kind_of(&self.base, self.max_length)
    }

    /// Whether PostgreSQL has an order for it.
    pub(crate) fn sorts(&self) -> bool {
        let has_order = |kind| !matches!(kind, Kind::Json | Kind::Composite | Kind::Other);
        match (self.kind(), self.base.strip_prefix('_')) {
            (Kind::Array, Some(element)) => {
                element != "xml" && has_order(Self::kind_of(element, None))
            }
            (kind, _) => self.base != "xml" && has_order(kind),
        }
    }

    fn kind_of(base: &str, max_length: Option<usize>) -> Kind {
        match base {
            "text" | "citext" | "xml" => Kind::Text,
            "varchar" | "bpchar" | "name" => match max_length {
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

    /// Whether a form has to have it.
    pub(crate) fn is_required(&self) -> bool {
        self.not_null && !self.has_default && !self.is_made && self.kind() != Kind::Bool
    }
}
