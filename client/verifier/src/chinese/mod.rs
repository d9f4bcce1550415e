//! The Chinese of everything that the verifier says, by its English, cut by matter. `tests/words.rs` reads the sources and fails for what is
//! missing here.

mod names;
mod reasons;
mod report;
mod roles;
mod steps;

use crate::words::Phrase;
pub use roles::ROLES;

const TABLES: [&[Phrase]; 5] = [report::PHRASES, names::PHRASES, ROLES, steps::PHRASES, reasons::PHRASES];

/// Phrases of the verifier.
pub const PHRASES: &[Phrase] = &joined::<COUNT>();

const COUNT: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

const fn joined<const N: usize>() -> [Phrase; N] {
    let mut all = [("", ""); N];
    let (mut place, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut row = 0;
        while row < TABLES[table].len() {
            all[place] = TABLES[table][row];
            place += 1;
            row += 1;
        }
        table += 1;
    }
    all
}
