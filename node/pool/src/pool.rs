//! The pool: one state, one `step`.

use crate::{
    account::{Account, Entry},
    error::Refusal,
    limits::{Bound, Limits},
    memory::Memory,
};
use mulu_primitives::{
    block::{EXTRINSIC_BYTES_MAX, EXTRINSICS_MAX, Extrinsic},
    stages::{Lane, Pooled, Validity},
};
use mulu_proofs::ids::{Digest32, Height, PublicKey};
use std::collections::{BTreeMap, BTreeSet};

/// What the pool hears.
#[derive(Clone, Debug)]
pub enum Input {
    /// Somebody submitted an extrinsic to this node and the executor found it valid.
    Submitted {
        /// The extrinsic.
        extrinsic: Extrinsic,
        /// What the check found.
        validity: Validity,
    },
    /// Another validator sent an extrinsic and the executor found it valid.
    Received {
        /// The extrinsic.
        extrinsic: Extrinsic,
        /// What the check found.
        validity: Validity,
    },
    /// A block was committed.
    Committed {
        /// Its height.
        height: Height,
        /// Hashes of its extrinsics.
        included: Vec<Digest32>,
        /// Signers whose next nonce changed, with the new one.
        nonces: Vec<(PublicKey, u32)>,
    },
    /// A waiting extrinsic turned out invalid while a block was built, or when it was checked again.
    Refused {
        /// Its hash.
        hash: Digest32,
    },
    /// A waiting extrinsic was checked again and is valid still.
    Revalidated {
        /// Its hash.
        hash: Digest32,
        /// What the check found.
        validity: Validity,
    },
}

/// What the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send it to the other validators.
    Forward(Extrinsic),
    /// Tell whoever brought the extrinsic.
    Answer(Result<Place, Refusal>),
    /// Have the executor check it again and say so with [`Input::Revalidated`] or [`Input::Refused`].
    Revalidate(Extrinsic),
    /// Tell whoever watches it: it waits no more and is in no block.
    Left {
        /// Its hash.
        hash: Digest32,
        /// Why it went.
        why: Left,
    },
}

/// Where a waiting extrinsic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It may go into the next block.
    Ready,
    /// It waits for another one of its signer.
    Future {
        /// The nonce that is missing.
        missing: u32,
    },
}

/// Why an extrinsic left the pool without being included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Another extrinsic with its nonce was included.
    Stale,
    /// Its era ended, or it waited longer than anything may.
    Expired,
    /// It is not valid any more.
    Invalid,
}

#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    count: usize,
    bytes: usize,
}

impl Usage {
    const fn has_room(self, bytes: usize, bound: Bound) -> bool {
        self.count < bound.count_max && self.bytes + bytes <= bound.bytes_max
    }
}

/// All that waits.
#[derive(Debug)]
pub struct Pool {
    limits: Limits,
    head: Height,
    accounts: BTreeMap<PublicKey, Account>,
    by_hash: BTreeMap<Digest32, (PublicKey, u32)>,
    acts: Usage,
    batches: Usage,
    banned: Memory,
    included: Memory,
    arrivals: u64,
}

impl Pool {
    /// An empty pool on top of the last committed height.
    pub const fn new(limits: Limits, head: Height) -> Self {
        Self {
            limits,
            head,
            accounts: BTreeMap::new(),
            by_hash: BTreeMap::new(),
            acts: Usage { count: 0, bytes: 0 },
            batches: Usage { count: 0, bytes: 0 },
            banned: Memory::new(limits.remembered_max),
            included: Memory::new(limits.remembered_max),
            arrivals: 0,
        }
    }

    /// Takes one input and says what to do.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Submitted { extrinsic, validity } => {
                let answer = self.admit(&extrinsic, validity, Some(self.head));
                let forward = answer.is_ok().then_some(Effect::Forward(extrinsic));
                forward.into_iter().chain([Effect::Answer(answer)]).collect()
            }
            Input::Received { extrinsic, validity } => vec![Effect::Answer(self.admit(&extrinsic, validity, None))],
            Input::Committed { height, included, nonces } => self.committed(height, &included, &nonces),
            Input::Refused { hash } => {
                self.banned.insert(hash, self.head);
                let was_waiting = self.remove(&hash).is_some();
                was_waiting.then_some(Effect::Left { hash, why: Left::Invalid }).into_iter().collect()
            }
            Input::Revalidated { hash, validity } => {
                self.revalidated(&hash, validity);
                Vec::new()
            }
        }
    }

    /// What needs no execution to be refused: asked before the costly check.
    ///
    /// # Errors
    /// [`Refusal`] if it is too long, known or banned.
    pub fn precheck(&self, extrinsic: &Extrinsic, hash: &Digest32) -> Result<(), Refusal> {
        let bytes = extrinsic.bytes().len();
        if bytes > EXTRINSIC_BYTES_MAX {
            return Err(Refusal::TooLong { bytes, bytes_max: EXTRINSIC_BYTES_MAX });
        }
        if self.by_hash.contains_key(hash) {
            return Err(Refusal::AlreadyImported);
        }
        if let Some(height) = self.included.get(hash) {
            return Err(Refusal::AlreadyIncluded { height });
        }
        if self.banned.get(hash).is_some() { Err(Refusal::Banned) } else { Ok(()) }
    }

    /// Extrinsics for the next block, at most `bytes_max` of them together, in a fixed order.
    ///
    /// Acts come before batches. Within a lane the signers take turns, so that a signer with much does not shut out one with little,
    /// and those of one turn go by arrival. A signer's own order is always that of the nonces.
    pub fn candidates(&self, bytes_max: usize) -> Vec<Pooled> {
        let mut runs: BTreeMap<&PublicKey, _> = self.accounts.iter().map(|(key, a)| (key, a.ready())).collect();
        let mut queue = BTreeSet::new();
        let mut heads: BTreeMap<&PublicKey, &Entry> = BTreeMap::new();
        for (signer, run) in &mut runs {
            if let Some(head) = run.next() {
                queue.insert((head.pooled.validity.lane, 0, head.arrival, *signer));
                heads.insert(signer, head);
            }
        }
        let (mut chosen, mut bytes) = (Vec::new(), 0);
        // One place is the timestamp's.
        while chosen.len() < EXTRINSICS_MAX - 1 {
            let Some((_, turn, _, signer)) = queue.pop_first() else { break };
            let entry = heads.remove(signer).expect("every signer in the queue has its head here");
            if bytes + entry.bytes() > bytes_max {
                // Nor may what stands behind it go first: nonces.
                continue;
            }
            bytes += entry.bytes();
            chosen.push(entry.pooled.clone());
            if let Some(head) = runs.get_mut(signer).and_then(Iterator::next) {
                queue.insert((head.pooled.validity.lane, turn + 1, head.arrival, signer));
                heads.insert(signer, head);
            }
        }
        chosen
    }

    /// Whether something could go into a block now.
    pub fn has_ready(&self) -> bool {
        self.accounts.values().any(|account| account.ready().next().is_some())
    }

    /// Everything that waits, by signer and nonce.
    pub fn pending(&self) -> impl Iterator<Item = &Pooled> {
        self.accounts.values().flat_map(|account| account.entries.values().map(|entry| &entry.pooled))
    }

    /// Where an extrinsic waits, if it does.
    pub fn place(&self, hash: &Digest32) -> Option<Place> {
        let (signer, nonce) = self.by_hash.get(hash)?;
        let missing = self.accounts.get(signer)?.next_free();
        Some(if *nonce < missing { Place::Ready } else { Place::Future { missing } })
    }

    /// The nonce that a signer should use next, if something of the signer waits: the first one behind the ready run.
    pub fn next_nonce(&self, signer: &PublicKey) -> Option<u32> {
        self.accounts.get(signer).map(Account::next_free)
    }

    /// Number of waiting extrinsics.
    pub const fn count(&self) -> usize {
        self.acts.count + self.batches.count
    }

    /// Bytes of all waiting extrinsics.
    pub const fn bytes(&self) -> usize {
        self.acts.bytes + self.batches.bytes
    }

    /// The height that the pool stands on.
    pub const fn head(&self) -> Height {
        self.head
    }

    fn admit(&mut self, extrinsic: &Extrinsic, validity: Validity, sent: Option<Height>) -> Result<Place, Refusal> {
        let hash = extrinsic.hash();
        self.precheck(extrinsic, &hash)?;
        let Validity { signer, nonce, next_nonce, lane, longevity } = validity;
        if longevity <= self.head {
            return Err(Refusal::Expired { longevity, head: self.head });
        }
        let bytes = extrinsic.bytes().len();
        let known = self.accounts.get(&signer);
        // A block may have been committed between the check and this step.
        let next = known.map_or(next_nonce, |account| account.next.max(next_nonce));
        if nonce < next {
            return Err(Refusal::Stale { nonce, next });
        }
        if nonce - next > self.limits.nonce_gap_max {
            return Err(Refusal::TooFarAhead { nonce, next });
        }
        if let Some(account) = known {
            if account.entries.contains_key(&nonce) {
                return Err(Refusal::NonceTaken { nonce });
            }
            let used = Usage { count: account.entries.len(), bytes: account.bytes };
            if !used.has_room(bytes, self.limits.signer) {
                return Err(Refusal::SignerFull { count: used.count, bytes: used.bytes });
            }
        }
        let (usage, bound) = match lane {
            Lane::Act => (&mut self.acts, self.limits.acts),
            Lane::Batch => (&mut self.batches, self.limits.batches),
        };
        if !usage.has_room(bytes, bound) {
            return Err(Refusal::Full);
        }
        usage.count += 1;
        usage.bytes += bytes;
        let account = self.accounts.entry(signer).or_default();
        account.next = next;
        account.bytes += bytes;
        let pooled = Pooled { extrinsic: extrinsic.clone(), hash, validity };
        let entry = Entry { pooled, arrival: self.arrivals, entered: self.head, checked: self.head, sent };
        account.entries.insert(nonce, entry);
        self.arrivals += 1;
        self.by_hash.insert(hash, (signer, nonce));
        Ok(self.place(&hash).expect("it was inserted in the lines above"))
    }

    fn remove(&mut self, hash: &Digest32) -> Option<Entry> {
        let (signer, nonce) = self.by_hash.remove(hash)?;
        let account = self.accounts.get_mut(&signer).expect("by_hash names signers of the pool");
        let entry = account.entries.remove(&nonce).expect("by_hash names nonces that wait");
        account.bytes -= entry.bytes();
        if account.entries.is_empty() {
            self.accounts.remove(&signer);
        }
        let usage = match entry.pooled.validity.lane {
            Lane::Act => &mut self.acts,
            Lane::Batch => &mut self.batches,
        };
        usage.count -= 1;
        usage.bytes -= entry.bytes();
        assert!(self.by_hash.len() == self.acts.count + self.batches.count, "the pool counts what it holds");
        Some(entry)
    }

    fn committed(&mut self, height: Height, included: &[Digest32], nonces: &[(PublicKey, u32)]) -> Vec<Effect> {
        self.head = height;
        self.banned.forget_below(Height::new(height.get().saturating_sub(self.limits.ban_blocks)));
        for hash in included {
            self.included.insert(*hash, height);
            if let Some(entry) = self.remove(hash) {
                let Validity { signer, nonce, .. } = entry.pooled.validity;
                self.advance(&signer, nonce.saturating_add(1));
            }
        }
        for (signer, next) in nonces {
            self.advance(signer, *next);
        }
        let mut effects = Vec::new();
        for (hash, why) in self.outdated() {
            self.remove(&hash);
            effects.push(Effect::Left { hash, why });
        }
        self.refresh(&mut effects);
        effects
    }

    fn advance(&mut self, signer: &PublicKey, next: u32) {
        if let Some(account) = self.accounts.get_mut(signer) {
            account.next = account.next.max(next);
        }
    }

    fn outdated(&self) -> Vec<(Digest32, Left)> {
        let mut outdated = Vec::new();
        for account in self.accounts.values() {
            for (nonce, entry) in &account.entries {
                let waited = self.head.get().saturating_sub(entry.entered.get());
                if *nonce < account.next {
                    outdated.push((entry.pooled.hash, Left::Stale));
                } else if entry.pooled.validity.longevity <= self.head || waited > self.limits.wait_blocks_max {
                    outdated.push((entry.pooled.hash, Left::Expired));
                }
            }
        }
        outdated
    }

    /// Sends and checks again what has waited long; the longest first, a bounded number after each block.
    fn refresh(&mut self, effects: &mut Vec<Effect>) {
        let (head, limits) = (self.head, self.limits);
        let is_due = |since: Height, blocks: u32| head.get().saturating_sub(since.get()) >= blocks;
        let mut due: Vec<&mut Entry> = self
            .accounts
            .values_mut()
            .flat_map(|account| account.entries.values_mut())
            .filter(|e| {
                is_due(e.checked, limits.revalidate_blocks) || e.sent.is_some_and(|at| is_due(at, limits.resend_blocks))
            })
            .collect();
        due.sort_by_key(|entry| entry.arrival);
        for entry in due.into_iter().take(limits.refresh_max) {
            let extrinsic = &entry.pooled.extrinsic;
            if entry.sent.is_some_and(|at| is_due(at, limits.resend_blocks)) {
                entry.sent = Some(head);
                effects.push(Effect::Forward(extrinsic.clone()));
            }
            if is_due(entry.checked, limits.revalidate_blocks) {
                // Counts as checked from now on: the answer comes as an input, and none comes if the node is ending.
                entry.checked = head;
                effects.push(Effect::Revalidate(extrinsic.clone()));
            }
        }
    }

    fn revalidated(&mut self, hash: &Digest32, validity: Validity) {
        let Some((signer, nonce)) = self.by_hash.get(hash).copied() else { return };
        self.advance(&signer, validity.next_nonce);
        let account = self.accounts.get_mut(&signer).expect("by_hash names signers of the pool");
        let entry = account.entries.get_mut(&nonce).expect("by_hash names nonces that wait");
        entry.checked = self.head;
        entry.pooled.validity.longevity = validity.longevity;
    }
}
