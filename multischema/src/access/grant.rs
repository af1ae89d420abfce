//! That a user may use a schema.

/// That a user may use a schema, and which one of its name: see [`SchemaAccess::grant`](super::SchemaAccess::grant).
///
/// When a schema was purged its name is free, and another may be made that is called the same. Who was let into the one
/// is not let into the other by that.
///
/// # Examples
///
/// ```
/// use multischema::Grant;
///
/// assert_eq!(Grant::of(7).schema_id(), Some(7));
/// assert!(!Grant::of(7).is_for(8));
/// assert!(Grant::by_name().is_for(8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    schema_id: Option<i32>,
}

impl Grant {
    /// For the schema of this number in the registry, and for no other of its name.
    #[must_use]
    pub fn of(schema_id: i32) -> Self {
        Self {
            schema_id: Some(schema_id),
        }
    }

    /// For whatever schema has the name.
    #[must_use]
    pub fn by_name() -> Self {
        Self { schema_id: None }
    }

    /// Returns the number of the schema, if it is for no other.
    #[must_use]
    pub fn schema_id(self) -> Option<i32> {
        self.schema_id
    }

    /// Returns whether it is for the schema of this number.
    #[must_use]
    pub fn is_for(self, schema_id: i32) -> bool {
        self.schema_id.is_none_or(|it| it == schema_id)
    }
}
