//! Constraints of tables and domains.

use super::fields::{Fields, Malformed};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, rows};

macro_rules! constraint_rows {
    ($kind:literal, $enforced:literal, $period:literal, $expression:literal, $of:expr) => {
        rows!($kind:
            "c.oid", "c.conrelid", "c.contypid", "c.conname", "c.contype", "c.condeferrable", "c.condeferred",
            "c.convalidated", $enforced, $period, "c.conislocal", "c.coninhcount", "c.connoinherit", "c.conparentid",
            "c.conindid", "c.confrelid", "c.confupdtype", "c.confdeltype", "c.confmatchtype",
            "c.conkey", "c.confkey", "c.confdelsetcols", "c.conpfeqop", "c.conexclop",
            $expression,
            // A foreign key whose triggers are switched off checks nothing.
            @since "CASE WHEN c.contype OPERATOR(pg_catalog.=) 'f' THEN EXISTS (SELECT FROM pg_catalog.pg_trigger t \
             WHERE t.tgconstraint OPERATOR(pg_catalog.=) c.oid AND t.tgenabled OPERATOR(pg_catalog.<>) 'O') END",
            @full "pg_catalog.pg_get_constraintdef(c.oid)";
            "FROM pg_catalog.pg_constraint c WHERE ", $of)
    };
}

macro_rules! on_relations {
    ($enforced:literal, $period:literal) => {
        constraint_rows!("constraint", $enforced, $period,
            "CASE WHEN c.contype OPERATOR(pg_catalog.=) 'x' THEN pg_catalog.pg_get_constraintdef(c.oid) \
             ELSE pg_catalog.pg_get_expr(c.conbin, c.conrelid) END",
            concat!("c.contype OPERATOR(pg_catalog.<>) 't' AND ", own!("c.conrelid", with_columns)))
    };
}

const ROWS: Rows = on_relations!("NULL", "NULL");
const ROWS_OF_18: Rows = on_relations!("c.conenforced", "c.conperiod");
pub(super) const DOMAIN_ROWS: Rows = constraint_rows!(
    "domain constraint",
    "NULL",
    "NULL",
    "pg_catalog.pg_get_constraintdef(c.oid)",
    own!("c.contypid", types)
);

pub(super) fn rows(version: u32) -> &'static Rows {
    match version {
        180_000.. => &ROWS_OF_18,
        _ => &ROWS,
    }
}

/// A constraint, as `pg_constraint` has it; constraint triggers are among the triggers.
#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) oid: Oid,
    pub(crate) relation: Oid,
    pub(crate) domain: Oid,
    pub(crate) name: String,
    pub(crate) kind: ConstraintKind,
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) is_valid: bool,
    pub(crate) is_enforced: bool,
    pub(crate) has_period: bool,
    pub(crate) is_local: bool,
    pub(crate) inherited: i16,
    pub(crate) no_inherit: bool,
    /// The constraint that a partition has it from.
    pub(crate) parent: Oid,
    pub(crate) index: Oid,
    pub(crate) referenced: Oid,
    /// What happens on update and on delete, and how null is matched.
    pub(crate) actions: [char; 3],
    pub(crate) columns: Vec<i16>,
    pub(crate) referenced_columns: Vec<i16>,
    /// The columns that `ON DELETE SET` sets, if not all.
    pub(crate) set_columns: Vec<i16>,
    pub(crate) operators: Vec<Oid>,
    pub(crate) exclusion_operators: Vec<Oid>,
    /// Whether a foreign key's triggers are on.
    pub(crate) is_armed: bool,
    pub(crate) expression: Option<String>,
    pub(crate) definition: Option<String>,
}

/// What a constraint demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    Check,
    ForeignKey,
    NotNull,
    PrimaryKey,
    Unique,
    Exclusion,
}

impl Constraint {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            relation: fields.oid()?,
            domain: fields.oid()?,
            name: fields.text()?,
            kind: ConstraintKind::read(fields.letter()?)?,
            deferrable: fields.flag()?,
            deferred: fields.flag()?,
            is_valid: fields.flag()?,
            is_enforced: fields.optional()?.as_deref() != Some("f"),
            has_period: fields.flag()?,
            is_local: fields.flag()?,
            inherited: fields.number()?,
            no_inherit: fields.flag()?,
            parent: fields.oid()?,
            index: fields.oid()?,
            referenced: fields.oid()?,
            actions: [fields.letter()?, fields.letter()?, fields.letter()?],
            columns: fields.numbers()?,
            referenced_columns: fields.numbers()?,
            set_columns: fields.numbers()?,
            operators: fields.numbers()?,
            exclusion_operators: fields.numbers()?,
            expression: fields.optional()?,
            is_armed: !fields.flag()?,
            definition: fields.optional()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::CONSTRAINT, self.oid)
    }

    /// Whether PostgreSQL made it for a partition of the table that a foreign key references. There is one for each,
    /// beside the one that somebody wrote.
    pub(crate) fn is_of_referenced_partition(&self, all: &[Self]) -> bool {
        self.parent != 0
            && all
                .iter()
                .any(|it| it.oid == self.parent && it.relation == self.relation)
    }
}

impl ConstraintKind {
    fn read(letter: char) -> Result<Self, Malformed> {
        match letter {
            'c' => Ok(Self::Check),
            'f' => Ok(Self::ForeignKey),
            'n' => Ok(Self::NotNull),
            'p' => Ok(Self::PrimaryKey),
            'u' => Ok(Self::Unique),
            'x' => Ok(Self::Exclusion),
            other => Err(format!("unknown kind {other:?} of a constraint").into()),
        }
    }

    /// Whether an index stands behind it that is made with it.
    pub(crate) fn has_index(self) -> bool {
        matches!(self, Self::PrimaryKey | Self::Unique | Self::Exclusion)
    }
}
