//! The host that the request was sent to.

use std::collections::HashMap;
use std::fmt;

use axum_core::BoxError;
use http::header::HOST;
use http::request::Parts;
use multischema::SchemaName;

use super::{Named, Resolver, Trust};
use crate::identity::BoxFuture;

/// The label before a domain, as in `school_a.example.com` or, as a host name has no `_`, `school-a.example.com`.
///
/// Exactly one label: neither `example.com` nor `x.school-a.example.com` names a schema, and neither does any other host. A port, a
/// final dot and capitals make no difference. `X-Forwarded-Host` is not looked at: let the proxy set `Host`.
///
/// Trust: anybody can send any `Host`. Who may not use the schema gets nothing.
///
/// # Examples
///
/// ```
/// use multischema_axum::Subdomain;
///
/// let schools = Subdomain::of("example.com").except(["www", "api"]);
/// ```
#[derive(Debug, Clone)]
pub struct Subdomain {
    suffix: String,
    except: Vec<String>,
}

impl Subdomain {
    /// The labels before this domain.
    #[must_use]
    pub fn of(domain: &str) -> Self {
        let domain = domain.trim_matches('.').to_ascii_lowercase();
        Self {
            suffix: format!(".{domain}"),
            except: Vec::new(),
        }
    }

    /// Labels that are no schema's.
    #[must_use]
    pub fn except<'a>(mut self, labels: impl IntoIterator<Item = &'a str>) -> Self {
        self.except
            .extend(labels.into_iter().map(str::to_ascii_lowercase));
        self
    }
}

impl Resolver for Subdomain {
    fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>> {
        let host = host(request);
        let label = host
            .as_deref()
            .and_then(|host| host.strip_suffix(&self.suffix));
        let label = label.filter(|it| !it.is_empty() && !it.contains('.'));
        let label = label.filter(|it| !self.except.iter().any(|except| except == it));
        let named = label.map(|it| Named::new(&it.replace('-', "_")));
        Box::pin(std::future::ready(Ok(named)))
    }

    fn trust(&self) -> Trust {
        Trust::Place
    }
}

/// Hosts that are a schema's, each by its whole name, as of customers with a domain of their own. A host that is not in it names no
/// schema.
///
/// Trust: as [`Subdomain`].
///
/// # Examples
///
/// ```
/// use multischema_axum::HostMap;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let schools = HostMap::from_iter([("school.example.org", "school_a".parse()?)]);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HostMap {
    schemata: HashMap<String, SchemaName>,
}

impl<H: AsRef<str>> FromIterator<(H, SchemaName)> for HostMap {
    fn from_iter<I: IntoIterator<Item = (H, SchemaName)>>(hosts: I) -> Self {
        let hosts = hosts.into_iter();
        let schemata = hosts.map(|(host, schema)| (plain(host.as_ref()), schema));
        Self {
            schemata: schemata.collect(),
        }
    }
}

impl Resolver for HostMap {
    fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>> {
        let host = host(request);
        let schema = host.and_then(|host| self.schemata.get(&host));
        let named = schema.cloned().map(Named::from);
        Box::pin(std::future::ready(Ok(named)))
    }

    fn trust(&self) -> Trust {
        Trust::Place
    }
}

impl fmt::Debug for HostMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostMap")
            .field("hosts", &self.schemata.len())
            .finish_non_exhaustive()
    }
}

/// The host of a request, in small letters, without port and final dot; none if it has several, or what is no text.
///
/// HTTP/2 has it in the URI, HTTP/1.1 in a header (RFC 9110, 7.2).
pub(crate) fn host(request: &Parts) -> Option<String> {
    if let Some(host) = request.uri.host() {
        return Some(plain(host));
    }
    let mut hosts = request.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok().map(plain),
        _ => None,
    }
}

fn plain(host: &str) -> String {
    // An IPv6 address is in brackets, in which there are colons.
    let host = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => host,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    host.to_ascii_lowercase()
}
