//! Operators, their families and classes, and casts.

use super::super::unit::Unit;
use crate::catalog::{
    Cast, Catalog, Member, Names, ObjectId, ObjectKind, Oid, Operator, OperatorClass, class,
};
use crate::quoted::{Identifier, list};

pub(super) fn write(catalog: &Catalog, names: &Names, units: &mut Vec<Unit>) {
    let names = Lookup(names);
    for it in &catalog.operators {
        let unit = Unit::new(ObjectKind::Operator, &it.signature, it.id());
        units.push(unit.sql(names.operator(it)));
    }
    for it in &catalog.families {
        let unit = Unit::new(ObjectKind::OperatorFamily, &it.name, it.id());
        let family = format!(
            "OPERATOR FAMILY {} USING {}",
            Identifier(&it.name),
            it.method
        );
        units.push(unit.sql(format!("CREATE {family}")));
        let loose = catalog
            .members
            .iter()
            .filter(|member| member.family == it.oid && member.class == 0);
        for member in loose {
            let unit = Unit::new(ObjectKind::OperatorClass, &it.name, member.id).needs([it.id()]);
            units.push(unit.sql(format!("ALTER {family} ADD {}", names.member(member))));
        }
    }
    for it in &catalog.classes {
        let members: Vec<_> = catalog
            .members
            .iter()
            .filter(|member| member.class == it.oid)
            .collect();
        let unit = Unit::new(ObjectKind::OperatorClass, &it.name, it.id());
        let unit = unit.makes(members.iter().map(|member| member.id));
        units.push(unit.sql(names.class(it, &members)));
    }
    for it in &catalog.casts {
        let name = format!("{} as {}", it.source_name, it.target_name);
        units.push(Unit::new(ObjectKind::Cast, name, it.id()).sql(names.cast(it)));
    }
}

struct Lookup<'a>(&'a Names);

impl Lookup<'_> {
    fn of(&self, class: Oid, oid: Oid) -> Option<&str> {
        self.0.get(&ObjectId::new(class, oid)).map(String::as_str)
    }

    fn operator(&self, it: &Operator) -> String {
        let mut options = Vec::new();
        let [function, restrict, join] = it.functions;
        for (option, class, oid) in [
            ("FUNCTION", class::FUNCTION, function),
            ("LEFTARG", class::TYPE, it.left),
            ("RIGHTARG", class::TYPE, it.right),
            ("RESTRICT", class::FUNCTION, restrict),
            ("JOIN", class::FUNCTION, join),
        ] {
            options.extend(self.of(class, oid).map(|name| format!("{option} = {name}")));
        }
        for (option, oid) in [("COMMUTATOR", it.commutator), ("NEGATOR", it.negator)] {
            let name = self.of(class::OPERATOR, oid);
            options.extend(name.map(|name| format!("{option} = OPERATOR({name})")));
        }
        if it.hashes {
            options.push("HASHES".to_owned());
        }
        if it.merges {
            options.push("MERGES".to_owned());
        }
        // An operator's name has no quotes.
        format!("CREATE OPERATOR {} ({})", it.name, list(options))
    }

    fn class(&self, it: &OperatorClass, members: &[&Member]) -> String {
        let default = if it.is_default { " DEFAULT" } else { "" };
        let type_name = self.of(class::TYPE, it.type_).unwrap_or_default();
        let family = self
            .of(class::OPERATOR_FAMILY, it.family)
            .unwrap_or_default();
        let mut items: Vec<String> = members.iter().map(|member| self.member(member)).collect();
        // A class needs an item; that it stores what it is for says nothing.
        let stored = self
            .of(class::TYPE, it.stored)
            .or(items.is_empty().then_some(type_name));
        items.extend(stored.map(|stored| format!("STORAGE {stored}")));
        format!(
            "CREATE OPERATOR CLASS {}{default} FOR TYPE {type_name} USING {} FAMILY {family} AS {}",
            Identifier(&it.name),
            it.method,
            list(items)
        )
    }

    fn member(&self, it: &Member) -> String {
        let type_name = |oid| self.of(class::TYPE, oid).unwrap_or("NONE");
        let types = format!("({}, {})", type_name(it.left), type_name(it.right));
        let number = it.number;
        if it.is_operator() {
            let name = self.of(class::OPERATOR, it.member).unwrap_or_default();
            let order = self.of(class::OPERATOR_FAMILY, it.sort_family);
            let order = order.map_or(String::new(), |family| format!(" FOR ORDER BY {family}"));
            // With a schema it has a dot, which needs no more here than the name alone.
            format!("OPERATOR {number} {name} {types}{order}")
        } else {
            let signature = self.of(class::SIGNATURE, it.member).unwrap_or_default();
            format!("FUNCTION {number} {types} {signature}")
        }
    }

    fn cast(&self, it: &Cast) -> String {
        let how = match it.method {
            'b' => "WITHOUT FUNCTION".to_owned(),
            'i' => "WITH INOUT".to_owned(),
            _ => {
                let signature = self.of(class::SIGNATURE, it.function).unwrap_or_default();
                format!("WITH FUNCTION {signature}")
            }
        };
        let when = match it.context {
            'a' => " AS ASSIGNMENT",
            'i' => " AS IMPLICIT",
            _ => "",
        };
        format!(
            "CREATE CAST ({} AS {}) {how}{when}",
            it.source_name, it.target_name
        )
    }
}
