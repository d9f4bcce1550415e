//! `mulu man`.

use crate::{arguments::Global, help};
use anyhow::Context;
use clap::{Args, Command};
use clap_mangen::Man as Page;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Program and version, at the foot of every page.
const SOURCE: &str = concat!("mulu ", env!("CARGO_PKG_VERSION"));

/// Manual pages.
#[derive(Clone, Debug, Args)]
pub struct Man {
    /// Folder to write mulu.1 and a page of every command into
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

impl Man {
    /// Writes the pages in the language of the run.
    pub fn run(self, global: &Global) -> anyhow::Result<()> {
        let context = || format!("cannot write {}", self.output.display());
        fs::create_dir_all(&self.output).with_context(context)?;
        let mut program = help::command(global.language).disable_help_subcommand(true);
        program.build();
        write(&program, &self.output).with_context(context)
    }
}

/// The pages of a command and of those below it. Each says at its foot of which program it is: a command below has no version of its own.
fn write(command: &Command, folder: &Path) -> io::Result<()> {
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write(below, folder))?;
    Page::new(command.clone()).source(SOURCE).generate_to(folder).map(drop)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_verifier::words::Language;

    #[test]
    fn every_page_says_at_its_foot_of_which_program_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut program = help::command(Language::English).disable_help_subcommand(true);
        program.build();
        write(&program, folder.path()).unwrap();
        let mut pages = 0;
        for file in fs::read_dir(folder.path()).unwrap() {
            let page = fs::read_to_string(file.unwrap().path()).unwrap();
            let title = page.lines().find(|line| line.starts_with(".TH ")).unwrap();
            assert!(title.contains(&format!("\"{SOURCE}\"")), "{title}");
            pages += 1;
        }
        assert!(pages > 100, "{pages}");
    }
}
