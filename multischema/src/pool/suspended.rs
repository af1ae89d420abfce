//! Connections for those who look after a schema that nobody else may use.

use super::error::CheckoutError;
use super::lease::Lease;
use super::tenant_pool::TenantPool;
use crate::name::SchemaName;
use crate::scope::TenantConnection;

impl TenantPool {
    /// Checks a connection out for `schema`, also if that is suspended: for those who look after it while nobody else may use it.
    ///
    /// # Errors
    ///
    /// As [`tenant`](Self::tenant), but for [`CheckoutError::Suspended`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(pool: multischema::TenantPool) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = pool.tenant_or_suspended(&"school_a".parse()?)?;
    /// # Ok(()) }
    /// ```
    pub fn tenant_or_suspended(
        &self,
        schema: &SchemaName,
    ) -> Result<TenantConnection<Lease>, CheckoutError> {
        let path = self.path(schema)?;
        let lease = self.enter(&path, true)?;
        Ok(TenantConnection::entered(lease, schema.clone(), path))
    }
}
