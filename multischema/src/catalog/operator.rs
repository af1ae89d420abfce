//! Operators, operator families and classes, and casts.

use super::fields::{Fields, Malformed};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, rows};

pub(super) const ROWS: Rows = rows!("operator":
    "o.oid", "o.oprname", "pg_catalog.pg_get_userbyid(o.oprowner)", "o.oprcanmerge", "o.oprcanhash",
    "o.oprleft", "o.oprright", "o.oprresult", "o.oprcom", "o.oprnegate",
    "o.oprcode::pg_catalog.oid", "o.oprrest::pg_catalog.oid", "o.oprjoin::pg_catalog.oid", "o.oid::pg_catalog.regoperator";
    "FROM pg_catalog.pg_operator o WHERE ", own!("o.oid", operators));

pub(super) const FAMILY_ROWS: Rows = rows!("family":
    "f.oid", "f.opfname", "pg_catalog.pg_get_userbyid(f.opfowner)",
    "(SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid OPERATOR(pg_catalog.=) f.opfmethod)";
    "FROM pg_catalog.pg_opfamily f WHERE ", own!("f.oid", families));

pub(super) const CLASS_ROWS: Rows = rows!("class":
    "c.oid", "c.opcname", "pg_catalog.pg_get_userbyid(c.opcowner)",
    "(SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid OPERATOR(pg_catalog.=) c.opcmethod)",
    "c.opcfamily", "c.opcintype", "c.opcdefault", "c.opckeytype";
    "FROM pg_catalog.pg_opclass c WHERE ", own!("c.oid", classes));

/// Operators of the families that are in the schema.
pub(super) const OPERATOR_MEMBER_ROWS: Rows = rows!("member":
        "2602", "m.oid", "m.amopfamily", "m.amoplefttype", "m.amoprighttype", "m.amopstrategy", "m.amopopr", "m.amopsortfamily",
        // The class that it belongs to, if it is not loose in the family.
        "(SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 2602::pg_catalog.oid \
         AND d.objid OPERATOR(pg_catalog.=) m.oid AND d.refclassid OPERATOR(pg_catalog.=) 2616::pg_catalog.oid)";
        "FROM pg_catalog.pg_amop m WHERE ", own!("m.amopfamily", families));

/// Functions of these families.
pub(super) const FUNCTION_MEMBER_ROWS: Rows = rows!("member":
        "2603", "m.oid", "m.amprocfamily", "m.amproclefttype", "m.amprocrighttype", "m.amprocnum", "m.amproc::pg_catalog.oid", "0",
        "(SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 2603::pg_catalog.oid \
         AND d.objid OPERATOR(pg_catalog.=) m.oid AND d.refclassid OPERATOR(pg_catalog.=) 2616::pg_catalog.oid)";
        "FROM pg_catalog.pg_amproc m WHERE ", own!("m.amprocfamily", families));

/// A cast from a range to its multirange comes with the type.
pub(super) const CAST_ROWS: Rows = rows!("cast":
    "c.oid", "c.castfunc", "c.castcontext", "c.castmethod",
    "pg_catalog.format_type(c.castsource, NULL)", "pg_catalog.format_type(c.casttarget, NULL)";
    "FROM pg_catalog.pg_cast c WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY(\
     SELECT d.objid FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 2605::pg_catalog.oid \
     AND d.refclassid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid AND ", own!("d.refobjid", all_types), " \
     AND d.deptype OPERATOR(pg_catalog.=) 'n'))");

/// An operator, as `pg_operator` has it.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) merges: bool,
    pub(crate) hashes: bool,
    pub(crate) left: Oid,
    pub(crate) right: Oid,
    pub(crate) result: Oid,
    pub(crate) commutator: Oid,
    pub(crate) negator: Oid,
    /// What it calls; how selective it is alone, and in a join.
    pub(crate) functions: [Oid; 3],
    /// As SQL tells it from others of its name.
    pub(crate) signature: String,
}

impl Operator {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            name: fields.text()?,
            owner: fields.text()?,
            merges: fields.flag()?,
            hashes: fields.flag()?,
            left: fields.oid()?,
            right: fields.oid()?,
            result: fields.oid()?,
            commutator: fields.oid()?,
            negator: fields.oid()?,
            functions: [fields.oid()?, fields.oid()?, fields.oid()?],
            signature: fields.text()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::OPERATOR, self.oid)
    }

    /// Whether it was only announced as another's commutator or negator.
    pub(crate) fn is_shell(&self) -> bool {
        self.functions[0] == 0
    }
}

/// An operator family, as `pg_opfamily` has it.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) method: String,
}

impl Family {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            name: fields.text()?,
            owner: fields.text()?,
            method: fields.text()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::OPERATOR_FAMILY, self.oid)
    }
}

/// An operator class, as `pg_opclass` has it.
#[derive(Debug, Clone)]
pub(crate) struct OperatorClass {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) method: String,
    pub(crate) family: Oid,
    pub(crate) type_: Oid,
    pub(crate) is_default: bool,
    pub(crate) stored: Oid,
}

impl OperatorClass {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            name: fields.text()?,
            owner: fields.text()?,
            method: fields.text()?,
            family: fields.oid()?,
            type_: fields.oid()?,
            is_default: fields.flag()?,
            stored: fields.oid()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::OPERATOR_CLASS, self.oid)
    }
}

/// An operator or function of an operator family, as `pg_amop` and `pg_amproc` have it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: ObjectId,
    pub(crate) family: Oid,
    pub(crate) left: Oid,
    pub(crate) right: Oid,
    pub(crate) number: i16,
    /// The operator or function.
    pub(crate) member: Oid,
    pub(crate) sort_family: Oid,
    pub(crate) class: Oid,
}

impl Member {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            id: ObjectId::new(fields.oid()?, fields.oid()?),
            family: fields.oid()?,
            left: fields.oid()?,
            right: fields.oid()?,
            number: fields.number()?,
            member: fields.oid()?,
            sort_family: fields.oid()?,
            class: fields.oid()?,
        })
    }

    pub(crate) fn is_operator(&self) -> bool {
        self.id.class == class::FAMILY_OPERATOR
    }
}

/// A cast, as `pg_cast` has it. It is in no schema, but one of its types or its function is.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    pub(crate) oid: Oid,
    pub(crate) function: Oid,
    /// `e`xplicit, `a`ssignment, `i`mplicit.
    pub(crate) context: char,
    /// By `f`unction, `i`nput and output, `b`inary.
    pub(crate) method: char,
    pub(crate) source_name: String,
    pub(crate) target_name: String,
}

impl Cast {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            function: fields.oid()?,
            context: fields.letter()?,
            method: fields.letter()?,
            source_name: fields.text()?,
            target_name: fields.text()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::CAST, self.oid)
    }
}
