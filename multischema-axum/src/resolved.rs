//! The schema that a request names.

use axum_core::BoxError;
use http::request::Parts;

use crate::layer::Config;
use crate::refusal::Refusal;
use crate::resolver::{Named, Resolver, Trust};
use crate::service::failed;

/// The schema that a request names, and by what.
pub(crate) struct Resolved<'a> {
    pub(crate) named: Named,
    by: &'a dyn Resolver,
    /// Somebody who claims it, wherever the request was sent to.
    is_claimed: bool,
}

impl<'a> Resolved<'a> {
    /// Asks all resolvers. What was remembered yields to all else.
    pub(crate) async fn of(config: &'a Config, request: &Parts) -> Result<Option<Self>, Refusal> {
        let found = Self::but_remembered(config, request).await?;
        if found.is_some() {
            return Ok(found);
        }
        for by in resolvers(config).filter(is_memory) {
            if let Some(named) = by
                .resolve(request)
                .await
                .map_err(|error| not_resolved(&error))?
            {
                let is_claimed = false;
                return Ok(Some(Self {
                    named,
                    by,
                    is_claimed,
                }));
            }
        }
        Ok(None)
    }

    /// Asks all resolvers that do not remember.
    pub(crate) async fn but_remembered(
        config: &'a Config,
        request: &Parts,
    ) -> Result<Option<Self>, Refusal> {
        let mut found: Option<Self> = None;
        for by in resolvers(config).filter(|it| !is_memory(it)) {
            let Some(named) = by
                .resolve(request)
                .await
                .map_err(|error| not_resolved(&error))?
            else {
                continue;
            };
            let is_claimed = by.trust() == Trust::Claim;
            match &mut found {
                None => {
                    found = Some(Self {
                        named,
                        by,
                        is_claimed,
                    })
                }
                Some(found) if found.named == named => found.is_claimed |= is_claimed,
                Some(_) => return Err(Refusal::Disagreement),
            }
        }
        Ok(found)
    }

    pub(crate) fn is_remembered(&self) -> bool {
        self.by.trust() == Trust::Memory
    }

    /// Whether nothing but the place where it was sent names it.
    pub(crate) fn is_place(&self) -> bool {
        !self.is_claimed && !self.is_remembered()
    }

    /// Has it forgotten, if it was remembered.
    pub(crate) async fn forget(&self, request: &Parts) -> Result<(), Refusal> {
        self.by
            .forget(request)
            .await
            .map_err(|error| not_resolved(&error))
    }

    /// Refuses it, and forgets it if it was remembered: so the next request works.
    pub(crate) async fn refuse<T>(&self, request: &Parts, refusal: Refusal) -> Result<T, Refusal> {
        if self.is_remembered() {
            self.forget(request).await?;
        }
        Err(refusal)
    }
}

fn resolvers(config: &Config) -> impl Iterator<Item = &dyn Resolver> {
    config.resolvers.iter().map(AsRef::as_ref)
}

fn is_memory(by: &&dyn Resolver) -> bool {
    by.trust() == Trust::Memory
}

fn not_resolved(error: &BoxError) -> Refusal {
    failed(error.as_ref())
}
