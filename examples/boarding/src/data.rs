//! What a new database is filled with: schools with houses and pupils, and who may use which.
//!
//! The pupils are those of the quickstart.

use std::error::Error;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use chrono::NaiveDate;
use diesel::prelude::*;
use multischema::{CreateError, NewSchema, Registry, RunQueryDsl, SchemaName, TenantPool};
use multischema_admin::{Action, OperatorError, Operators};
use serde::Deserialize;

use crate::models::{House, NewAccount, PupilValues};
use crate::password;
use crate::schema::{houses, pupils, users};

struct School {
    name: &'static str,
    label: &'static str,
    houses: [&'static str; 4],
    pupils: &'static str,
}

const SCHOOLS: [School; 3] = [
    School {
        name: "north",
        label: "Northgate School",
        houses: ["Birch", "Cedar", "Juniper", "Tamarack"],
        pupils: include_str!("../../quickstart/data/pupils_northgate.csv"),
    },
    School {
        name: "south",
        label: "Lakeside School",
        houses: ["Heron", "Kestrel", "Lapwing", "Swift"],
        pupils: include_str!("../../quickstart/data/pupils_lakeside.csv"),
    },
    School {
        name: "west",
        label: "Riverside School",
        houses: ["Basalt", "Flint", "Granite", "Slate"],
        pupils: include_str!("../../quickstart/data/pupils_riverside.csv"),
    },
];

/// Somebody who can try the site out.
pub struct Demo {
    pub name: &'static str,
    pub password: &'static str,
    /// None are all: a superuser needs no membership.
    pub schools: &'static [&'static str],
}

pub const USERS: [Demo; 3] = [
    Demo {
        name: "anna",
        password: "anna-demo",
        schools: &["north", "south"],
    },
    Demo {
        name: "ben",
        password: "ben-demo",
        schools: &["south", "west"],
    },
    Demo {
        name: "root",
        password: "root-demo",
        schools: &[],
    },
];

/// Somebody who can try the admin site out.
pub struct DemoOperator {
    pub name: &'static str,
    pub password: &'static str,
    is_superuser: bool,
    /// For people.
    pub may: &'static str,
}

pub const OPERATORS: [DemoOperator; 2] = [
    DemoOperator {
        name: "root",
        password: "root-demo-admin",
        is_superuser: true,
        may: "all (superuser)",
    },
    DemoOperator {
        name: "carol",
        password: "carol-demo-admin",
        is_superuser: false,
        may: "look after the pupils of north",
    },
];

/// Fills a database that has no users yet, and returns whether it had none.
///
/// Of several processes that begin at once one does it, and the others wait for it at the users' names.
pub fn fill(pool: &TenantPool, registry: &Registry) -> Result<bool, Box<dyn Error>> {
    pool.global()?.transaction(|conn| {
        if users::table.count().get_result::<i64>(conn)? > 0 {
            return Ok(false);
        }
        let mut rows = Vec::new();
        for user in &USERS {
            rows.push(NewAccount {
                name: user.name,
                password_hash: password::hash(user.password)?,
                is_superuser: user.schools.is_empty(),
            });
        }
        let ids: Vec<i64> = diesel::insert_into(users::table)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(users::id)
            .get_results(conn)?;
        if ids.len() < USERS.len() {
            return Ok(false);
        }
        for school in &SCHOOLS {
            school.make(pool, registry)?;
        }
        for (user, id) in USERS.iter().zip(ids) {
            for school in user.schools {
                registry.add_member(&school.parse()?, &id.to_string(), "teacher")?;
            }
        }
        look_after(pool, registry)?;
        Ok(true)
    })
}

/// Makes the users of the admin site, and says what they may do.
fn look_after(pool: &TenantPool, registry: &Registry) -> Result<(), Box<dyn Error>> {
    let operators = Operators::new(pool.clone());
    for it in &OPERATORS {
        match operators.create(it.name, it.password, it.is_superuser) {
            // An attempt that failed has made them.
            Ok(()) | Err(OperatorError::Taken { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let pupils = [Action::View, Action::Add, Action::Change];
    operators.grant("secretary", "pupils", &pupils)?;
    operators.grant("secretary", "houses", &[Action::View])?;
    registry.add_member(&"north".parse()?, "carol", "secretary")?;
    Ok(())
}

/// A line of the files.
#[derive(Deserialize)]
struct Line {
    given_name: String,
    family_name: String,
    born: NaiveDate,
    joined: NaiveDate,
}

impl School {
    /// Makes the school, if an attempt that failed has not, and its rows.
    fn make(&self, pool: &TenantPool, registry: &Registry) -> Result<(), Box<dyn Error>> {
        let name: SchemaName = self.name.parse()?;
        match registry.create(NewSchema::new(name.clone()).label(self.label)) {
            Ok(_) | Err(CreateError::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let mut reader = csv::Reader::from_reader(self.pupils.as_bytes());
        let lines = reader.deserialize().collect::<Result<Vec<Line>, _>>()?;
        pool.tenant(&name)?.transaction(|conn| {
            if pupils::table.count().get_result::<i64>(conn)? > 0 {
                return Ok(());
            }
            let mut ids = Vec::new();
            for house in self.houses {
                ids.push(House::create(conn, houses::name.eq(house))?.id);
            }
            let rows: Vec<PupilValues> = lines.into_iter().map(|it| it.values(&ids)).collect();
            for batch in rows.chunks(100) {
                diesel::insert_into(pupils::table)
                    .values(batch)
                    .execute(conn)?;
            }
            Ok(())
        })
    }
}

impl Line {
    /// Brothers and sisters are in the same house.
    fn values(self, houses: &[i64]) -> PupilValues {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&self.family_name);
        let house = usize::try_from(hash % houses.len() as u64).unwrap_or_default();
        PupilValues {
            given_name: self.given_name,
            family_name: self.family_name,
            born: self.born,
            joined: self.joined,
            house_id: houses[house],
        }
    }
}
