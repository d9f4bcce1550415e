//! The demo: four departments keep one ledger, and take it through the main job, with real parts all the way.
//!
//! ```text
//! network ─> departments ─> catalog ─> request, grant ─> supplement, refusal, late reply, suspension ─> events of two platforms ─> auditor's history ─> evidence, forgeries
//! ```

mod audit;
mod bridged;
mod catalog;
mod departments;
mod events;
mod evidence;
mod folder;
mod forgeries;
mod law;
mod progress;
mod scenario;
mod sharing;
mod summary;

use crate::{
    error::{Doing, Error, expect},
    ledger::{Ledger, Lines, wait_for_all},
    network::Network,
    people::People,
};
use folder::Folder;
use mulu_rpc_api::node::NodeClient;
use progress::Progress;
pub use summary::{Details, Summary};

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Leave the network running and the files where they are.
    pub keep: bool,
}

/// Runs the whole story. Whatever happens, dropping the future ends every process and removes the folder, unless the network is kept.
///
/// # Errors
/// [`Error`], with the part that failed.
pub async fn run(options: Options) -> Result<(Summary, Details), Error> {
    let mut progress = Progress::new(8);
    // Dropped in the opposite order: first the processes end, then their folder goes.
    let mut folder = Folder::new()?;
    progress.part("a network of four departments, one validator each");
    let mut network =
        Network::create_with_days(folder.path(), scenario::VALIDATORS as usize, scenario::DAY_SECONDS, true)?;
    network.start_all()?;
    wait_for_all(&mut network).await?;
    let lines = Lines::open(&network).await?;
    let story = tell(&network, &lines, &mut progress).await?;
    let (mut summary, details) = story;
    if options.keep {
        let stop = folder.keep_running(&network.process_ids())?;
        summary.rpc = Some(network.url(1));
        summary.genesis_file = Some(folder.path().join("genesis.json"));
        summary.evidence_file = Some(folder.path().join(EVIDENCE_FILE));
        summary.stop = Some(stop);
        network.leave_running();
    }
    Ok((summary, details))
}

const EVIDENCE_FILE: &str = "event.evidence";

async fn tell(network: &Network, lines: &Lines, progress: &mut Progress) -> Result<(Summary, Details), Error> {
    let mut people = People::read(network.folder())?;
    let ledger = Ledger::new(lines).await?;
    let genesis = network.folder().join("genesis.json");
    let file = network.folder().join(EVIDENCE_FILE);
    progress.outcome(&format!(
        "chain {}, genesis 0x{}",
        lines.identity().chain_id,
        hex::encode(lines.identity().genesis)
    ));

    progress.part("four more departments, their accounts, roles and systems");
    departments::register(&ledger, &mut people, progress).await?;
    let departments = departments::count(&ledger).await?;

    progress.part("the catalog: submitted, endorsed by heads, reviewed and published by the authority");
    let entries = catalog::publish(&ledger, &people, progress).await?;

    progress.part("a conditional request: consent, two of three approvers, agreement, provisioning");
    let granted = sharing::share(&ledger, &people, progress).await?;

    progress.part("papers supplemented, a refusal, a reply too late, a suspension");
    let told = law::tell(&ledger, &people, progress).await?;

    progress
        .part("two platforms report their events, each through a bridge: one follows a log, one takes what is posted");
    let gateway = departments::system_id(&ledger, &scenario::GATEWAY).await?;
    let platform = departments::system_id(&ledger, &scenario::PLATFORM).await?;
    let reported = events::report(&ledger, &people, &granted, [gateway, platform], network, progress).await?;

    progress.part("the auditor's history of the entry");
    let history = audit::history(&ledger, granted.terms.entry, &reported).await?;
    progress.outcome(&format!("{} events, {} with findings", history.events, history.with_findings));

    progress.part("evidence of one event, verified offline; forged ones");
    let report = evidence::export(&ledger, &reported.vault, history.example, &file, &genesis).await?;
    let refused = evidence::forge(&file, &genesis)?;
    for forgery in &refused {
        progress.outcome(&format!("refused at {:<12} {}", forgery.link.to_string(), forgery.what));
    }

    let head = lines.of(1).info().await.doing("asking for the head")?.head.height;
    let root = lines.same_state(head).await?;
    expect(departments == scenario::FURTHER.len() + scenario::VALIDATORS as usize, || {
        format!("the ledger has {departments} departments")
    })?;
    let details = Details {
        departments: format!(
            "{} with a validator, {} registered on the chain",
            scenario::VALIDATORS,
            scenario::FURTHER.len()
        ),
        entries: "published; one was returned once and came again".into(),
        requests: format!(
            "conditional; {} of {} approvers signed; request {} refused, request {} answered too late",
            granted.approvals,
            scenario::APPROVERS.len(),
            told.refused,
            told.late
        ),
        grants: format!(
            "entry {} for department {}; grant {} suspended",
            scenario::ENTRY_CODE,
            granted.terms.consumer,
            told.suspended
        ),
        events: format!(
            "through the bridges of 2 platforms in {} batches; {} of {} on the entry have findings",
            reported.batches, history.with_findings, history.events
        ),
        blocks: format!("final; state root {}… on all four nodes", &hex::encode(root)[..12]),
        evidence: format!("{} steps, from genesis to each approver's signature", report.steps.len()),
        forgeries: "each named by the link that it breaks".into(),
    };
    let summary = Summary {
        departments,
        entries,
        requests: 3,
        grants: 2,
        events: reported.events,
        blocks: head.get(),
        evidence_verified: 1,
        forged_refused: refused.len(),
        seconds: (progress.seconds() * 10.0).round() / 10.0,
        rpc: None,
        genesis_file: None,
        evidence_file: None,
        stop: None,
    };
    Ok((summary, details))
}
