//! TLS to the database: the server's name is always verified. Binding the password to the channel (SCRAM-PLUS) is left out: the driver
//! then uses SCRAM without it.

use super::Database;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName, pem::PemObject};
use std::{
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Socket,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::{TlsConnector, client};

/// Makes connections.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    /// With the certificate authorities of the configuration, or those of the machine.
    ///
    /// # Errors
    /// If a file cannot be read, or is no certificate or key.
    pub fn new(config: &Database) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        match &config.ca_file {
            Some(file) => {
                for certificate in certificates(file)? {
                    roots.add(certificate).map_err(|error| format!("ca_file: {}: {error}", file.display()))?;
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err("there is no certificate authority; name the one of the database with ca_file".to_owned());
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("{error}"))?
            .with_root_certificates(roots);
        let client = match (&config.certificate_file, &config.key_file) {
            (Some(certificate), Some(key)) => {
                let wrong = |error: &dyn std::fmt::Display| format!("key_file: {}: {error}", key.display());
                let own = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(&error))?;
                builder.with_client_auth_cert(certificates(certificate)?, own).map_err(|error| wrong(&error))?
            }
            (None, None) => builder.with_no_client_auth(),
            _ => return Err("certificate_file and key_file belong together".to_owned()),
        };
        Ok(Self(TlsConnector::from(Arc::new(client))))
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error| format!("{}: {error}", file.display());
    CertificateDer::pem_file_iter(file).map_err(wrong)?.collect::<Result<_, _>>().map_err(wrong)
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Dial;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Dial, InvalidDnsNameError> {
        Ok(Dial { connector: self.0.clone(), name: ServerName::try_from(domain.to_owned())? })
    }
}

/// One handshake.
pub struct Dial {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for Dial {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move { Ok(Stream(self.connector.connect(self.name, socket).await?)) })
    }
}

/// A connection that the driver takes.
pub struct Stream(client::TlsStream<Socket>);

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
