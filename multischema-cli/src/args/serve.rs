//! What may be said of serving the admin site.

use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Serve {
    /// Address to listen at. One that others reach is refused, unless a proxy is in front
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub(crate) bind: SocketAddr,
    /// What the site is called
    #[arg(long, default_value = "Administration")]
    pub(crate) title: String,
    /// Have the cookie work without TLS, as some browsers want it even on this machine
    #[arg(long, conflicts_with = "behind_proxy")]
    pub(crate) insecure_cookies: bool,
    /// A proxy in front speaks TLS, lets nobody past it, and adds to X-Forwarded-For where a request comes from
    #[arg(long)]
    pub(crate) behind_proxy: bool,
    /// Folder of migrations that superusers may run from the site, with the folders `global` and `tenant`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
}
