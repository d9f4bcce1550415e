//! A PostgreSQL database of the platform: how it is reached, and one connection to it that asks and hears when it is nudged.

mod tls;

use crate::secret;
use futures::{StreamExt, stream};
use serde::Deserialize;
use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tls::Tls;
use tokio::{sync::Notify, task::JoinHandle, time::timeout};
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, NoTls, Socket,
    config::{Host, SslMode},
    tls::TlsStream,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the database may take for a question before the connection is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// A peer that is gone is noticed within a minute.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// `database = { … }` of a source or sink: how the platform's database is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `host=… dbname=… user=…`, or a URL; without password.
    pub connection: String,
    /// The password, in a file.
    pub password_file: Option<PathBuf>,
    /// The password, in an environment variable.
    pub password_env: Option<String>,
    /// Whether to speak TLS. Left out: with every host but this one.
    pub tls: Option<bool>,
    /// Certificate authorities of the server. Left out: those of the machine.
    pub ca_file: Option<PathBuf>,
    /// Certificate of the bridge, if the server wants one.
    pub certificate_file: Option<PathBuf>,
    /// Its key.
    pub key_file: Option<PathBuf>,
}

/// What keeps the database from answering, in words without a value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The words.
    pub why: String,
    /// The SQLSTATE, if the database itself refused.
    pub code: Option<String>,
}

impl Trouble {
    /// Of what was found without asking the database.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), code: None }
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            return Self::new(format!("{error}{cause}"));
        };
        // What the server says of names, rights and itself holds no value of a row; of anything else only the code is told.
        let code = told.code().code().to_owned();
        let is_about_names = ["08", "25006", "28", "3D", "3F", "42", "53", "55", "57", "58"];
        let why = match is_about_names.iter().any(|class| code.starts_with(class)) {
            true => format!("{} (SQLSTATE {code})", told.message()),
            false => format!("SQLSTATE {code}"),
        };
        Self { why, code: Some(code) }
    }
}

impl Database {
    /// Names of its keys.
    pub const KEYS: [&str; 7] =
        ["connection", "password_file", "password_env", "tls", "ca_file", "certificate_file", "key_file"];

    /// Its files are in `folder`, unless they say otherwise.
    pub fn below(&mut self, folder: &Path) {
        for file in [&mut self.password_file, &mut self.ca_file, &mut self.certificate_file, &mut self.key_file] {
            secret::below(folder, file);
        }
    }

    /// Where the database is, as far as it can be told without asking it.
    ///
    /// # Errors
    /// What is wrong in the configuration.
    pub fn address(&self) -> Result<Config, String> {
        // The driver's own words may repeat a password.
        let mut address: Config = self.connection.parse().map_err(|_| {
            "connection is none; write host=… port=5432 dbname=… user=…, or postgres://user@host/name".to_owned()
        })?;
        if address.get_password().is_some() {
            return Err(
                "connection: a password does not stand in a configuration; give password_file or password_env".into()
            );
        }
        if address.get_hosts().is_empty() {
            return Err("connection names no host; write host=…, or the folder of the server's socket".into());
        }
        let is_far = address.get_hosts().iter().any(|host| match host {
            Host::Tcp(name) => {
                name != "localhost" && !name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
            }
            Host::Unix(_) => false,
        });
        let has_tls = self.tls.unwrap_or(is_far);
        if has_tls && !address.get_hosts().iter().all(|host| matches!(host, Host::Tcp(_))) {
            return Err("tls: there is no TLS over the server's socket; leave it out".into());
        }
        address
            .ssl_mode(if has_tls { SslMode::Require } else { SslMode::Disable })
            .application_name("mulu-bridge")
            .connect_timeout(CONNECT_TIMEOUT)
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(KEEPALIVE)
            .keepalives_retries(2);
        Ok(address)
    }

    /// Checks what can be checked without a connection: address, password, certificates.
    ///
    /// # Errors
    /// What is wrong, and the way out.
    pub fn check(&self) -> Result<(), String> {
        let address = self.address()?;
        secret::check("password", self.password_file.as_ref(), self.password_env.as_ref())?;
        if address.get_ssl_mode() == SslMode::Require {
            Tls::new(self)?;
        }
        Ok(())
    }

    /// The same, and reads the password as it would be read at the start.
    ///
    /// # Errors
    /// What is wrong, and the way out.
    pub fn try_secrets(&self) -> Result<(), String> {
        secret::read("password", self.password_file.as_ref(), self.password_env.as_ref())?;
        self.check()
    }

    /// Connects.
    ///
    /// # Errors
    /// [`Trouble`] worth a retry.
    pub async fn connect(&self) -> Result<Link, Trouble> {
        let mut address = self.address().map_err(Trouble::new)?;
        // Read each time, so that a new password takes effect without a restart.
        let password = secret::read_text("password", self.password_file.as_ref(), self.password_env.as_ref())
            .map_err(Trouble::new)?;
        if let Some(password) = password {
            address.password(password.as_bytes());
        }
        if address.get_ssl_mode() == SslMode::Require {
            let tls = Tls::new(self).map_err(Trouble::new)?;
            let (client, connection) = within(address.connect(tls)).await?;
            Ok(Link::driven(client, connection))
        } else {
            let (client, connection) = within(address.connect(NoTls)).await?;
            Ok(Link::driven(client, connection))
        }
    }
}

/// A connection to a database.
pub struct Link {
    client: Client,
    nudges: Arc<Notify>,
    driver: JoinHandle<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Link {
    fn driven<S: TlsStream + Unpin + Send + 'static>(client: Client, mut connection: Connection<Socket, S>) -> Self {
        let nudges = Arc::new(Notify::new());
        let nudged = Arc::clone(&nudges);
        let driver = tokio::spawn(async move {
            let mut messages = stream::poll_fn(move |cx| connection.poll_message(cx));
            while let Some(Ok(message)) = messages.next().await {
                if matches!(message, AsyncMessage::Notification(_)) {
                    nudged.notify_one();
                }
            }
            // The connection is gone: whoever waits asks, and is told so.
            nudged.notify_one();
        });
        Self { client, nudges, driver }
    }

    /// Asks the database.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Asks the database within transactions.
    pub const fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Returns once the other side has said that there is something, or the connection is gone.
    pub async fn nudged(&self) {
        self.nudges.notified().await;
    }
}

/// Waits for what the database was asked, within a time.
///
/// # Errors
/// [`Trouble`] worth a new connection.
pub async fn within<T>(question: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Trouble> {
    match timeout(ANSWER_TIMEOUT, question).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Trouble::new(format!("the database did not answer within {} s", ANSWER_TIMEOUT.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn its_keys_are_those_that_are_read() {
        let refused = toml::from_str::<Database>("colour = 1").unwrap_err();
        let expected = Database::KEYS.map(|key| format!("`{key}`")).join(", ");
        assert!(refused.message().ends_with(&format!("expected one of {expected}")), "{}", refused.message());
    }

    fn of(connection: &str, tls: Option<bool>) -> Result<Config, String> {
        Database { connection: connection.to_owned(), tls, ..Database::default() }.address()
    }

    #[test]
    fn whoever_is_far_is_spoken_to_over_tls_unless_it_is_said_otherwise() {
        let mode = |text, tls| of(text, tls).unwrap().get_ssl_mode();
        assert_eq!(mode("host=db.example user=bridge", None), SslMode::Require);
        assert_eq!(mode("postgres://bridge@10.0.0.5/x?sslmode=disable", None), SslMode::Require);
        assert_eq!(mode("host=db.example user=bridge", Some(false)), SslMode::Disable);
        assert_eq!(mode("host=localhost user=bridge", None), SslMode::Disable);
        assert_eq!(mode("host=/run/postgresql user=bridge", None), SslMode::Disable);
        assert_eq!(mode("host=127.0.0.1 user=bridge", Some(true)), SslMode::Require);
    }

    #[test]
    fn a_password_in_the_configuration_is_refused_and_not_repeated() {
        for text in ["host=/run user=a password=hunter2", "postgres://a:hunter2@h/x"] {
            let why = of(text, None).unwrap_err();
            assert!(why.contains("password_file") && !why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        assert!(of("hunter2", None).unwrap_err().starts_with("connection is none"));
        assert!(of("user=a", None).unwrap_err().contains("no host"));
        assert!(of("host=/run user=a", Some(true)).unwrap_err().contains("socket"));
    }
}
