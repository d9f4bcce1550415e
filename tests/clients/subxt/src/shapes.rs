//! What this program reads of the ledger's types: fields that it has no use for are left out, subxt skips them.

use scale_decode::DecodeAsType;
use subxt::utils::AccountId32;

#[derive(DecodeAsType)]
pub struct Version {
    pub spec_name: String,
}

#[derive(DecodeAsType)]
pub struct Department {
    pub info: DepartmentInfo,
}

#[derive(DecodeAsType)]
pub struct DepartmentInfo {
    pub name: Vec<u8>,
}

#[derive(DecodeAsType)]
pub struct UnderWay {
    pub version: u16,
    pub facts: Facts,
}

#[derive(DecodeAsType)]
pub struct Facts {
    pub digest: [u8; 32],
}

/// A call.
#[derive(DecodeAsType)]
pub struct Submit {
    pub content: Content,
}

#[derive(DecodeAsType)]
pub struct Content {
    pub code: Vec<u8>,
}

/// Events, and what they carry.
#[derive(DecodeAsType)]
pub struct EntrySubmitted {
    pub entry: u32,
    pub code: Vec<u8>,
    pub name: Vec<u8>,
    pub by: AccountId32,
}

#[derive(DecodeAsType)]
pub struct EntryEndorsed {
    pub digest: [u8; 32],
}

#[derive(DecodeAsType)]
pub struct ProposalMade {
    pub made: Made,
}

#[derive(DecodeAsType)]
pub struct Made {
    pub proposal: u32,
}

#[derive(DecodeAsType)]
pub struct ProposalVoted {
    pub voted: Voted,
}

#[derive(DecodeAsType)]
pub struct Voted {
    pub tally: Tally,
}

#[derive(DecodeAsType)]
pub struct Tally {
    pub approving: u32,
}

#[derive(DecodeAsType)]
pub struct Nothing {}
