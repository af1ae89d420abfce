//! What there is in the tree of a statement, whatever kind of statement it is.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, Query, Statement,
    TableFactor, Value, Visit, Visitor,
};
use sqlparser::tokenizer::Location;

use super::tokens::{self, folded};

/// The functions that look an object up by the text of their first argument.
const LOOKUPS: [&str; 9] = [
    "nextval",
    "currval",
    "setval",
    "to_regclass",
    "to_regtype",
    "to_regproc",
    "to_regprocedure",
    "pg_get_serial_sequence",
    "to_regnamespace",
];

const REG_TYPES: [&str; 5] = [
    "regclass",
    "regtype",
    "regproc",
    "regprocedure",
    "regnamespace",
];

#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Where columns are named. Only the tree tells `alias.column` from `schema.table`.
    pub(super) columns: HashSet<Location>,
    /// Tables and views that are named without a schema.
    pub(super) relations: Vec<String>,
    /// The names that `WITH` gives to queries.
    pub(super) queries: HashSet<String>,
    /// Names in strings, which PostgreSQL looks up.
    pub(super) lookups: Vec<Vec<String>>,
    /// The setting of each `set_config`, if it is written there.
    pub(super) settings: Vec<Option<String>>,
}

impl Seen {
    pub(super) fn of(statement: &Statement) -> Self {
        let mut seen = Self::default();
        // The visitor stops nowhere.
        let _: ControlFlow<()> = statement.visit(&mut seen);
        seen
    }

    pub(super) fn relation(&mut self, name: &ObjectName) {
        if let [name] = &parts(name)[..] {
            self.relations.push(name.clone());
        }
    }

    fn call(&mut self, name: &ObjectName, args: &[FunctionArg]) {
        let name = parts(name);
        let (None | Some("pg_catalog"), function) = tokens::object(&name) else {
            return;
        };
        let first = args.first().and_then(|arg| match arg {
            FunctionArg::Named { arg, .. }
            | FunctionArg::ExprNamed { arg, .. }
            | FunctionArg::Unnamed(arg) => match arg {
                FunctionArgExpr::Expr(expr) => string(expr),
                _ => None,
            },
        });
        if function == "set_config" {
            self.settings.push(first.map(str::to_lowercase));
        } else if LOOKUPS.contains(&function) {
            self.look_up(first);
        }
    }

    fn look_up(&mut self, text: Option<&str>) {
        let tokens = text.and_then(|text| tokens::read(text).ok());
        let tokens = tokens.map(|it| tokens::solid(&it)).unwrap_or_default();
        self.lookups
            .extend(tokens::chain(&tokens, 0).map(|it| it.parts));
    }
}

impl Visitor for Seen {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let with = query.with.iter().flat_map(|it| &it.cte_tables);
        let names = with.map(|it| &it.alias.name);
        self.queries
            .extend(names.map(|it| folded(&it.value, it.quote_style.is_some())));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.relation(relation);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                name,
                args: Some(args),
                ..
            } => self.call(name, &args.args),
            TableFactor::Function { name, args, .. } => self.call(name, args),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => {
                self.columns.insert(name.span.start);
            }
            Expr::CompoundIdentifier(names) => {
                self.columns.extend(names.first().map(|it| it.span.start));
            }
            Expr::Function(function) => {
                if let FunctionArguments::List(list) = &function.args {
                    self.call(&function.name, &list.args);
                }
            }
            Expr::Cast {
                expr, data_type, ..
            } if is_reg_type(data_type) => self.look_up(string(expr)),
            Expr::TypedString(typed) if is_reg_type(&typed.data_type) => {
                self.look_up(text(&typed.value.value));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn is_reg_type(data_type: &DataType) -> bool {
    match data_type {
        DataType::Regclass => true,
        DataType::Custom(name, _) => REG_TYPES.contains(&tokens::object(&parts(name)).1),
        _ => false,
    }
}

fn string(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => text(&value.value),
        Expr::Nested(expr) | Expr::Cast { expr, .. } => string(expr),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::DollarQuotedString(text) => Some(&text.value),
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::UnicodeStringLiteral(text)
        | Value::NationalStringLiteral(text) => Some(text),
        _ => None,
    }
}

/// Returns the parts of a name, as PostgreSQL folds them.
pub(super) fn parts(name: &ObjectName) -> Vec<String> {
    let idents = name.0.iter().filter_map(|it| it.as_ident());
    idents
        .map(|it| folded(&it.value, it.quote_style.is_some()))
        .collect()
}
