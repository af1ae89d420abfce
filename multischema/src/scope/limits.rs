//! What is set for the time of one transaction.

use std::fmt;
use std::time::Duration;

/// How long the statements of one transaction may take, and how they are planned.
///
/// For [`TenantConnection::transaction_within`](crate::TenantConnection::transaction_within) and
/// [`GlobalConnection::transaction_within`](crate::GlobalConnection::transaction_within).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use multischema::TransactionLimits;
///
/// let limits = TransactionLimits::new(Duration::from_secs(10));
/// assert_ne!(limits, limits.plan_anew());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimits {
    each: Duration,
    plans_anew: bool,
}

impl TransactionLimits {
    /// Has a statement end with an error that takes longer than this, while it runs or waits for locks. It is counted in milliseconds, of
    /// which there is at least one.
    #[must_use]
    pub fn new(each: Duration) -> Self {
        Self {
            each,
            plans_anew: false,
        }
    }

    /// Has each statement planned for the values that it has, also where it is kept prepared. PostgreSQL makes one plan for all after the
    /// fifth time, if that looks no worse; where some values are in many rows and some in few, it is.
    #[must_use]
    pub fn plan_anew(mut self) -> Self {
        self.plans_anew = true;
        self
    }
}

/// As statements, whose effect ends with the transaction.
impl fmt::Display for TransactionLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 0 would be no limit, and more than an `integer` is no value.
        let most = i32::MAX.unsigned_abs().into();
        let each = self.each.as_millis().clamp(1, most);
        // Who waits for a lock is timed by it as well.
        write!(f, "SET LOCAL statement_timeout = {each}")?;
        if self.plans_anew {
            f.write_str("; SET LOCAL plan_cache_mode = force_custom_plan")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_always_one() {
        for (each, expected) in [
            (Duration::ZERO, 1),
            (Duration::from_secs(2), 2000),
            (Duration::MAX, i32::MAX),
        ] {
            let text = TransactionLimits::new(each).to_string();
            assert_eq!(text, format!("SET LOCAL statement_timeout = {expected}"));
        }
    }
}
