//! The schema itself.

use super::sheet::Sheet;
use crate::catalog::catalog::Catalog;
use crate::catalog::object::{ObjectId, ObjectKind, class};

pub(super) fn facts(catalog: &Catalog, sheet: &mut Sheet<'_>) {
    let it = &catalog.namespace;
    sheet
        .add(ObjectKind::Schema, "", ObjectId::new(class::SCHEMA, it.oid))
        .note("owner", format_args!("{:?}", it.owner))
        .note_grants(&it.grants);
    for it in &catalog.privileges {
        let name = format!("{} of {}", it.keyword().to_lowercase(), it.role);
        sheet
            .add(ObjectKind::DefaultPrivileges, name, ObjectId::new(0, 0))
            .note_each_grant(it.grants.own.as_deref().unwrap_or_default());
    }
}
