//! The pupils of a school.

mod draft;
mod paging;
mod search;
mod view;

use axum::Router;
use axum::extract::{Form, Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use diesel::result::Error::NotFound;
use maud::Markup;
use multischema::SchemaName;
use multischema_axum::{CurrentSchema, DbError, TenantDb};
use serde::Deserialize;

pub use self::draft::{Draft, Errors, Saved};
pub use self::search::{Found, Search};
use crate::models::Pupil;
use crate::page::Frame;
use crate::school;
use crate::site::Site;

/// The segments of a path after the school's.
#[derive(Debug, Deserialize)]
struct Which {
    id: i64,
}

/// What was just done, as the address of the list says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    done: String,
}

pub fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(home))
        .route("/pupils", get(list).post(create))
        .route("/pupils/new", get(begin))
        .route("/pupils/{id}", get(edit).post(save))
        .route("/pupils/{id}/delete", post(delete))
}

async fn home(school: CurrentSchema) -> Redirect {
    Redirect::to(&school::start(school.name()))
}

async fn list(
    db: TenantDb,
    frame: Frame,
    Query(search): Query<Search>,
    Query(Done { done }): Query<Done>,
) -> Result<Markup, DbError> {
    let (search, found) = db.run(|conn| search.run(conn)).await?;
    Ok(shown(&frame, db.schema(), &search, &found, &done))
}

/// The page that lists what was found.
#[must_use]
pub fn shown(
    frame: &Frame,
    school: &SchemaName,
    search: &Search,
    found: &Found,
    done: &str,
) -> Markup {
    let start = school::start(school);
    frame.page("Pupils", &view::list(&start, search, found, done))
}

async fn begin(db: TenantDb, frame: Frame) -> Result<Markup, DbError> {
    let houses = db.run(draft::houses).await?;
    let start = school::start(db.schema());
    let form = view::form(&start, None, &Draft::default(), &Errors::default(), &houses);
    Ok(frame.page("New pupil", &form))
}

async fn create(db: TenantDb, frame: Frame, Form(draft): Form<Draft>) -> Result<Response, DbError> {
    keep(db, frame, None, draft).await
}

async fn edit(
    db: TenantDb,
    frame: Frame,
    Path(Which { id }): Path<Which>,
) -> Result<Markup, DbError> {
    let (pupil, houses) = db
        .run(move |conn| Ok::<_, DbError>((Pupil::find(conn, id)?, draft::houses(conn)?)))
        .await?;
    let title = format!("{} {}", pupil.given_name, pupil.family_name);
    let start = school::start(db.schema());
    let form = view::form(&start, Some(id), &pupil.into(), &Errors::default(), &houses);
    Ok(frame.page(&title, &form))
}

async fn save(
    db: TenantDb,
    frame: Frame,
    Path(Which { id }): Path<Which>,
    Form(draft): Form<Draft>,
) -> Result<Response, DbError> {
    keep(db, frame, Some(id), draft).await
}

async fn delete(db: TenantDb, Path(Which { id }): Path<Which>) -> Result<Redirect, DbError> {
    let deleted = db.run(move |conn| Pupil::delete(conn, id)).await?;
    match deleted {
        0 => Err(NotFound.into()),
        _ => Ok(Redirect::to(&format!(
            "{}?done=deleted",
            school::start(db.schema())
        ))),
    }
}

/// Writes what was typed in, or shows it again with what is wrong with it.
async fn keep(
    db: TenantDb,
    frame: Frame,
    id: Option<i64>,
    draft: Draft,
) -> Result<Response, DbError> {
    let typed = draft.clone();
    let start = school::start(db.schema());
    Ok(match db.run(move |conn| draft.save(conn, id)).await? {
        Saved::Done(_) => Redirect::to(&format!("{start}?done=saved")).into_response(),
        Saved::Refused(errors, houses) => {
            let form = view::form(&start, id, &typed, &errors, &houses);
            let page = frame.page("Not saved yet", &form);
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
    })
}
