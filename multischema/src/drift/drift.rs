//! The ways in.

use diesel::pg::PgConnection;

use super::comparison::Comparison;
use super::error::DriftError;
use super::member::Member;
use super::report::DriftReport;
use super::sql;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::pool::{CheckoutError, TenantPool};
use crate::template::{Plan, Template};

#[doc = include_str!("../docs/drift.md")]
pub fn drift(pool: &TenantPool, statuses: &[SchemaStatus]) -> Result<DriftReport, DriftError> {
    let mut conn = pool.global().map_err(DriftError::Checkout)?;
    let report = conn.lend(|pg| of_registry(pg, statuses));
    report.map_err(|error| DriftError::Checkout(CheckoutError::Scope(error)))?
}

fn of_registry(
    pg: &mut PgConnection,
    statuses: &[SchemaStatus],
) -> Result<DriftReport, DriftError> {
    let (members, ids) = sql::members(pg, statuses).map_err(DriftError::Registry)?;
    if members.is_empty() {
        return Ok(DriftReport::default());
    }
    let plan = Template::new().ids(ids).plan(pg)?;
    let mut comparison = Comparison::with(&plan);
    comparison.add(pg, &members)?;
    let missing = comparison.take_missing();
    if !missing.is_empty() {
        // One may have been renamed, put away, taken back or purged since.
        let (now, _) = sql::members(pg, statuses).map_err(DriftError::Registry)?;
        let (still, moved): (Vec<_>, Vec<_>) = now
            .into_iter()
            .filter(|it| missing.iter().any(|missing| missing.number == it.number))
            .partition(|it| missing.contains(it));
        comparison.report_missing(still);
        comparison.add(pg, &moved)?;
    }
    comparison.finish(pg)
}

impl Plan {
    /// Compares schemata with the template as it was when the plan was made, and puts those together that differ alike;
    /// see [`drift`](crate::drift()).
    ///
    /// Each comes with its number in the registry, which says where its ids begin.
    ///
    /// # Errors
    ///
    /// * [`DriftError::Template`] if the template was changed since and a schema differs;
    /// * [`DriftError::Query`] if the database fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(pg: &mut diesel::PgConnection) -> Result<(), Box<dyn std::error::Error>> {
    /// let plan = multischema::Template::new().plan(pg)?;
    /// let report = plan.drift(pg, &[("school_a".parse()?, 1), ("school_b".parse()?, 2)])?;
    /// assert!(report.is_ok(), "{report}");
    /// # Ok(()) }
    /// ```
    pub fn drift(
        &self,
        pg: &mut PgConnection,
        schemata: &[(SchemaName, i32)],
    ) -> Result<DriftReport, DriftError> {
        let members = schemata.iter().map(|(name, number)| Member {
            number: *number,
            name: name.clone(),
            is_archived: false,
        });
        let members: Vec<Member> = members.collect();
        let mut comparison = Comparison::with(self);
        comparison.add(pg, &members)?;
        comparison.finish(pg)
    }
}
