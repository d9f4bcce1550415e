//! Certificates: the node's own, and the authority whose gateways may ask.

use mulu_proofs::ids::Digest32;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    server::{VerifierBuilderError, WebPkiClientVerifier},
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Most certificates in one file.
const CERTIFICATES_MAX: usize = 64;

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The node's certificate, and those between it and an authority that gateways know.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authority that has signed the gateways' certificates.
    pub client_ca: PathBuf,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file holds nothing of its kind.
    #[error("{path} holds no {what} in PEM that can be read; check the file and that the node's user may read it")]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// What the reader says.
        #[source]
        source: Option<pem::Error>,
    },
    /// The authority cannot be used.
    #[error("{path} holds no authority that can sign certificates of gateways")]
    Authority {
        /// The file.
        path: PathBuf,
        /// What the library says.
        #[source]
        source: VerifierBuilderError,
    },
    /// Certificate and key do not belong together, or are of a kind that is not known.
    #[error(
        "the certificate of the decision point and its key do not fit; make them anew, with an EC, Ed25519 or RSA key"
    )]
    Pair(#[source] rustls::Error),
}

/// TLS 1.2 and 1.3; who shows no certificate of the authority is not served.
///
/// # Errors
/// [`TlsError`], the first file that is not as it should be.
pub fn server(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    // What is no certificate of an authority is left out, and an empty store is an error.
    roots.add_parsable_certificates(certificates(&files.client_ca)?);
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|source| TlsError::Authority { path: files.client_ca.clone(), source })?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|source| TlsError::File {
        path: files.key.clone(),
        what: "private key",
        source: Some(source),
    })?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Pair)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&files.certificate)?, key)
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let error = |source| TlsError::File { path: path.to_owned(), what: "certificate", source };
    let read = CertificateDer::pem_file_iter(path).map_err(|source| error(Some(source)))?;
    let list: Vec<_> = read.take(CERTIFICATES_MAX).collect::<Result<_, _>>().map_err(|source| error(Some(source)))?;
    if list.is_empty() { Err(error(None)) } else { Ok(list) }
}

/// SHA-256 of the gateway's certificate.
pub fn fingerprint(connection: &ServerConnection) -> Option<Digest32> {
    let certificate = connection.peer_certificates()?.first()?;
    Some(Sha256::digest(certificate).into())
}
