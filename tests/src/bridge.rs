//! A bridge as a process of its own, `mulu bridge run`, with its configuration, vault and log in one folder; gone when it is dropped.

use crate::{
    error::{Error, expect},
    http::Request,
    network::{NetworkError, program},
};
use std::{
    ffi::OsString,
    fs::{self, File},
    net::SocketAddr,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long it may take until it answers, and until it has ended.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A bridge.
pub struct Bridge {
    config: PathBuf,
    address: SocketAddr,
    /// What runs it, as `taskset -c 0`; nothing in most cases.
    before: Vec<OsString>,
    child: Option<Child>,
}

impl Bridge {
    /// Starts the bridge of a configuration that listens on `address`, and waits until it answers.
    ///
    /// # Errors
    /// [`Error`] if it does not come up.
    pub fn start(config: &Path, address: SocketAddr) -> Result<Self, Error> {
        Self::start_under(config, address, &[])
    }

    /// The same, run by another program: `["taskset", "-c", "0"]`.
    ///
    /// # Errors
    /// As [`Bridge::start`].
    pub fn start_under(config: &Path, address: SocketAddr, before: &[&str]) -> Result<Self, Error> {
        let before = before.iter().map(OsString::from).collect();
        let mut bridge = Self { config: config.to_owned(), address, before, child: None };
        bridge.spawn()?;
        bridge.wait()?;
        Ok(bridge)
    }

    /// Starts it again, without waiting for it.
    ///
    /// # Errors
    /// [`Error`] if the program is missing or the log cannot be written.
    pub fn spawn(&mut self) -> Result<(), Error> {
        let path = self.log_path();
        let file_error = |source| Error::File { path: path.clone(), source };
        let log = File::options().create(true).append(true).open(&path).map_err(file_error)?;
        let errors = log.try_clone().map_err(file_error)?;
        let mut words = self.before.clone();
        words.push(program("mulu").into_os_string());
        let child = Command::new(&words[0])
            .args(&words[1..])
            .args(["bridge", "run", "--config"])
            .arg(&self.config)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            // As nodes: who started it ends it in order.
            .process_group(0)
            .spawn()
            .map_err(|source| NetworkError::Start { program: program("mulu"), source })?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// [`Error::Unexpected`] with the end of its log if it has ended or never does.
    pub fn wait(&mut self) -> Result<(), Error> {
        let started = Instant::now();
        // Also one that is not well answers.
        while Request::get("/health").send(self.address).is_err() {
            let has_ended = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            expect(!has_ended && started.elapsed() < PATIENCE, || {
                format!("the bridge did not come up; its log ends with:\n{}", self.log_tail())
            })?;
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its configuration.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Its process, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends it with SIGKILL, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Either it runs and dies, or it is dead already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end, and says how it did; kills it if it does not.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if it does not end, or has ended before.
    pub fn stop(&mut self) -> Result<ExitStatus, Error> {
        let Some(mut child) = self.child.take() else {
            return Err(Error::Unexpected("the bridge does not run".into()));
        };
        // The shell's own kill: a small system has no other.
        let kill = format!("kill {}", child.id());
        let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
        let asked = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if asked.elapsed() < PATIENCE => thread::sleep(PAUSE),
                _ => {
                    self.child = Some(child);
                    self.kill();
                    return Err(Error::Unexpected(format!("the bridge did not end:\n{}", self.log_tail())));
                }
            }
        }
    }

    /// Everything that it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.config.with_extension("log")
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Writes a file that only its owner reads, as a secret must be.
///
/// # Errors
/// [`Error::File`].
pub fn write_secret(path: &Path, content: &str) -> Result<(), Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    fs::write(path, content).map_err(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)
}

/// A number of a metric, summed over all rows that have every one of the labels, as `source="gateway"`.
pub fn metric(text: &str, name: &str, labels: &[&str]) -> f64 {
    let rows = text.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
    let of_name = rows.filter(|(row, _)| row.is_empty() || row.starts_with('{'));
    let chosen = of_name.filter(|(row, _)| labels.iter().all(|label| row.contains(label)));
    chosen.filter_map(|(_, number)| number.parse::<f64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn a_metric_is_found_by_its_name_and_labels() {
        let text = "# TYPE a counter\na_total{source=\"x\",outcome=\"ok\"} 3\na_total{source=\"y\",outcome=\"ok\"} 4\na 9\na_total_more 7\n";
        assert!((metric(text, "a_total", &["source=\"x\""]) - 3.0).abs() < 1e-9);
        assert!((metric(text, "a_total", &["outcome=\"ok\""]) - 7.0).abs() < 1e-9);
        assert!((metric(text, "a", &[]) - 9.0).abs() < 1e-9);
        assert!(metric(text, "b", &[]).abs() < 1e-9);
    }

    #[test]
    fn what_does_not_come_up_is_told_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("bridge.toml");
        fs::write(&config, "").unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], crate::network::free_ports(1)));
        // `echo` prints the command that it was asked to run, and ends.
        let error = Bridge::start_under(&config, address, &["echo"]).err().unwrap().to_string();
        assert!(error.contains("did not come up") && error.contains("bridge run --config"), "{error}");
        let secret = folder.path().join("token");
        write_secret(&secret, "x").unwrap();
        assert_eq!(fs::metadata(secret).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
