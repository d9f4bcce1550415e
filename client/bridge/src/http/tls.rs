//! The bridge's own certificate, and the authority whose callers may show one.

use crate::error::BridgeError;
use rustls::{RootCertStore, ServerConfig, ServerConnection, crypto::ring, server::WebPkiClientVerifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::auth::Certificate;

/// Most certificates in one file.
const CERTIFICATES_MAX: usize = 64;

/// The table `[http.tls]`: files in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The bridge's certificate, and those between it and an authority that callers know.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authority that has signed the callers' certificates. With it, who shows none is not served.
    #[serde(default)]
    pub client_ca: Option<PathBuf>,
}

impl TlsConfig {
    /// Makes its files relative to a folder.
    pub fn below(&mut self, folder: &Path) {
        for path in [Some(&mut self.certificate), Some(&mut self.key), self.client_ca.as_mut()].into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }

    /// TLS 1.2 and 1.3 with these files.
    ///
    /// # Errors
    /// [`BridgeError::Config`] for the first file that is not as it should be.
    pub fn server(&self) -> Result<ServerConfig, BridgeError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("the protocol versions", &error))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                // What is no certificate of an authority is left out, and an empty store is an error.
                roots.add_parsable_certificates(certificates(path)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                let what = format!("{} holds no authority that can sign certificates", path.display());
                builder.with_client_cert_verifier(verifier.map_err(|error| wrong(&what, &error))?)
            }
        };
        let what = format!("{} holds no private key in PEM that can be read", self.key.display());
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| wrong(&what, &error))?;
        let mut config = builder
            .with_single_cert(certificates(&self.certificate)?, key)
            .map_err(|error| wrong("certificate and key do not belong together", &error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BridgeError> {
    let what = format!("{} holds no certificate in PEM that can be read", path.display());
    let read = CertificateDer::pem_file_iter(path).map_err(|error| wrong(&what, &error))?;
    let list: Vec<_> = read.take(CERTIFICATES_MAX).collect::<Result<_, _>>().map_err(|error| wrong(&what, &error))?;
    if list.is_empty() { Err(BridgeError::config("http.tls", what)) } else { Ok(list) }
}

fn wrong(what: &str, error: &dyn std::fmt::Display) -> BridgeError {
    BridgeError::config("http.tls", format!("{what}: {error}"))
}

/// SHA-256 of the certificate that a caller has shown.
pub fn shown(connection: &ServerConnection) -> Option<Certificate> {
    let certificate = connection.peer_certificates()?.first()?;
    Some(Certificate(Sha256::digest(certificate).into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::fs;

    fn files(folder: &Path) -> TlsConfig {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.join("own.pem"), made.cert.pem()).unwrap();
        fs::write(folder.join("own.key"), made.key_pair.serialize_pem()).unwrap();
        fs::write(folder.join("nothing.pem"), "nothing").unwrap();
        let mut config: TlsConfig =
            toml::from_str("certificate = \"own.pem\"\nkey = \"own.key\"\nclient_ca = \"own.pem\"").unwrap();
        config.below(folder);
        config
    }

    #[test]
    fn every_file_that_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let whole = files(folder.path());
        assert_eq!(whole.server().unwrap().alpn_protocols, [b"http/1.1"]);
        let why = |change: &dyn Fn(&mut TlsConfig)| {
            let mut config = whole.clone();
            change(&mut config);
            config.server().unwrap_err().to_string()
        };
        let nothing = folder.path().join("nothing.pem");
        assert!(why(&|config| config.certificate = nothing.clone()).contains("nothing.pem holds no certificate"));
        assert!(why(&|config| config.key = nothing.clone()).contains("nothing.pem holds no private key"));
        assert!(why(&|config| config.client_ca = Some(nothing.clone())).contains("nothing.pem holds no certificate"));
        assert!(why(&|config| config.key = "/no/such".into()).contains("/no/such holds no private key"));
        let other = rcgen::generate_simple_self_signed(["other".to_owned()]).unwrap();
        fs::write(&nothing, other.key_pair.serialize_pem()).unwrap();
        assert!(why(&|config| config.key = nothing.clone()).contains("do not belong together"));
    }
}
