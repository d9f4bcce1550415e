//! Whether this program carries the rules of the next height. Two programs with different rules never make one block.
//!
//! Governance plans an upgrade for a height: up to it the old program runs, from it on the new one. Whoever has the wrong one stops before
//! it says anything about the height, and says what to install.

use crate::{
    app::App,
    error::{Halt, chain},
};
use mulu_executor::Versions;
use mulu_proofs::{governance::UpgradePlan, ids::Height};

/// Checks that this program may take part in the next height.
///
/// # Errors
/// [`Halt::Park`] if it carries other rules, [`Halt::Fatal`] if the state cannot be read.
pub fn check(app: &App) -> Result<(), Halt> {
    let versions = app.parts.executor.versions(&app.parent.header).map_err(|error| Halt::fatal(chain(&error)))?;
    refusal(&versions, app.parent.next()).map_or(Ok(()), |why| Err(Halt::Park { why }))
}

/// Why a program stays out of the height `next`, if it has to.
fn refusal(versions: &Versions, next: Height) -> Option<String> {
    let Versions { carried, running, plan } = versions;
    let due = plan.as_ref().filter(|plan| plan.height <= next);
    match (due, running) {
        (Some(plan), _) if plan.spec_version == *carried => None,
        (Some(plan), _) => Some(install(plan, *carried)),
        (None, Some(running)) if running != carried => Some(match plan {
            Some(plan) if plan.spec_version == *carried => format!(
                "this program carries version {carried} of the rules, which the chain runs from height {} on; until then run the \
                 program of version {running}",
                plan.height
            ),
            _ => format!(
                "this program carries version {carried} of the rules and the chain runs version {running}; install the program of \
                 version {running}"
            ),
        }),
        (None, _) => None,
    }
}

fn install(plan: &UpgradePlan, carried: u32) -> String {
    let mut text = format!(
        "from height {} on the chain runs version {} of the rules, and this program carries version {carried}. Install the program of \
         version {}, built from the source with digest 0x{}, and start the node again",
        plan.height,
        plan.spec_version,
        plan.spec_version,
        hex::encode(plan.source_digest)
    );
    for target in plan.targets.iter() {
        text.push_str(&format!("; for {} it has digest 0x{}", target.triple, hex::encode(target.digest)));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use mulu_proofs::{catalog::List, governance::Target, text::Text};

    fn plan(height: u32, spec_version: u32) -> Option<UpgradePlan> {
        let target = Target { triple: Text::new("x86_64-unknown-linux-gnu").unwrap(), digest: [9; 32] };
        let targets = List::try_from(vec![target]).unwrap();
        Some(UpgradePlan { height: Height::new(height), spec_version, source_digest: [8; 32], targets })
    }

    fn check(carried: u32, running: Option<u32>, plan: Option<UpgradePlan>, next: u32) -> Option<String> {
        refusal(&Versions { carried, running, plan }, Height::new(next))
    }

    #[test]
    fn without_a_plan_the_version_that_runs_goes_on_and_no_other() {
        assert_eq!(check(1, None, None, 1), None);
        assert_eq!(check(1, Some(1), None, 7), None);
        for carried in [1, 3] {
            let why = check(carried, Some(2), None, 7).unwrap();
            assert!(why.contains("install the program of version 2"), "{why}");
        }
    }

    #[test]
    fn up_to_the_planned_height_the_old_program_runs_and_from_it_on_the_new_one() {
        for next in [1, 9] {
            assert_eq!(check(1, Some(1), plan(10, 2), next), None);
            let why = check(2, Some(1), plan(10, 2), next).unwrap();
            assert!(why.contains("from height 10 on") && why.contains("program of version 1"), "{why}");
        }
        for next in [10, 11] {
            assert_eq!(check(2, Some(1), plan(10, 2), next), None);
        }
    }

    #[test]
    fn an_old_program_stops_at_the_planned_height_and_says_what_to_install() {
        for carried in [1, 3] {
            let why = check(carried, Some(1), plan(10, 2), 10).unwrap();
            for words in ["version 2", &hex::encode([8; 32]), "x86_64-unknown-linux-gnu", &hex::encode([9; 32])] {
                assert!(why.contains(words), "{words} is not in {why}");
            }
        }
    }

    #[test]
    fn behind_the_planned_height_the_new_program_needs_no_plan_any_more() {
        assert_eq!(check(2, Some(2), None, 12), None);
        assert!(check(1, Some(2), None, 12).is_some());
    }
}
