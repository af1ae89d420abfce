#![cfg_attr(all(feature = "derive", feature = "testing"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "derive", feature = "testing")),
    doc = "One PostgreSQL schema per customer, for Diesel."
)]

mod access;
mod catalog;
mod diesel_internal;
mod drift;
mod error;
#[cfg(feature = "fixture")]
pub mod fixture;
#[cfg(feature = "migrations")]
mod interruption;
mod kept;
mod lifecycle;
#[cfg(feature = "migrations")]
mod migrate;
mod model;
mod name;
mod path;
mod patience;
mod pool;
mod quoted;
mod registry;
mod scope;
mod tables;
mod template;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;

pub use access::{
    AccessError, CacheStats, CachedRegistry, CachedRegistryBuilder, Grant, SchemaAccess,
};
pub use drift::{DriftError, DriftGroup, DriftReport, Unread, drift};
pub use error::Error;
pub use lifecycle::SchemaStatus;
#[cfg(feature = "migrations")]
pub use migrate::{
    FleetEvent, FleetReport, FleetStatus, History, MigrateError, Migrator, OnError, Outcome,
    SchemaReport, Stop, Work, build, migrate_all,
};
pub use model::{
    Changes, CombineDsl, Combined, Global, InScope, Key, Model, NewRow, Reaches, Row, RunQueryDsl,
    Scope, ScopedConnection, TableScope, Tenant, Unscoped, UnscopedExt,
};
#[cfg(feature = "derive")]
#[doc = include_str!("docs/derive.md")]
pub use multischema_derive::MultiSchema;
pub use name::{InvalidSchemaName, InvalidSchemaNameKind, SchemaName};
pub use path::{SearchPath, SharedSchemata};
pub use pool::{
    CheckoutError, Lease, PoolStats, SearchPathCustomizer, TenantPool, TenantPoolBuilder,
};
#[cfg(feature = "migrations")]
pub use registry::InitError;
pub use registry::{
    CloneData, CreateError, CreateManyError, Dependent, Filter, ForeignIds, HealReport, IdReport,
    InvalidLabelKind, InvalidUserKind, Member, Membership, NewSchema, PurgeProgress, Registry,
    RegistryError, Schema, Shadowed, Uncounted, Unhealed, User, WithData,
};
pub use scope::{
    GlobalConnection, ScopeError, Session, SessionHandle, TenantConnection, TransactionBuilder,
    TransactionLimits, Verify, Whereabouts,
};

pub use catalog::ObjectKind;
pub use template::{Difference, Ids, Plan, Repair, Template, TemplateError, TemplateIssue};

/// What derived code and macros of this crate name. Not for use by hand, and outside of semver.
#[doc(hidden)]
pub mod __private {
    pub use crate::model::{
        Counted, OneRow, PlainRow, is_marked, is_qualified, is_unqualified, key,
    };
    pub use diesel::pg::Pg;
    pub use diesel::{
        BoolExpressionMethods, HasQuery, QueryDsl, QueryResult, SelectableHelper, delete,
        insert_into, update,
    };

    diesel::table! {
        /// The table of a model that the derive found mistakes in.
        public.stand_in (id) {
            /// Not a column of anything.
            id -> Integer,
        }
    }

    #[diagnostic::do_not_recommend]
    impl crate::TableScope for stand_in::table {
        type Scope = crate::Global;
    }
}
