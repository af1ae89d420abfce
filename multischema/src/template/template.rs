//! The template: the schema that all others are copies of.

use diesel::pg::PgConnection;

use super::compile::compile;
use super::error::TemplateError;
use super::ids::Ids;
use super::issue::TemplateIssue;
use super::normal::Difference;
use super::plan::Plan;
use crate::name::SchemaName;

/// A schema that others are copies of: `__template__`, if nothing else is said.
///
/// It works on a connection, and knows no registry. The [registry](crate::Registry) makes schemata by it.
#[doc = include_str!("../docs/template.md")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    schema: SchemaName,
    ids: Ids,
}

impl Default for Template {
    fn default() -> Self {
        Self::new()
    }
}

impl Template {
    /// Begins with `__template__`, and ids that are unique across schemata.
    #[must_use]
    pub fn new() -> Self {
        Self {
            schema: SchemaName::template(),
            ids: Ids::Unique,
        }
    }

    /// Begins with another schema: a copy of it is equal to it.
    #[must_use]
    pub fn of(schema: SchemaName) -> Self {
        Self {
            schema,
            ids: Ids::Unique,
        }
    }

    /// Sets whether ids are unique across schemata. Defaults to [`Ids::Unique`].
    #[must_use]
    pub fn ids(mut self, ids: Ids) -> Self {
        self.ids = ids;
        self
    }

    /// Reads the template, and returns how a schema is made that is equal to it.
    ///
    /// A copy is made to try, and undone. Nothing is left of it, and the connection's settings are as they were.
    ///
    /// # Errors
    ///
    /// * [`TemplateError::Missing`], [`Empty`](TemplateError::Empty) if there is nothing to copy;
    /// * [`TemplateError::Issues`] if something cannot be copied faithfully;
    /// * [`TemplateError::Refused`] if PostgreSQL refuses the copy, most often for want of a right;
    /// * [`TemplateError::Locks`] if the server has not enough room for the locks;
    /// * [`TemplateError::Changing`] if others change the template all the time;
    /// * [`TemplateError::OldServer`] if PostgreSQL is older than 15;
    /// * [`TemplateError::Query`] if the database fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::Template;
    ///
    /// # fn example(pg: &mut diesel::PgConnection) -> Result<(), Box<dyn std::error::Error>> {
    /// let plan = Template::new().plan(pg)?;
    /// println!("{}", plan.sql(&"school_a".parse()?, 1));
    /// # Ok(()) }
    /// ```
    pub fn plan(&self, pg: &mut PgConnection) -> Result<Plan, TemplateError> {
        compile(pg, &self.schema, self.ids)
    }

    /// Returns what in the template cannot be copied faithfully. Nothing is made, but what [`plan`](Self::plan) makes to
    /// try.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan), but for `Issues`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(pg: &mut diesel::PgConnection) -> Result<(), multischema::TemplateError> {
    /// for issue in multischema::Template::new().issues(pg)? {
    ///     eprintln!("{issue}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn issues(&self, pg: &mut PgConnection) -> Result<Vec<TemplateIssue>, TemplateError> {
        match self.plan(pg) {
            Ok(_) => Ok(Vec::new()),
            Err(TemplateError::Issues { issues, .. }) => Ok(issues),
            Err(error) => Err(error),
        }
    }

    /// Compares a schema with the template, and returns the objects in which it differs.
    ///
    /// Rows are not compared, and neither is how far sequences have counted. A schema that was migrated and one that was
    /// made as a copy are equal.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan); and [`TemplateError::Missing`] if there is no such schema, too.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::Template;
    ///
    /// # fn example(pg: &mut diesel::PgConnection) -> Result<(), Box<dyn std::error::Error>> {
    /// for difference in Template::new().verify(pg, &"school_a".parse()?)? {
    ///     println!("{difference}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn verify(
        &self,
        pg: &mut PgConnection,
        schema: &SchemaName,
    ) -> Result<Vec<Difference>, TemplateError> {
        self.plan(pg)?.verify(pg, schema)
    }
}
