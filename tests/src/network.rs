//! A network of real `mulu-node` processes in a folder of its own.
//!
//! Every process is gone when the [`Network`] is dropped, and the folder too unless it is to be kept.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
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
    /// `mulu-node testnet` failed.
    #[error("mulu-node testnet failed: {0}")]
    Testnet(String),
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
    base_port: u16,
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

/// The first of `count` neighbouring free ports on loopback.
pub fn free_ports(count: u16) -> u16 {
    let seed = std::process::id() as u16;
    let mut base = 20_000 + seed.wrapping_mul(97) % 20_000;
    loop {
        let all_free = (base..base + count).all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
        if all_free {
            return base;
        }
        base = if base > 40_000 { 20_000 } else { base + count };
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
        let node_program = program("mulu-node");
        let base_port = free_ports(u16::try_from(validators * 3).unwrap_or(u16::MAX));
        let output = Command::new(&node_program)
            .args(["testnet", "--validators", &validators.to_string(), "--base-port", &base_port.to_string()])
            .arg("--output")
            .arg(folder)
            // As the nodes: Ctrl-C does not end it in the middle, and who started the network says why it ends.
            .process_group(0)
            .output()
            .map_err(|source| NetworkError::Start { program: node_program.clone(), source })?;
        if !output.status.success() {
            return Err(NetworkError::Testnet(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            keep,
            node_program,
            base_port,
            nodes: (0..validators).map(|_| None).collect(),
        })
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
        let port = self.base_port + u16::try_from((node - 1) * 3 + 2).expect("few nodes");
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
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
        let child = Command::new(&self.node_program)
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
