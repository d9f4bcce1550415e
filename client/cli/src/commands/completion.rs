//! `mulu completion`.

use crate::{arguments::Arguments, output::write};
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Completion of command lines.
#[derive(Clone, Copy, Debug, Args)]
pub struct Completion {
    /// Which shell: bash, elvish, fish, powershell or zsh
    #[arg(value_enum, hide_possible_values = true)]
    shell: Shell,
}

impl Completion {
    /// Prints the script.
    pub fn run(self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "mulu", &mut script);
        write(&String::from_utf8(script)?)
    }
}
