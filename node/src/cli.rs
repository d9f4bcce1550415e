//! The command line, as typed. What it means is each command's business.

use crate::commands::{
    archive::{self, Before},
    join,
};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// A node of a Mulu chain: one per department.
#[derive(Debug, Parser)]
#[command(name = "mulu-node", version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Runs a chain of one validator with well-known keys, for development.
    #[arg(long)]
    pub dev: bool,
    /// With --dev: in a temporary folder that is removed at the end.
    #[arg(long, requires = "dev", conflicts_with = "base_path")]
    pub tmp: bool,
    /// With --dev: home of the node; made if it does not exist.
    #[arg(long, value_name = "HOME", requires = "dev")]
    pub base_path: Option<PathBuf>,
    /// With --dev: RPC port on 127.0.0.1 [default: 9944].
    #[arg(long, value_name = "PORT", requires = "dev")]
    pub rpc_port: Option<u16>,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the node of a home until it is asked to stop.
    Run {
        /// Home of the node, as `testnet` writes it.
        #[arg(long, value_name = "HOME")]
        base_path: PathBuf,
        /// RPC port, if not the one of config.toml.
        #[arg(long, value_name = "PORT")]
        rpc_port: Option<u16>,
        /// Executes a decided block once more that has ended the process twice; after a mended program was installed.
        #[arg(long)]
        retry_crashed_block: bool,
    },
    /// Writes the homes of a new chain's validators, and keys of its departments' accounts.
    Testnet {
        /// Number of validators, one a department.
        #[arg(long, value_name = "N", default_value_t = 4)]
        validators: usize,
        /// Number of departments, if more than validators: the others may get a node later.
        #[arg(long, value_name = "N")]
        departments: Option<usize>,
        /// Folder to write to; must be empty or absent.
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
        /// First port; every node takes three, on 127.0.0.1: consensus, extrinsics, RPC.
        #[arg(long, value_name = "PORT", default_value_t = 30_330)]
        base_port: u16,
        /// Chain id; made from the time if absent.
        #[arg(long, value_name = "ID")]
        chain_id: Option<String>,
        /// Length of a day in seconds, so that terms in working days can be watched. Makes it a chain for development.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..86_400))]
        day_seconds: Option<u32>,
    },
    /// Writes the home of a further node of a chain that runs, and prints what a proposal has to say of it.
    Join(join::Arguments),
    /// Prints the genesis hash of a chain specification.
    GenesisHash {
        /// The chain specification.
        #[arg(long, value_name = "FILE")]
        chain: PathBuf,
    },
    /// Keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Bodies of old batches: to files, and back. The node must not run meanwhile.
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// The index, which is derived from the chain. The node must not run meanwhile.
    #[command(subcommand)]
    Index(IndexCommand),
    /// The decision point, which tells gateways whether a call may proceed.
    #[command(subcommand)]
    Decision(DecisionCommand),
}

/// A command about archives.
#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Writes the bodies of batches before a day or a height to files; the data folder stays as it is.
    Write {
        /// First height, or first local day, that stays.
        #[arg(long, value_name = "DAY|HEIGHT", value_parser = archive::before)]
        before: Before,
        /// Folder for the files.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
        /// Home of the node.
        #[arg(long, value_name = "HOME")]
        base_path: PathBuf,
    },
    /// Checks archive files: that every body is the one that its record names, under the headers that are printed.
    Check {
        /// A file, or a folder of files.
        path: PathBuf,
        /// Home of a node whose chain the files must be of.
        #[arg(long, value_name = "HOME")]
        base_path: Option<PathBuf>,
    },
    /// Removes the bodies in archive files from the data folder, if the files verify.
    Prune {
        /// A file, or a folder of files. Keep them: answers name them.
        #[arg(long = "archived", value_name = "PATH")]
        path: PathBuf,
        /// Home of the node.
        #[arg(long, value_name = "HOME")]
        base_path: PathBuf,
    },
    /// Brings the bodies in archive files back into the data folder.
    Restore {
        /// A file, or a folder of files.
        path: PathBuf,
        /// Home of the node.
        #[arg(long, value_name = "HOME")]
        base_path: PathBuf,
    },
}

/// A command about the index.
#[derive(Debug, Subcommand)]
pub enum IndexCommand {
    /// Deletes the index and derives it again from records and bodies.
    Rebuild {
        /// Home of the node.
        #[arg(long, value_name = "HOME")]
        base_path: PathBuf,
    },
}

/// A command about the decision point.
#[derive(Debug, Subcommand)]
pub enum DecisionCommand {
    /// Reads the mapping file as the node would, and prints what the running node answers each consumer on each route.
    Check {
        /// Home of the node, or its config.toml.
        #[arg(long, value_name = "HOME")]
        config: PathBuf,
    },
}

/// A command about keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Writes a new key file and prints its public key.
    Generate {
        /// The file; must not exist.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Prints the public key of a key file.
    Show {
        /// The key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn dev_is_a_flag_and_not_a_command() {
        let cli = Cli::try_parse_from(["mulu-node", "--dev", "--tmp", "--rpc-port", "1"]).unwrap();
        assert!(cli.dev && cli.tmp && cli.rpc_port == Some(1) && cli.command.is_none());
        assert!(Cli::try_parse_from(["mulu-node", "--tmp"]).is_err());
        assert!(Cli::try_parse_from(["mulu-node", "--dev", "run", "--base-path", "x"]).is_err());
    }
}
