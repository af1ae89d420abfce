//! What a template has that no copy could have.

use crate::catalog::ObjectKind;

/// Something in a template that cannot be copied faithfully. As long as there is one, no schema is made of the template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateIssue {
    /// An extension is installed in the template, and PostgreSQL has each extension once in a database. Move it:
    /// `ALTER EXTENSION … SET SCHEMA public`.
    #[error(
        "{extension} is installed in the template, and a database has it once; move it to a shared schema (`ALTER EXTENSION … SET SCHEMA public`)"
    )]
    Extension {
        /// The extension, as PostgreSQL describes it.
        extension: String,
    },
    /// The body of a function is kept as a string, and names the template: each copy would read and write there. Leave
    /// the schema out, as the search path has it.
    #[error(
        "the body of {function} names the schema `{schema}`, so that every copy of it would work there; leave the schema out"
    )]
    FunctionNamesSchema {
        /// The function.
        function: String,
        /// The schema.
        schema: String,
    },
    /// A string in which a function looks for the name of an object, as an argument of a trigger, names the template. Leave the
    /// schema out.
    #[error(
        "{object} names an object of the schema `{schema}` in a string, so that every copy would use that one; leave the schema out"
    )]
    StringNamesSchema {
        /// What has the string.
        object: String,
        /// The schema.
        schema: String,
    },
    /// A setting of a function, other than its search path, names the template.
    #[error(
        "the setting `{setting}` of {function} names the schema `{schema}`; leave the schema out"
    )]
    SettingNamesSchema {
        /// The function.
        function: String,
        /// The setting.
        setting: String,
        /// The schema.
        schema: String,
    },
    /// An identity column that is too narrow for a block of ids of each schema. Make it `bigint`, or have
    /// [each schema count for itself](crate::Ids::PerSchema).
    #[error(
        "identity column `{column}` is too narrow for ids that are unique across schemata; make it `bigint`, or prepare the database with ids per schema"
    )]
    NarrowIdentity {
        /// The table and column.
        column: String,
    },
    /// A `serial` column of a table that was made by hand, so that it does not draw from the sequence of all schemata yet.
    /// Prepare the database again ([`Registry::init`](crate::Registry::init)), or migrate it.
    #[error(
        "column `{column}` draws from a sequence of the template's own, but is too narrow for ids that are unique across schemata; `multischema init` has it draw from one that all schemata share"
    )]
    UnsharedSerial {
        /// The table and column.
        column: String,
    },
    /// Rows refer to large objects, which are in no schema: the copy's would be the same as the template's.
    #[error(
        "rows of `{column}` refer to large objects, which every copy would share; keep them in a column of type `bytea`"
    )]
    LargeObjects {
        /// The table and column.
        column: String,
    },
    /// Rows refer to objects of the template by a type such as `regclass`, which keeps their numbers: the copy's rows would
    /// refer to the template. Keep the names, as `text`.
    #[error(
        "rows of `{column}` refer to objects of the schema by their numbers, and those of a copy would as well; keep the names, as `text`"
    )]
    ObjectNumbers {
        /// The table and column.
        column: String,
    },
    /// An index was left behind by a `CREATE INDEX CONCURRENTLY` that failed. Drop it, or `REINDEX` it.
    #[error("index `{index}` is not valid; drop it or `REINDEX` it")]
    InvalidIndex {
        /// The index.
        index: String,
    },
    /// The triggers of a foreign key are switched off, as by `DISABLE TRIGGER ALL`.
    #[error(
        "the triggers of the foreign key `{constraint}` are switched off; `ALTER TABLE … ENABLE TRIGGER ALL`"
    )]
    DisabledForeignKey {
        /// The table and constraint.
        constraint: String,
    },
    /// A table of the template is a partition of a table in another schema, which can take no second one for the same rows.
    #[error("table `{table}` is a partition of `{parent}`, which is in another schema")]
    PartitionOfAnother {
        /// The partition.
        table: String,
        /// The table that it is a partition of.
        parent: String,
    },
    /// Objects depend on each other in a circle that cannot be taken apart.
    #[error("these depend on each other, and none can be made first: {}", objects.join(", "))]
    Circle {
        /// The objects.
        objects: Vec<String>,
    },
    /// A kind of object that is not copied.
    #[error("{object} is of a kind that is not copied")]
    Unsupported {
        /// The object.
        object: String,
    },
    /// A copy was made to try, and this came out different. It is not in use, and gone.
    #[error("{kind} `{object}` would not be the same in a copy:\n  template: {}\n  copy:     {}", said(template.as_ref()), said(copy.as_ref()))]
    Unfaithful {
        /// What it is.
        kind: ObjectKind,
        /// Its name within the schema.
        object: String,
        /// What is so of it in the template, if it is there.
        template: Option<String>,
        /// What is so of it in the copy, if it is there.
        copy: Option<String>,
    },
}

fn said(definition: Option<&String>) -> &str {
    definition.map_or("(is not there)", |text| text)
}
