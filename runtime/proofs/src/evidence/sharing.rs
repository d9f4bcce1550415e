//! The sharing part: grant, request, the consumer's consent, each approval of the policy, the provider's agreement.

use super::{
    catalog::Published,
    event::Event,
    ledger::{Ledger, body},
    people::People,
    report::{Failure, Link, Step},
};
use crate::{
    access::{Findings, PublicLeaf},
    departments::{About, AccountKey, Role, SignedAs},
    grants::GrantTerms,
    ids::{DepartmentId, Digest32, GrantId, RecordNumber, RequestId, Version},
    records::{Record, RecordKind},
    sharing::{
        Policy, RequestAct, RequestAgreed, RequestCreated, RequestResubmitted, RequestTerms, Stage, StandingConsentSet,
        request_digest,
    },
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

/// What was asked for last, as the agreement names it: signatures before it count for nothing.
struct Asked<'a> {
    record: &'a Record,
    provider: DepartmentId,
    terms: RequestTerms,
    policy: Policy,
    signed_as: SignedAs,
}

impl<'a> Asked<'a> {
    fn find(ledger: &'a Ledger<'a>, agreed: &RequestAgreed) -> Result<Self, Failure> {
        let link = Link::Request;
        let (request, number) = (agreed.request, agreed.asked);
        let created = ledger.find(RecordKind::RequestCreated, link, |b: &RequestCreated| b.request == request)?;
        let created = created.into_iter().map(|(record, body)| {
            let RequestCreated { provider, terms, policy, signed_as, .. } = body;
            Asked { record, provider, terms, policy, signed_as }
        });
        let changed =
            ledger.find(RecordKind::RequestResubmitted, link, |b: &RequestResubmitted| b.request == request)?;
        let changed = changed.into_iter().map(|(record, body)| {
            let RequestResubmitted { provider, terms, policy, signed_as, .. } = body;
            Asked { record, provider, terms, policy, signed_as }
        });
        let mut found: Vec<Asked<'a>> = created.chain(changed).collect();
        match (found.pop(), found.is_empty()) {
            // Equal terms have one digest, asked for twice under two policies: the ledger says which of them it agreed to.
            (Some(one), true) if one.record.number == number => Ok(one),
            (Some(one), true) => {
                let other = one.record.number;
                Err(link
                    .failed(format!("what was agreed to stands in record {number}, the package shows record {other}")))
            }
            (None, _) => Err(link.failed("the record of the request is not in the package")),
            _ => Err(link.failed("the package holds more of the request than what was asked for last")),
        }
    }
}

/// Follows the request from what was asked for last to the provider's agreement.
pub(super) fn request(
    ledger: &Ledger<'_>,
    people: &People<'_>,
    agreed: &Agreed<'_>,
    published: &Published,
    steps: &mut Vec<Step>,
) -> Result<(), Failure> {
    let request = agreed.body.request;
    let asked = Asked::find(ledger, &agreed.body)?;
    let record = asked.record;
    let digest = request_digest(request, &asked.terms);
    check_terms(agreed, &asked, published)?;
    let link = Link::Request;
    link.require(
        published.number < record.number,
        format!("request {request} is older than the version of the entry"),
    )?;
    let (entry, consumer) = (asked.terms.entry, asked.terms.consumer);
    let to_consumer = About::entry_with(entry, asked.provider);
    let to_provider = About::entry_with(entry, consumer);
    let applicant = people.signed(record, &asked.signed_as, (Role::Applicant, consumer), &to_consumer, link)?;
    steps.push(Step {
        link,
        checked: format!("request {request} asked for exactly the terms of the grant; digest {}", hex::encode(digest)),
        anchored_on: format!("record {}, and the applicant's signature on its call", record.number),
    });
    let (last, signers) = (record.number, vec![applicant]);
    let mut path = Path { ledger, people, request, digest, to_consumer, to_provider, last, signers };
    path.endorsement(&asked, steps)?;
    path.approvals(&asked.policy, steps)?;
    path.agreement(agreed, &asked, steps)
}

fn check_terms(agreed: &Agreed<'_>, asked: &Asked<'_>, published: &Published) -> Result<(), Failure> {
    let grant = &agreed.body.grant;
    let request = agreed.body.request;
    let terms = GrantTerms {
        grant: grant.grant,
        version: Version::new(1),
        request,
        provider: asked.provider,
        ..granted(grant, &asked.terms)
    };
    let link = Link::Request;
    link.require(terms == *grant, format!("grant {} is not what request {request} asked for", grant.grant))?;
    link.require(
        asked.provider == published.content.provider,
        format!("request {request} names another provider than the entry"),
    )?;
    let items = published.content.items.len();
    let beyond = u32::try_from(items).ok().and_then(|items| asked.terms.items.checked_shr(items)).unwrap_or(0);
    link.require(beyond == 0, format!("request {request} asks for items that the entry does not have"))
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
    fn endorsement(&mut self, asked: &Asked<'_>, steps: &mut Vec<Step>) -> Result<(), Failure> {
        let link = Link::Endorsement;
        let request = self.request;
        let (record, act) =
            self.ledger.find_one(RecordKind::RequestEndorsed, link, "the consumer's consent", |b: &RequestAct| {
                b.request == request
            })?;
        link.require(act.stage.is_none(), "the consumer's consent names a stage")?;
        let consumer = asked.terms.consumer;
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
            let needed = stage.needed();
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
                    stage.role,
                    departments(stage)
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
        let theirs = stage.departments.contains(&act.signed_as.department);
        link.require(
            theirs,
            format!("record {} was signed for none of the departments of stage {number}", record.number),
        )?;
        let by = (stage.role, act.signed_as.department);
        let signer = self.people.signed(record, &act.signed_as, by, &self.to_provider, link)?;
        let named = stage.approvers.is_empty() || stage.approvers.contains(&signer);
        link.require(named, format!("record {} was signed by nobody whom stage {number} names", record.number))?;
        self.step(record, &act.digest, signer, link)
    }

    fn agreement(mut self, agreed: &Agreed<'_>, asked: &Asked<'_>, steps: &mut Vec<Step>) -> Result<(), Failure> {
        let link = Link::Agreement;
        let record = agreed.record;
        let by = (Role::Officer, asked.provider);
        let (signer, consent) = match agreed.body.consent {
            None => (self.people.signed(record, &agreed.body.signed_as, by, &self.to_provider, link)?, None),
            Some(consent) => (self.standing_consent(consent, agreed, asked)?, Some(consent)),
        };
        self.step(record, &agreed.body.digest, signer, link)?;
        let provider = asked.provider;
        let (checked, anchored_on) = match consent {
            None => (
                format!("the officer of department {provider}, the provider, agreed"),
                format!("record {}, and the officer's signature over the request's digest", record.number),
            ),
            Some(consent) => (
                format!("a standing consent of the officer of department {provider}, the provider, covers the request"),
                format!("record {consent}, and the officer's signature over its conditions"),
            ),
        };
        steps.push(Step { link, checked, anchored_on });
        steps.push(Step {
            link: Link::Separation,
            checked: format!("{} different keys signed the steps of request {}", self.signers.len(), self.request),
            anchored_on: "the signers of the records; that no two of these keys are one person's is the ledger's word"
                .into(),
        });
        Ok(())
    }

    /// Who signed the standing consent on which the agreement rests, if it covers what was asked for at that time.
    fn standing_consent(
        &self,
        number: RecordNumber,
        agreed: &Agreed<'_>,
        asked: &Asked<'_>,
    ) -> Result<AccountKey, Failure> {
        let link = Link::Agreement;
        let agreement = agreed.record;
        let record = self.ledger.numbered(number, RecordKind::StandingConsentSet, link)?;
        let set: StandingConsentSet = body(record, link)?;
        let entry = asked.terms.entry;
        let by = (Role::Officer, asked.provider);
        let officer = self.people.signed(record, &set.signed_as, by, &About::entry(entry), link)?;
        link.require(number < agreement.number, format!("the standing consent of record {number} came later"))?;
        let covers = set.entry == entry && set.consent.covers(&asked.terms, agreement.moment);
        link.require(covers, format!("the standing consent of record {number} does not cover the request"))?;
        // The role behind the consent is the one that agrees, for this consumer and at this time.
        let same = agreed.body.signed_as == set.signed_as && agreement.signer.is_none();
        link.require(same, format!("record {} names another role than its standing consent", agreement.number))?;
        self.people.check_role(agreement, &officer, &set.signed_as, &self.to_provider)?;
        // The ledger agrees at once, in the act that leaves nothing but the provider's agreement to wait for.
        let at_once = self.last.next() == agreement.number;
        link.require(at_once, format!("record {} does not follow the last signature at once", agreement.number))?;
        Ok(officer)
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

fn departments(stage: &Stage) -> String {
    stage.departments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
