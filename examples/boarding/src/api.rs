//! The same pupils for programs, as JSON. Which school, the header `X-Change-Schema` says.

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use multischema::SchemaName;
use multischema_axum::{DbError, TenantDb};
use serde::Serialize;
use serde_json::json;

use crate::models::Pupil;
use crate::pupils::{Draft, Saved, Search};

#[derive(Debug, Serialize)]
pub struct Answer {
    school: SchemaName,
    total: i64,
    page: i64,
    pages: i64,
    pupils: Vec<Pupil>,
}

/// Lists pupils, as the page does.
pub async fn list(db: TenantDb, Query(search): Query<Search>) -> Result<Json<Answer>, DbError> {
    let (_, found) = db.run(|conn| search.run(conn)).await?;
    Ok(Json(Answer {
        school: db.schema().clone(),
        total: found.paging.total,
        page: found.paging.page,
        pages: found.paging.last,
        pupils: found.pupils,
    }))
}

/// Makes a new pupil, by the rules of the form.
pub async fn create(db: TenantDb, Json(draft): Json<Draft>) -> Result<Response, DbError> {
    Ok(match db.run(move |conn| draft.save(conn, None)).await? {
        Saved::Done(pupil) => (StatusCode::CREATED, Json(pupil)).into_response(),
        Saved::Refused(errors, _) => {
            let errors = json!({ "errors": errors });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(errors)).into_response()
        }
    })
}
