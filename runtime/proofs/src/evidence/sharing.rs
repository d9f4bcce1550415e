//! The sharing part: grant, request, the consumer's consent, each approval of the policy, the provider's agreement.

use super::{
    catalog::Published,
    event::Event,
    ledger::Ledger,
    people::People,
    report::{Failure, Link, Step},
};
use crate::{
    access::{Findings, PublicLeaf},
    departments::{About, AccountKey, Role},
    grants::GrantTerms,
    ids::{Digest32, GrantId, RecordNumber, RequestId, Version},
    records::{Record, RecordKind},
    sharing::{Policy, RequestAct, RequestAgreed, RequestCreated, RequestTerms, Stage, request_digest},
};

/// The agreement that a grant rests on.
pub(super) struct Agreed<'a> {
    pub record: &'a Record,
    pub body: RequestAgreed,
}

/// Finds the version of the grant that the event was reported under, and compares it with the event.
pub(super) fn grant<'a>(
    ledger: &'a Ledger<'a>,
    event: &Event<'_>,
    grant: GrantId,
    version: Version,
    steps: &mut Vec<Step>,
) -> Result<Agreed<'a>, Failure> {
    let link = Link::Grant;
    let (record, body) =
        ledger.find_one(RecordKind::RequestAgreed, link, "the grant's agreement", |b: &RequestAgreed| {
            (b.grant.grant, b.grant.version) == (grant, version)
        })?;
    let terms = &body.grant;
    let leaf = &event.leaf;
    link.require(
        record.number < event.record.number,
        format!("grant {grant} was agreed after the event was recorded"),
    )?;
    let same = leaf.entry == Some((terms.entry, terms.entry_version)) && leaf.provider == Some(terms.provider);
    link.require(same, format!("the event names another entry or provider than grant {grant}"))?;
    let missing = deviations(leaf, event, terms).0 & !event.findings.0;
    let names = Findings(missing).names().join(", ");
    link.require(
        missing == 0,
        format!("the event deviates from grant {grant} and the record does not say so: {names}"),
    )?;
    steps.push(Step {
        link,
        checked: format!(
            "grant {grant} version {version}: department {} may use entry {} of department {}; every deviation of the event stands among its findings",
            terms.consumer, terms.entry, terms.provider
        ),
        anchored_on: format!("record {}", record.number),
    });
    Ok(Agreed { record, body })
}

/// Findings that follow from the leaf and the grant's terms alone.
fn deviations(leaf: &PublicLeaf, event: &Event<'_>, terms: &GrantTerms) -> Findings {
    let rules = [
        (leaf.items & !terms.items != 0, Findings::ITEM_NOT_GRANTED),
        (leaf.method != terms.method, Findings::WRONG_METHOD),
        (leaf.purpose.is_some_and(|purpose| !terms.purposes.contains(&purpose)), Findings::WRONG_PURPOSE),
        (leaf.using_system.is_some_and(|system| !terms.systems.contains(&system)), Findings::WRONG_SYSTEM),
        (leaf.consumer != Some(terms.consumer), Findings::WRONG_CONSUMER),
        (!terms.platforms.contains(&event.batch.platform), Findings::WRONG_PLATFORM),
        (leaf.time < terms.from, Findings::NOT_YET_ACTIVE),
        (leaf.time >= terms.until, Findings::ENDED),
    ];
    rules.into_iter().filter(|(deviates, _)| *deviates).fold(Findings::default(), |set, (_, finding)| set.with(finding))
}

/// Follows the request from its creation to the provider's agreement.
pub(super) fn request(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    agreed: &Agreed<'_>,
    published: &Published,
    steps: &mut Vec<Step>,
) -> Result<(), Failure> {
    let request = agreed.body.request;
    let (created, body) =
        ledger.find_one(RecordKind::RequestCreated, Link::Request, "the request", |b: &RequestCreated| {
            b.request == request
        })?;
    let digest = request_digest(request, &body.terms);
    check_terms(agreed, &body, published)?;
    let link = Link::Request;
    link.require(
        published.number < created.number,
        format!("request {request} is older than the version of the entry"),
    )?;
    let (entry, consumer) = (body.terms.entry, body.terms.consumer);
    let to_consumer = About::entry_with(entry, body.provider);
    let to_provider = About::entry_with(entry, consumer);
    let creator = people.signed(created, &body.signed_as, (Role::Applicant, consumer), &to_consumer, link)?;
    steps.push(Step {
        link,
        checked: format!("request {request} asked for exactly the terms of the grant; digest {}", hex::encode(digest)),
        anchored_on: format!("record {}, and the applicant's signature on its call", created.number),
    });
    let (last, signers) = (created.number, vec![creator]);
    let mut path = Path { ledger, people, request, digest, to_consumer, to_provider, last, signers };
    path.endorsement(&body, steps)?;
    path.approvals(&body.policy, steps)?;
    path.agreement(agreed, &body, steps)
}

fn check_terms(agreed: &Agreed<'_>, created: &RequestCreated, published: &Published) -> Result<(), Failure> {
    let grant = &agreed.body.grant;
    let asked = GrantTerms {
        grant: grant.grant,
        version: Version::new(1),
        request: created.request,
        provider: created.provider,
        ..granted(grant, &created.terms)
    };
    let link = Link::Request;
    link.require(asked == *grant, format!("grant {} is not what request {} asked for", grant.grant, created.request))?;
    link.require(
        created.provider == published.content.provider,
        format!("request {} names another provider than the entry", created.request),
    )?;
    let items = published.content.items.len();
    let beyond = u32::try_from(items).ok().and_then(|items| created.terms.items.checked_shr(items)).unwrap_or(0);
    link.require(beyond == 0, format!("request {} asks for items that the entry does not have", created.request))
}

fn granted(grant: &GrantTerms, terms: &RequestTerms) -> GrantTerms {
    let terms = terms.clone();
    GrantTerms {
        entry: terms.entry,
        entry_version: terms.entry_version,
        consumer: terms.consumer,
        items: terms.items,
        method: terms.method,
        from: terms.from,
        until: terms.until,
        purposes: terms.purposes,
        systems: terms.systems,
        platforms: terms.platforms,
        calls_per_day: terms.calls_per_day,
        rows_per_day: terms.rows_per_day,
        ..grant.clone()
    }
}

/// One request on its way: what was signed, by whom, and the record of the last step.
struct Path<'a> {
    ledger: &'a Ledger<'a>,
    people: &'a People<'a>,
    request: RequestId,
    digest: Digest32,
    /// What the request is about to the consumer's people,
    to_consumer: About,
    /// and to the provider's.
    to_provider: About,
    last: RecordNumber,
    signers: Vec<AccountKey>,
}

impl Path<'_> {
    fn endorsement(&mut self, created: &RequestCreated, steps: &mut Vec<Step>) -> Result<(), Failure> {
        let link = Link::Endorsement;
        let request = self.request;
        let (record, act) =
            self.ledger.find_one(RecordKind::RequestEndorsed, link, "the consumer's consent", |b: &RequestAct| {
                b.request == request
            })?;
        link.require(act.stage.is_none(), "the consumer's consent names a stage")?;
        let consumer = created.terms.consumer;
        let signer = self.people.signed(record, &act.signed_as, (Role::Officer, consumer), &self.to_consumer, link)?;
        self.step(record, &act.digest, signer, link)?;
        steps.push(Step {
            link,
            checked: format!("the officer of department {consumer}, the consumer, consented"),
            anchored_on: format!("record {}, and the officer's signature over the request's digest", record.number),
        });
        Ok(())
    }

    fn approvals(&mut self, policy: &Policy, steps: &mut Vec<Step>) -> Result<(), Failure> {
        let link = Link::Approval;
        let request = self.request;
        let found = self.ledger.find(RecordKind::RequestApproved, link, |b: &RequestAct| b.request == request)?;
        let mut approvals = found.into_iter();
        for (number, stage) in policy.stages.iter().enumerate() {
            let needed = stage.threshold.needed(stage.approvers.len());
            let needed = needed.ok_or_else(|| link.failed(format!("stage {number} can never be completed")))?;
            for _ in 0..needed {
                let (record, act) = approvals.next().ok_or_else(|| {
                    link.failed(format!(
                        "an approval of stage {number} is not in the package: the policy needs {needed}"
                    ))
                })?;
                self.approval(record, &act, number, stage)?;
            }
            steps.push(Step {
                link,
                checked: format!(
                    "stage {number}: {needed} approvals as {} of department {}",
                    stage.role, stage.department
                ),
                anchored_on: "each approver's signature over the request's digest; the policy in the request's record"
                    .into(),
            });
        }
        let more = approvals.next().map(|(record, _)| record.number);
        link.require(more.is_none(), format!("record {} approves beyond the policy", more.unwrap_or_default()))
    }

    fn approval(&mut self, record: &Record, act: &RequestAct, number: usize, stage: &Stage) -> Result<(), Failure> {
        let link = Link::Approval;
        let of_stage = act.stage.map(usize::from) == Some(number);
        link.require(of_stage, format!("record {} approves another stage than {number}", record.number))?;
        let by = (stage.role, stage.department);
        let signer = self.people.signed(record, &act.signed_as, by, &self.to_provider, link)?;
        let named = stage.approvers.is_empty() || stage.approvers.contains(&signer);
        link.require(named, format!("record {} was signed by nobody whom stage {number} names", record.number))?;
        self.step(record, &act.digest, signer, link)
    }

    fn agreement(
        mut self,
        agreed: &Agreed<'_>,
        created: &RequestCreated,
        steps: &mut Vec<Step>,
    ) -> Result<(), Failure> {
        let link = Link::Agreement;
        let record = agreed.record;
        let by = (Role::Officer, created.provider);
        let signer = self.people.signed(record, &agreed.body.signed_as, by, &self.to_provider, link)?;
        self.step(record, &agreed.body.digest, signer, link)?;
        steps.push(Step {
            link,
            checked: format!("the officer of department {}, the provider, agreed", created.provider),
            anchored_on: format!("record {}, and the officer's signature over the request's digest", record.number),
        });
        steps.push(Step {
            link: Link::Separation,
            checked: format!("{} different people signed the steps of request {}", self.signers.len(), self.request),
            anchored_on: "the signers of the records".into(),
        });
        Ok(())
    }

    /// What every step shares: it comes after the step before, over the same digest, by somebody new.
    fn step(&mut self, record: &Record, digest: &Digest32, signer: AccountKey, link: Link) -> Result<(), Failure> {
        link.require(
            *digest == self.digest,
            format!("record {} is over another request than was created", record.number),
        )?;
        link.require(self.last < record.number, format!("record {} is out of order", record.number))?;
        let again = self.signers.contains(&signer);
        Link::Separation
            .require(!again, format!("record {} was signed by who signed an earlier step", record.number))?;
        self.last = record.number;
        self.signers.push(signer);
        Ok(())
    }
}
