//! Debian's PostgreSQL in a folder of its own.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// Where Debian keeps the programs of version 15.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

pub struct Database {
    folder: TempDir,
    server: Child,
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Ids of the user whom the server runs as, where this process is root: the server refuses to be.
fn owner() -> Option<(u32, u32)> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    if !status.lines().any(|line| line.starts_with("Uid:\t0\t")) {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("install the package postgresql");
    let ids: Vec<u32> = line.split(':').filter_map(|field| field.parse().ok()).collect();
    Some((ids[0], ids[1]))
}

fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(Path::new(PROGRAMS).join(name));
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((user, group)) = owner() {
        command.uid(user).gid(group);
    }
    command
}

impl Database {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = owner() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let made = program("initdb", folder.path())
            .arg("--pgdata")
            .arg(&data)
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .status()
            .unwrap();
        assert!(made.success());
        let server = Self::serve(folder.path(), &data);
        let database = Self { folder, server };
        database.client().await;
        database
    }

    fn serve(folder: &Path, data: &PathBuf) -> Child {
        let socket = format!("unix_socket_directories={}", folder.display());
        let arguments = ["-c", "listen_addresses=", "-c", &socket, "-c", "fsync=off"];
        program("postgres", folder).arg("-D").arg(data).args(arguments).spawn().unwrap()
    }

    /// Kills the server as the power would, and starts it again.
    pub async fn restart(&mut self) {
        self.kill();
        self.start_again().await;
    }

    pub fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    pub async fn start_again(&mut self) {
        let data = self.folder.path().join("data");
        let _ = fs::remove_file(data.join("postmaster.pid"));
        self.server = Self::serve(self.folder.path(), &data);
        self.client().await;
    }

    /// How it is reached by whoever owns it.
    pub fn connection(&self) -> String {
        self.connection_of("postgres")
    }

    /// How it is reached by a user.
    pub fn connection_of(&self, user: &str) -> String {
        format!("host={} user={user} dbname=postgres", self.folder.path().display())
    }

    pub async fn client(&self) -> Client {
        for _ in 0..600 {
            if let Ok((client, connection)) = tokio_postgres::connect(&self.connection(), NoTls).await {
                tokio::spawn(connection);
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("PostgreSQL does not answer");
    }
}
