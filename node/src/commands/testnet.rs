//! `testnet`: the homes of a new chain.

use crate::{
    error::NodeError,
    genesis::ChainFiles,
    homes::{self, Ports, node_name},
    keys::Seed,
    plan::{DEPARTMENTS_MAX, Plan},
};
use mulu_chain_spec::ChainType;
use mulu_proofs::{calendar::DayLength, certificate::VALIDATORS_MAX, ids::Moment};
use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// Fewest validators of a network: one may fail (SPEC §1).
const VALIDATORS_MIN: usize = 4;

/// Writes everything and says how to go on.
pub fn write(
    output: &Path,
    validators: usize,
    departments: Option<usize>,
    base_port: u16,
    chain_id: Option<String>,
    day_seconds: Option<u32>,
) -> Result<(), NodeError> {
    if !(VALIDATORS_MIN..=VALIDATORS_MAX).contains(&validators) {
        return Err(NodeError::Argument {
            what: "--validators",
            range: "from 4 to 100; one for development is `mulu-node --dev`",
            found: validators.to_string(),
        });
    }
    let departments = departments.unwrap_or(validators);
    if !(validators..=DEPARTMENTS_MAX).contains(&departments) {
        return Err(NodeError::Argument {
            what: "--departments",
            range: "from the number of validators, one a department, to 1000",
            found: departments.to_string(),
        });
    }
    let ports = (0..validators).map(|place| Ports::of(base_port, place)).collect::<Result<Vec<_>, _>>()?;
    let moment = now();
    let chain_id = chain_id.unwrap_or_else(|| format!("mulu-{moment}"));
    let plan = Plan::with_departments(validators, departments, |_| Seed::random());
    let (chain_type, day_length) = match day_seconds {
        None => (ChainType::Local, DayLength::Civil),
        // No other type of chain accepts short days.
        Some(seconds) => (ChainType::Development, DayLength::Short { ms: seconds * 1_000, since: moment }),
    };
    let chain = ChainFiles::new(&plan, chain_id, chain_type, moment, day_length)?;
    homes::make_output(output)?;
    for place in 0..validators {
        homes::write_home(&output.join(node_name(place)), &plan, place, &chain, &ports)?;
    }
    homes::write_chain(output, &chain)?;
    homes::write_accounts(output, &plan)?;

    println!("0x{}", hex::encode(chain.hash));
    eprintln!("Chain {} with {validators} validators in {}.", chain.chain_id, output.display());
    eprintln!("The line on stdout is its genesis hash. Start each node with:");
    for place in 0..validators {
        eprintln!("  mulu-node run --base-path {}", output.join(node_name(place)).display());
    }
    eprintln!(
        "RPC of the first: ws://127.0.0.1:{}. Keys of accounts: {}.",
        ports[0].rpc,
        output.join(homes::ACCOUNTS_FOLDER).display()
    );
    Ok(())
}

fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
