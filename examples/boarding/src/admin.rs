//! The admin site of the schools, at `/admin`. It has users of its own: those of the schools are among what it looks after.

use axum::Router;
use chrono::{Datelike, NaiveDate, Utc};
use diesel::prelude::*;
use multischema::{CachedRegistry, Migrator, RunQueryDsl, TenantPool};
use multischema_admin::{ActionError, Admin, Model};

use crate::schema::{houses, pupils, users};

/// Makes the site. Superusers may migrate the schools from it.
pub fn site(pool: TenantPool, registry: CachedRegistry, url: &str, migrator: Migrator) -> Router {
    Admin::builder(pool)
        .title("Boarding schools")
        .registry(registry)
        .migrations(url, migrator)
        // It speaks HTTP, to this machine alone.
        .without_tls()
        .register(of_pupils())
        .register(
            Model::of(houses::table)
                .list((houses::name,))
                .search((houses::name,))
                .order_by(houses::name),
        )
        .register(of_accounts())
        .build()
}

fn of_pupils() -> Model<pupils::table> {
    Model::of(pupils::table)
        .list((
            pupils::family_name,
            pupils::given_name,
            pupils::house_id,
            pupils::joined,
        ))
        .computed("Age at joining", (pupils::born, pupils::joined), |row| {
            let date = |column| row.get(column)?.parse::<NaiveDate>().ok();
            let years = date("joined").zip(date("born"));
            let years = years.and_then(|(joined, born)| joined.years_since(born));
            years.map_or_else(|| "-".to_owned(), |it| it.to_string())
        })
        .search((pupils::family_name, pupils::given_name))
        .filters((pupils::house_id, pupils::joined))
        .order_by(pupils::family_name)
        .order_by(pupils::given_name)
        .display((pupils::given_name, pupils::family_name))
        .label(pupils::born, "Date of birth")
        .fieldset("Name", (pupils::given_name, pupils::family_name))
        .fieldset("School", (pupils::house_id, pupils::joined))
        .fieldset("", (pupils::born,))
        .action("joined_this_year", "Have joined this year", |conn, ids| {
            let ids: Result<Vec<i64>, _> = ids.iter().map(|it| it.parse()).collect();
            let chosen = pupils::table.filter(pupils::id.eq_any(ids.map_err(ActionError::other)?));
            let first = NaiveDate::from_ymd_opt(Utc::now().year(), 1, 1);
            let first = first.ok_or_else(|| ActionError::refused("There is no such year."))?;
            let changed = diesel::update(chosen)
                .set(pupils::joined.eq(first))
                .execute(conn)?;
            Ok(match changed {
                1 => "One pupil has joined this year.".to_owned(),
                changed => format!("{changed} pupils have joined this year."),
            })
        })
}

/// Without the hashes of passwords, so that nobody makes or reads one here.
fn of_accounts() -> Model<users::table> {
    Model::of(users::table)
        .title("Accounts")
        .list((users::name, users::is_superuser))
        .search((users::name,))
        .filters((users::is_superuser,))
        .fieldset("", (users::name, users::is_superuser))
}
