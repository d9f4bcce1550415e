//! How an authority answers an application: one of two, and neither by default.

use clap::Args;

/// One of these.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Answer {
    /// Grant it
    #[arg(long)]
    pub grant: bool,
    /// Deny it
    #[arg(long, requires = "reason")]
    deny: bool,
}
