//! Host names to addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

type Lookup =
    dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync;

/// A lookup of host names; the addresses that it gives are checked and then dialled, no others.
#[derive(Clone)]
pub struct Names(Arc<Lookup>);

impl Names {
    /// The system's resolver.
    pub fn system() -> Self {
        Self::new(|host| async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address: SocketAddr| address.ip()).collect())
        })
    }

    /// A resolver of one's own.
    pub fn new<F, R>(lookup: F) -> Self
    where
        F: Fn(String) -> R + Send + Sync + 'static,
        R: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        Self(Arc::new(move |host| Box::pin(lookup(host))))
    }

    /// All addresses of a host.
    ///
    /// # Errors
    /// Whatever the resolver says, for example that the name does not exist.
    pub async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        (self.0)(host.to_owned()).await
    }
}
