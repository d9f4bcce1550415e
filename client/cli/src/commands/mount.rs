//! `mulu mount`.

use crate::{
    arguments::Global,
    commands::entry_course::find,
    paging::Paging,
    session::Session,
    table::fields_in,
    words::{self, name_of},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{
    catalog::{List, Method},
    ids::{DepartmentId, Digest32, SystemId},
    mounts::{MOUNT_ADDRESS_BYTES_MAX, MOUNT_PLATFORMS_MAX, MOUNT_REASON_BYTES_MAX, Mount as Terms},
    text::Text,
};
use mulu_rpc_api::{
    catalog::EntryRef,
    mounts::{EntryMounts, Mount as Shown, MountFilter, MountRate, MountsClient},
};
use mulu_verifier::words::Speech;

/// Mounts: where the resources of published entries are.
#[derive(Debug, Subcommand)]
pub enum Mount {
    /// Tie a published entry to the resource that serves it; signed by the provider's cataloguer
    Add {
        /// Which mount
        #[command(flatten)]
        which: Which,
        /// A handle that the platforms understand, never a credential; at most 128 bytes
        #[arg(long, value_parser = |text: &str| Text::<MOUNT_ADDRESS_BYTES_MAX>::new(text))]
        address: Text<MOUNT_ADDRESS_BYTES_MAX>,
        /// Digest of the resource's schema, 64 hexadecimal digits
        #[arg(long, value_parser = words::bytes32, value_name = "DIGEST")]
        fingerprint: Digest32,
        /// Id of a platform that serves it; may be given several times
        #[arg(long = "platform", value_parser = words::id::<SystemId>, required = true, value_name = "ID")]
        platforms: Vec<SystemId>,
    },
    /// End a mount; signed by the provider's cataloguer
    Remove {
        /// Which mount
        #[command(flatten)]
        which: Which,
        /// Why, at most 256 bytes
        #[arg(long, value_parser = |reason: &str| Text::<MOUNT_REASON_BYTES_MAX>::new(reason))]
        reason: Text<MOUNT_REASON_BYTES_MAX>,
    },
    /// Report which schema the platform sees, if that changed; signed by the platform of the mount
    Report {
        /// Which mount
        #[command(flatten)]
        which: Which,
        /// Digest of the schema, 64 hexadecimal digits
        #[arg(long, value_parser = words::bytes32, value_name = "DIGEST")]
        fingerprint: Digest32,
    },
    /// The mounts of one entry
    Show {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry)]
        entry: EntryRef,
    },
    /// Published entries and their mounts
    List {
        /// Id of the provider department
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        provider: Option<DepartmentId>,
        /// Id of a platform that serves them
        #[arg(long, value_parser = words::id::<SystemId>)]
        platform: Option<SystemId>,
        /// Only entries with a mount
        #[arg(long, conflicts_with = "unmounted")]
        mounted: bool,
        /// Only entries without any
        #[arg(long)]
        unmounted: bool,
        /// Only entries whose schema a platform saw differ from the mount's
        #[arg(long)]
        mismatch: bool,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
    /// How many published entries of a department have a mount
    Rate {
        /// Id of the department
        #[arg(value_parser = words::id::<DepartmentId>)]
        department: DepartmentId,
    },
}

/// An entry and the method of a mount.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Id or resource code of the entry
    #[arg(value_parser = words::entry)]
    entry: EntryRef,
    /// database-table, file, service-interface, log-synchronisation or message-queue
    #[arg(long, value_parser = words::word::<Method>)]
    method: Method,
}

impl Mount {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        let speech = session.output.speech;
        match self {
            Self::Add { which: Which { entry, method }, address, fingerprint, mut platforms } => {
                platforms.sort_unstable();
                let platforms = List::try_from(platforms)
                    .ok()
                    .with_context(|| format!("a mount has at most {MOUNT_PLATFORMS_MAX} platforms"))?;
                let found = find(&session, entry).await?;
                let call = Call::mount_entry(found.id, &Terms { method, address, fingerprint, platforms });
                session.act_for(call.map_err(ClientError::from)?, found.provider).await
            }
            Self::Remove { which: Which { entry, method }, reason } => {
                let found = find(&session, entry).await?;
                session.act_for(Call::unmount_entry(found.id, method, &reason), found.provider).await
            }
            Self::Report { which: Which { entry, method }, fingerprint } => {
                let found = find(&session, entry).await?;
                session.act(Call::report_fingerprint(found.id, method, &fingerprint)).await
            }
            Self::Show { entry } => {
                let found = session.connection.entry_mounts(entry).await.map_err(ClientError::from)?;
                let found = found.context("no version of the entry is published, or it is withdrawn")?;
                session.output.print(&found, |found| text(found, speech))
            }
            Self::List { provider, platform, mounted, unmounted, mismatch, paging } => {
                let is_mounted = (mounted || unmounted).then_some(mounted);
                let filter = MountFilter { provider, platform, is_mounted, mismatch };
                let ask = async |cursor, limit| session.connection.mounts(Some(filter), cursor, limit).await;
                let header = ["id", "code", "provider", "method", "mismatches"];
                paging.show(session.output, &header, ask, |found| row(found, speech)).await
            }
            Self::Rate { department } => {
                let found = session.connection.mount_rate(department).await.map_err(ClientError::from)?;
                session.output.print(&found.context("there is no such department")?, |rate| rate_text(*rate, speech))
            }
        }
    }
}

fn methods(mounts: &[Shown], speech: Speech, is_meant: impl Fn(&Shown) -> bool) -> String {
    speech.list(mounts.iter().filter(|mount| is_meant(mount)).map(|mount| name_of(&mount.method)))
}

fn row(found: &EntryMounts, speech: Speech) -> Vec<String> {
    vec![
        found.entry.to_string(),
        found.code.to_string(),
        found.provider.to_string(),
        methods(&found.mounts, speech, |_| true),
        methods(&found.mounts, speech, |mount| mount.mismatch.is_some()),
    ]
}

fn text(found: &EntryMounts, speech: Speech) -> String {
    let entry = [
        ("entry", format!("{} {}", found.entry, found.code)),
        ("provider", speech.tell("department {}", &[&found.provider])),
    ];
    found.mounts.iter().fold(fields_in(speech, &entry), |text, mount| text + "\n" + &mount_text(mount, speech))
}

fn mount_text(mount: &Shown, speech: Speech) -> String {
    let seen = mount.mismatch.as_ref().map_or_else(String::new, ToString::to_string);
    fields_in(
        speech,
        &[
            ("method", speech.say(&name_of(&mount.method))),
            ("address", mount.address.clone()),
            ("fingerprint", mount.fingerprint.to_string()),
            ("platforms", speech.joined(mount.platforms.iter())),
            ("mounted", speech.tell("{}, record {}", &[&mount.since.utc(), &mount.record])),
            ("platforms see", seen),
        ],
    )
}

fn rate_text(rate: MountRate, speech: Speech) -> String {
    let MountRate { department, published, mounted } = rate;
    // Tenths of a percent; of nothing there is no rate.
    let tenths = (u64::from(mounted) * 1_000).checked_div(u64::from(published));
    let percent = tenths.map_or_else(String::new, |tenths| format!("{}.{} %", tenths / 10, tenths % 10));
    fields_in(
        speech,
        &[
            ("department", department.to_string()),
            ("published entries", published.to_string()),
            ("with a mount", mounted.to_string()),
            ("mount rate", percent),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_verifier::words::Language;

    #[test]
    fn a_rate_of_nothing_is_none() {
        let english = Speech::new(Language::English, &[]);
        let rate =
            |published, mounted| rate_text(MountRate { department: DepartmentId::new(2), published, mounted }, english);
        assert!(rate(3, 2).ends_with("mount rate         66.6 %\n"), "{}", rate(3, 2));
        assert!(!rate(0, 0).contains('%'));
    }
}
