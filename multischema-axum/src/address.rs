//! The address that a browser knows.

use axum::extract::OriginalUri;
use http::{Extensions, Uri};

/// The address that was sent: a nested router of axum takes its prefix away from `uri`, and says what it was.
pub(crate) fn sent<'a>(extensions: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    extensions.get().map_or(uri, |OriginalUri(sent)| sent)
}
