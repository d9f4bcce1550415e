//! A network of real `mulu-node` processes in a folder of its own.
//!
//! Every process is gone when the [`Network`] is dropped, and the folder too unless it is to be kept.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long a node may take from its start to its first answer.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a node may take to end after it was asked to.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a network does not run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A program could not be started.
    #[error("cannot start {program}; build it with `cargo build --workspace --bins`")]
    Start {
        /// Path of the program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// `mulu-node` did not write what it was asked for.
    #[error("mulu-node failed: {0}")]
    Setup(String),
    /// A node ended or never answered.
    #[error("node {node} did not come up; its log ends with:\n{log}")]
    Silent {
        /// Number of the node, from 1.
        node: usize,
        /// Last lines of its log.
        log: String,
    },
    /// A file could not be written.
    #[error("cannot write below {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// A running network.
pub struct Network {
    folder: PathBuf,
    keep: bool,
    node_program: PathBuf,
    /// What nodes log, in the words of `MULU_LOG`; as the tests' own environment says, where nothing is said.
    log: Option<String>,
    /// First of the three ports of each node.
    ports: Vec<u16>,
    nodes: Vec<Option<Child>>,
}

/// A program of this workspace, beside the one that runs.
pub fn program(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap_or_default();
    path.pop();
    // Test binaries stand one folder deeper.
    if path.ends_with("deps") {
        path.pop();
    }
    path.join(name)
}

/// The first of `count` neighbouring free ports on loopback. No two calls of one process get the same ones, whether or not somebody
/// listens there by now.
pub fn free_ports(count: u16) -> u16 {
    static NEXT: Mutex<Option<u16>> = Mutex::new(None);
    let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
    let seed = std::process::id() as u16;
    loop {
        let base = next.unwrap_or(20_000 + seed.wrapping_mul(97) % 20_000);
        *next = Some(if base > 40_000 { 20_000 } else { base + count });
        if (base..base + count).all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return base;
        }
    }
}

/// What a program said on stdout, if it did what it was asked for.
fn written(output: &Output) -> Result<String, NetworkError> {
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(NetworkError::Setup(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

impl Network {
    /// Creates the homes of `validators` nodes below `folder` and starts all of them.
    ///
    /// # Errors
    /// [`NetworkError`] if a program is missing, the folder is not writable, or a node does not come up.
    pub fn start(folder: &Path, validators: usize, keep: bool) -> Result<Self, NetworkError> {
        let mut network = Self::create(folder, validators, keep)?;
        network.start_all()?;
        for node in 1..=validators {
            network.wait_for(node)?;
        }
        Ok(network)
    }

    /// Creates the homes of `validators` nodes below `folder`.
    ///
    /// # Errors
    /// [`NetworkError`] if the program is missing or the folder is not writable.
    pub fn create(folder: &Path, validators: usize, keep: bool) -> Result<Self, NetworkError> {
        Self::create_with(folder, validators, validators, keep)
    }

    /// Creates the homes of `validators` nodes below `folder`, for a chain whose days last so many seconds.
    ///
    /// # Errors
    /// As [`Network::create`].
    pub fn create_with_days(
        folder: &Path,
        validators: usize,
        day_seconds: u32,
        keep: bool,
    ) -> Result<Self, NetworkError> {
        Self::written_by(folder, validators, keep, &["--day-seconds", &day_seconds.to_string()])
    }

    /// Creates the homes of `validators` nodes below `folder`, for a chain of more departments.
    ///
    /// # Errors
    /// As [`Network::create`].
    pub fn create_with(folder: &Path, validators: usize, departments: usize, keep: bool) -> Result<Self, NetworkError> {
        Self::written_by(folder, validators, keep, &["--departments", &departments.to_string()])
    }

    fn written_by(folder: &Path, validators: usize, keep: bool, options: &[&str]) -> Result<Self, NetworkError> {
        let node_program = program("mulu-node");
        let base_port = free_ports(u16::try_from(validators * 3).unwrap_or(u16::MAX));
        let output = Command::new(&node_program)
            .args(["testnet", "--validators", &validators.to_string(), "--base-port", &base_port.to_string()])
            .args(options)
            .arg("--output")
            .arg(folder)
            // As the nodes: Ctrl-C does not end it in the middle, and who started the network says why it ends.
            .process_group(0)
            .output()
            .map_err(|source| NetworkError::Start { program: node_program.clone(), source })?;
        written(&output)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            keep,
            node_program,
            log: None,
            ports: (0..validators).map(|place| base_port + 3 * u16::try_from(place).expect("few nodes")).collect(),
            nodes: (0..validators).map(|_| None).collect(),
        })
    }

    /// Creates the home of a further node, which knows the first ones: its number, and what `mulu-node join` says of it as JSON.
    ///
    /// # Errors
    /// [`NetworkError`] if the program is missing or writes no home.
    pub fn join(&mut self) -> Result<(usize, String), NetworkError> {
        self.join_as(&[])
    }

    /// The same for a node that never votes.
    ///
    /// # Errors
    /// As [`Network::join`].
    pub fn join_as_observer(&mut self) -> Result<(usize, String), NetworkError> {
        self.join_as(&["--observer"])
    }

    fn join_as(&mut self, options: &[&str]) -> Result<(usize, String), NetworkError> {
        let (node, port) = (self.len() + 1, free_ports(3));
        let run = |command: &mut Command| {
            let output = command.output();
            let start = |source| NetworkError::Start { program: self.node_program.clone(), source };
            output.map_err(start).and_then(|output| written(&output))
        };
        let spec = self.folder.join("chain-spec.json");
        let hash = run(Command::new(&self.node_program).arg("genesis-hash").arg("--chain").arg(&spec))?;
        let mut join = Command::new(&self.node_program);
        join.arg("join").arg("--chain-spec").arg(&spec).args(["--genesis-hash", hash.trim()]);
        for known in 1..=self.len() {
            let file = self.home(known).join("keys/node.key");
            let key = run(Command::new(&self.node_program).args(["key", "show", "--key"]).arg(file))?;
            let first = self.ports[known - 1];
            join.args(["--peer", &format!("{}@127.0.0.1:{first},127.0.0.1:{}", key.trim(), first + 1)]);
        }
        let said =
            run(join.args(options).args(["--base-port", &port.to_string()]).arg("--output").arg(self.home(node)))?;
        self.ports.push(port);
        self.nodes.push(None);
        Ok((node, said))
    }

    /// Starts every node; none of them is waited for.
    ///
    /// # Errors
    /// As [`Network::start_node`].
    pub fn start_all(&mut self) -> Result<(), NetworkError> {
        (1..=self.len()).try_for_each(|node| self.start_node(node))
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node, which never happens.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Has nodes that are started from now on log what `filter` says, in the words of `MULU_LOG`.
    pub fn log(&mut self, filter: &str) {
        self.log = Some(filter.to_owned());
    }

    /// The folder of the whole network.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Home of a node, from 1.
    pub fn home(&self, node: usize) -> PathBuf {
        self.folder.join(format!("node{node}"))
    }

    /// RPC address of a node.
    pub fn rpc_address(&self, node: usize) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[node - 1] + 2))
    }

    /// RPC URL of a node.
    pub fn url(&self, node: usize) -> String {
        format!("ws://{}", self.rpc_address(node))
    }

    /// Process ids of the running nodes.
    pub fn process_ids(&self) -> Vec<u32> {
        self.nodes.iter().flatten().map(Child::id).collect()
    }

    /// Starts a node that does not run; its log is appended to `node.log` in its home.
    ///
    /// # Errors
    /// [`NetworkError`] if the program is missing or its log cannot be written.
    pub fn start_node(&mut self, node: usize) -> Result<(), NetworkError> {
        let home = self.home(node);
        let folder_error = |source| NetworkError::Folder { path: home.clone(), source };
        let log = File::options().create(true).append(true).open(home.join("node.log")).map_err(folder_error)?;
        let errors = log.try_clone().map_err(folder_error)?;
        let mut command = Command::new(&self.node_program);
        if let Some(filter) = &self.log {
            command.env("MULU_LOG", filter);
        }
        let child = command
            .arg("run")
            .arg("--base-path")
            .arg(&home)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            // A group of its own: Ctrl-C reaches the one who started the network, who then ends it in order.
            .process_group(0)
            .spawn()
            .map_err(|source| NetworkError::Start { program: self.node_program.clone(), source })?;
        self.nodes[node - 1] = Some(child);
        Ok(())
    }

    /// Waits until a node answers on its RPC port.
    ///
    /// # Errors
    /// [`NetworkError::Silent`] if it ends or the time is up.
    pub fn wait_for(&mut self, node: usize) -> Result<(), NetworkError> {
        let started = Instant::now();
        while !self.answers(node, started)? {
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Whether a node that was waited for since `started` answers on its RPC port by now.
    ///
    /// # Errors
    /// [`NetworkError::Silent`] if it has ended or the time is up.
    pub fn answers(&mut self, node: usize, started: Instant) -> Result<bool, NetworkError> {
        if TcpStream::connect_timeout(&self.rpc_address(node), Duration::from_millis(200)).is_ok() {
            return Ok(true);
        }
        let ended = self.nodes[node - 1].as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
        if ended || started.elapsed() > START_TIMEOUT {
            return Err(NetworkError::Silent { node, log: self.log_tail(node) });
        }
        Ok(false)
    }

    /// Waits until a node ends by itself and says how; none if it has not after `timeout`.
    pub fn wait_for_end(&mut self, node: usize, timeout: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        let child = self.nodes[node - 1].as_mut()?;
        while started.elapsed() < timeout {
            if let Ok(Some(status)) = child.try_wait() {
                self.nodes[node - 1] = None;
                return Some(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// Ends a node with SIGKILL, as a power cut would.
    pub fn kill(&mut self, node: usize) {
        if let Some(mut child) = self.nodes[node - 1].take() {
            // Either it runs and dies, or it is dead already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ends all nodes with SIGKILL at once.
    pub fn kill_all(&mut self) {
        for child in self.nodes.iter_mut().flatten() {
            let _ = child.kill();
        }
        for node in 1..=self.nodes.len() {
            self.kill(node);
        }
    }

    /// Asks all nodes to end, and ends those that do not.
    pub fn stop(&mut self) {
        for child in self.nodes.iter().flatten() {
            // The shell's own kill: a small system has no other.
            let kill = format!("kill {}", child.id());
            let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
        }
        let asked = Instant::now();
        while asked.elapsed() < STOP_TIMEOUT
            && self.nodes.iter_mut().flatten().any(|child| matches!(child.try_wait(), Ok(None)))
        {
            thread::sleep(Duration::from_millis(20));
        }
        self.kill_all();
    }

    /// Lets the processes run on when this value goes.
    pub fn leave_running(mut self) {
        self.keep = true;
        self.nodes.clear();
    }

    /// The last lines of a node's log.
    pub fn log_tail(&self, node: usize) -> String {
        let log = fs::read_to_string(self.home(node).join("node.log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if !self.nodes.is_empty() {
            self.stop();
        }
        if !self.keep {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
