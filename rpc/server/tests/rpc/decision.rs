//! The decision point on a real chain: what blocks change of its answers, its counts on the ledger, and its face over JSON-RPC.

use crate::{
    chain::{CONSUMER, Chain, GATEWAY, PROVIDER, PURPOSE, START, SUBSIDIES, key, text},
    story::{self, ENTRY, GRANT, V1, content, publish, terms},
};
use ed25519_dalek::SigningKey;
use jsonrpsee::core::client::Error;
use mulu_client::calls::Call;
use mulu_decision::{
    Desk, Now, Point, PointParts, Question, Reason, Settings, Under,
    counts::Counts,
    facts,
    report::{self, Binding},
};
use mulu_proofs::{
    access::RunKey,
    calendar::Day,
    catalog::Method,
    departments::{Role, RoleScope},
    extrinsic::Implicit,
    ids::{EntryId, GrantId, Moment, RequestId},
    sharing::{RequestTerms, request_digest},
};
use mulu_rpc_api::{
    codes,
    decision::{self, CHECKED_MAX, DecisionsClient},
};
use mulu_token::{Keys, TokenError, Verifier};
use sp_runtime::generic::Era;
use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub const AUDIENCE: &str = "gateway-1";
pub const MAPPING: &str = r#"
    [[route]]
    path = "/organisations/{code}"
    methods = ["GET"]
    entry = 1
    items = [0, 1]
    method = "service_interface"
    purpose = 1

    [[route]]
    path = "/organisations/*"
    entry = 1
    items = [2]
    method = "service_interface"

    [[consumer]]
    name = "市人社局"
    department = 3
    system = 2
    header = "X-Api-Key"
    # printf secret | sha256sum
    sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
"#;

/// A chain with an open decision point, and what the point keeps on disk.
pub struct Ground {
    pub chain: Chain,
    pub point: Arc<Point>,
    folder: TempDir,
}

impl Ground {
    /// Over a chain with a grant, whose time goes its own way.
    fn new() -> Self {
        Self::over(story::with_grant())
    }

    /// Over a chain whose last block is of just now, with a grant that holds.
    pub fn of_now() -> Self {
        let mut chain = chain_with(&RequestTerms { until: Moment::new(START * 2), ..terms() });
        chain.moment = Now::read().wall.get() - 2_000;
        Self::over(chain)
    }

    fn over(mut chain: Chain) -> Self {
        chain.act("platform", Call::open_decisions(GATEWAY));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mapping.toml"), MAPPING).unwrap();
        let point = point(&chain, &folder);
        Self { chain, point: Arc::new(point), folder }
    }

    pub fn desk(&self) -> Arc<Desk> {
        Arc::new(Desk::new(Arc::clone(&self.point), self.folder.path().join("mapping.toml")).unwrap())
    }

    pub fn write_mapping(&self, text: &str) {
        fs::write(self.folder.path().join("mapping.toml"), text).unwrap();
    }

    /// The node was killed and started again.
    fn restart(&mut self) {
        self.point = Arc::new(point(&self.chain, &self.folder));
    }

    fn act(&mut self, who: &str, call: Call) {
        let extrinsic = self.chain.sign(who, call);
        let block = self.chain.block(&[extrinsic]);
        assert!(!block.records().is_empty(), "the act failed");
        self.point.committed(&block, self.now()).unwrap();
    }

    /// Half a second behind the last block.
    fn now(&self) -> Now {
        Now { wall: Moment::new(self.chain.moment + 500), steady: Instant::now() }
    }

    fn ask(&self, question: Question) -> Result<GrantId, Reason> {
        self.ask_at(question, self.now())
    }

    fn ask_at(&self, question: Question, now: Now) -> Result<GrantId, Reason> {
        let decision = self.point.decide(&question, now);
        assert_eq!(decision.height, self.chain.head());
        decision.verdict.map(|allowed| allowed.grant).map_err(|denied| denied.reason)
    }

    fn day(&self) -> Day {
        let (header, _) = self.chain.store.head();
        self.chain.executor.query(&header, || facts::read_day(Moment::new(self.chain.moment))).unwrap().day
    }

    /// Allowed and denied under the grant today, as the point has counted.
    fn counted(&self) -> (u32, u32) {
        let count = self.point.counts().get(self.day(), GRANT);
        (count.allowed, count.denied)
    }

    /// Reports to the ledger what it has not got; says how many counts that were.
    fn report(&mut self) -> usize {
        let (day, own) = (self.day(), self.point.counts().of_day(self.day()));
        let (header, _) = self.chain.store.head();
        let (open, missing) = self
            .chain
            .executor
            .query(&header, || {
                let missing = report::reports(day, &own, |grant| facts::read_counted(day, GATEWAY, grant));
                (facts::read_days_counted(&[day]), missing)
            })
            .unwrap();
        assert_eq!(open, [day]);
        for report in &missing {
            let key = signing_key();
            let nonce = self.chain.nonces.entry(key.verifying_key().to_bytes()).or_default();
            let genesis = self.chain.genesis.hash();
            let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis, mortality: genesis };
            let binding = Binding { era: Era::Immortal, nonce: *nonce, implicit };
            let extrinsic = report::sign_call(&report.call(GATEWAY), &key, &binding);
            *nonce += 1;
            self.chain.include(&extrinsic);
        }
        missing.iter().map(|report| report.counts.len()).sum()
    }
}

fn point(chain: &Chain, folder: &TempDir) -> Point {
    let settings =
        Settings { platform: GATEWAY, audience: text(AUDIENCE), token_life_ms: 5_000, stale_after_ms: 30_000 };
    let parts = PointParts {
        settings,
        domain: chain.genesis.domain(),
        key: signing_key(),
        executor: Arc::clone(&chain.executor),
        counts: Counts::open(&folder.path().join("counts")).unwrap(),
    };
    let now = Now { wall: Moment::new(chain.moment), steady: Instant::now() };
    Point::new(parts, chain.store.head(), now).unwrap()
}

/// The key of the account `platform`.
fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&mulu_proofs::hash::blake2_256(b"mulu development key platform"))
}

pub fn verifier(chain: &Chain) -> Verifier {
    Verifier::new(Keys { domain: chain.genesis.domain(), keys: vec![key("platform").public()] }, AUDIENCE, 100)
}

fn question() -> Question {
    Question {
        under: Under::Entry(ENTRY),
        consumer: CONSUMER,
        items: 0b011,
        method: Method::ServiceInterface,
        purpose: Some(PURPOSE),
        using_system: Some(SUBSIDIES),
    }
}

/// A published entry, and a request on it, agreed to and provisioned.
fn chain_with(terms: &RequestTerms) -> Chain {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(story::CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(ENTRY, &story::policy()));
    agree(&mut chain, 1, terms);
    chain
}

/// A request, agreed to and provisioned.
fn agree(chain: &mut Chain, number: u32, terms: &RequestTerms) {
    let id = RequestId::new(number);
    let digest = request_digest(id, terms);
    chain.act("applicant", Call::submit_request(terms));
    chain.act("consumer-officer", Call::endorse_request(id, &digest));
    chain.act("approver1", Call::approve_request(id, &digest));
    chain.act("approver2", Call::approve_request(id, &digest));
    chain.act("officer", Call::agree_request(id, &digest));
    chain.act("officer", Call::provision_grant(GrantId::new(number)));
}

#[test]
fn a_call_within_the_grant_gets_a_token_that_is_good_once() {
    let ground = Ground::new();
    let now = ground.now();
    let decision = ground.point.decide(&question(), now);
    let allowed = decision.verdict.unwrap();
    assert_eq!((allowed.grant, allowed.version, allowed.expires.get()), (GRANT, V1, now.wall.get() + 5_000));
    assert_eq!(decision.hash, ground.chain.store.head().1);
    let mut verifier = verifier(&ground.chain);
    let token = verifier.check(&allowed.token, now.wall).unwrap();
    assert_eq!((token.grant, token.consumer, token.items, token.height), (GRANT, CONSUMER, 0b011, decision.height));
    assert_eq!((token.purpose, token.using_system), (Some(PURPOSE), Some(SUBSIDIES)));
    assert_eq!(verifier.check(&allowed.token, now.wall), Err(TokenError::Used));
    assert_eq!(ground.counted(), (1, 0));
}

#[test]
fn a_call_outside_of_every_grant_is_denied_with_the_reason() {
    let ground = Ground::new();
    for (asked, reason) in [
        (Question { items: 0b111, ..question() }, Reason::ItemNotGranted),
        (Question { under: Under::Grant(GRANT), consumer: PROVIDER, ..question() }, Reason::WrongConsumer),
        (Question { consumer: PROVIDER, ..question() }, Reason::NoGrant),
        (Question { under: Under::Entry(EntryId::new(9)), ..question() }, Reason::NoGrant),
        (Question { under: Under::Grant(GrantId::new(9)), ..question() }, Reason::UnknownGrant),
    ] {
        // The second time from memory.
        assert_eq!(ground.ask(asked), Err(reason), "{asked:?}");
        assert_eq!(ground.ask(asked), Err(reason), "{asked:?}");
    }
    assert_eq!(ground.counted(), (0, 4));
}

#[test]
fn the_next_block_stops_what_it_suspends_and_lets_go_on_what_it_resumes() {
    let mut ground = Ground::new();
    assert_eq!(ground.ask(question()), Ok(GRANT));
    ground.act("officer", Call::suspend_grant(GRANT, &text("滥用")));
    assert_eq!(ground.ask(question()), Err(Reason::Suspended));
    // Also by a clock that lags a little behind the block.
    let lagging = Now { wall: Moment::new(ground.chain.moment - 400), steady: Instant::now() };
    assert_eq!(ground.ask_at(question(), lagging), Err(Reason::Suspended));
    ground.act("officer", Call::resume_grant(GRANT, &text("已整改")));
    assert_eq!(ground.ask(question()), Ok(GRANT));
    ground.act("head", Call::suspend_entry(ENTRY, &text("数据有误")));
    assert_eq!(ground.ask(question()), Err(Reason::Suspended));
}

#[test]
fn the_newest_grant_that_allows_the_call_is_taken() {
    let mut ground = Ground::new();
    let later = RequestTerms { items: 0b100, ..terms() };
    agree(&mut ground.chain, 2, &later);
    ground.point.caught_up(ground.chain.store.head(), ground.now()).unwrap();
    let second = Question { items: 0b100, ..question() };
    assert_eq!(ground.ask(second), Ok(GrantId::new(2)));
    assert_eq!(ground.ask(question()), Ok(GRANT));
    // None allows both together.
    assert_eq!(ground.ask(Question { items: 0b111, ..question() }), Err(Reason::ItemNotGranted));
}

#[test]
fn what_denies_is_said_of_the_grant_that_came_nearest() {
    let mut ground = Ground::new();
    agree(&mut ground.chain, 2, &terms());
    ground.point.caught_up(ground.chain.store.head(), ground.now()).unwrap();
    let denied = |ground: &Ground, items| {
        let asked = Question { items, ..question() };
        let denied = ground.point.decide(&asked, ground.now()).verdict.unwrap_err();
        (denied.reason, denied.grant.unwrap().get())
    };
    let more = 0b111;
    assert_eq!(denied(&ground, more), (Reason::ItemNotGranted, 2), "of equals the newest");
    ground.act("officer", Call::suspend_grant(GrantId::new(2), &text("滥用")));
    assert_eq!(
        denied(&ground, more),
        (Reason::ItemNotGranted, 1),
        "a suspended grant is farther away than one with fewer items"
    );
    ground.act("officer", Call::suspend_grant(GRANT, &text("滥用")));
    assert_eq!(denied(&ground, 0b011), (Reason::Suspended, 2));
    let own = ground.point.counts().of_day(ground.day());
    let counted: Vec<_> = own.iter().map(|count| (count.grant.get(), count.denied)).collect();
    assert_eq!(counted, [(1, 1), (2, 2)], "each is counted under the grant that it is said of");
}

#[test]
fn a_block_of_events_changes_what_was_used_and_nothing_else() {
    let mut ground = Ground::new();
    ground.act("platform", Call::open_stream(GATEWAY, false));
    assert_eq!(ground.ask(question()), Ok(GRANT));
    assert!(ground.point.is_warm(&question()));
    let now = ground.chain.moment;
    let mut event = story::event(RunKey::Grant(GRANT, V1), now, 1, 0b001);
    event.leaf.calls = 1_000;
    // Submitted without the point's knowledge, so that its next block is one that it is told of.
    story::report(&mut ground.chain, None, vec![event]);
    let block = ground.chain.block(&[]);
    ground.point.caught_up(ground.chain.store.head(), ground.now()).unwrap();
    assert!(!ground.point.is_warm(&question()), "everything is read anew after a gap");
    assert_eq!(ground.ask(question()), Err(Reason::OverQuota));
    assert!(block.records().is_empty());
    let empty = ground.chain.block(&[]);
    ground.point.committed(&empty, ground.now()).unwrap();
    assert!(ground.point.is_warm(&question()), "an empty block changes no grant");
}

#[test]
fn a_point_without_a_fresh_block_denies_everything() {
    let ground = Ground::new();
    let at = |wall: u64, steady: Duration| {
        let now = Now { wall: Moment::new(ground.chain.moment + wall), steady: Instant::now() + steady };
        ground.ask_at(question(), now)
    };
    assert_eq!(at(30_000, Duration::ZERO), Ok(GRANT));
    assert_eq!(at(30_001, Duration::ZERO), Err(Reason::Stale));
    // Somebody has set the clock back.
    assert_eq!(at(500, Duration::from_secs(31)), Err(Reason::Stale));
    let behind = Now { wall: Moment::new(ground.chain.moment - 10_001), steady: Instant::now() };
    assert_eq!(ground.ask_at(question(), behind), Err(Reason::Clock));
    assert_eq!(ground.point.is_ready(behind), Err(Reason::Clock));
    assert_eq!(ground.counted(), (1, 0), "what is denied without a look at the grant is not counted under it");
}

#[test]
fn a_point_decides_only_while_its_platform_has_opened_decisions_under_its_key() {
    let mut ground = Ground::new();
    ground.act("platform", Call::close_decisions(GATEWAY));
    assert_eq!(ground.ask(question()), Err(Reason::NotOpen));
    ground.act("platform", Call::open_decisions(GATEWAY));
    assert_eq!(ground.ask(question()), Ok(GRANT));
}

#[test]
fn a_key_that_has_lost_its_role_decides_nothing_until_it_has_it_again() {
    let mut ground = Ground::new();
    let account = key("platform").public();
    ground.act("admin", Call::revoke_role(&account, PROVIDER, Role::Platform));
    assert_eq!(ground.ask(question()), Err(Reason::NotOpen));
    assert_eq!(ground.point.is_ready(ground.now()), Err(Reason::NotOpen), "health says so");
    let until = Moment::new(ground.chain.moment + 60_000);
    let scope = RoleScope::Everything;
    ground.act("admin", Call::give_role(&account, PROVIDER, Role::Platform, until, &scope, None, &text("任命文件")));
    assert_eq!(ground.ask(question()), Ok(GRANT));
    // The role ends by itself with its time.
    ground.chain.moment += 60_000;
    let block = ground.chain.block(&[]);
    ground.point.committed(&block, ground.now()).unwrap();
    assert_eq!(ground.ask(question()), Err(Reason::NotOpen));
}

#[test]
fn a_replaced_key_decides_nothing_though_nobody_has_closed_its_decisions() {
    let mut ground = Ground::new();
    ground.act("platform", Call::rotate_key(&key("platform-2").public()));
    assert_eq!(ground.ask(question()), Err(Reason::NotOpen));
    assert_eq!(ground.counted(), (0, 0));
}

#[test]
fn a_key_that_was_reported_stolen_decides_nothing_from_the_next_block_on() {
    let mut ground = Ground::new();
    assert_eq!(ground.ask(question()), Ok(GRANT));
    let period = (Moment::new(START), Moment::new(ground.chain.moment));
    let account = key("platform").public();
    ground.act("head", Call::report_compromise(GATEWAY, &account, period, &text("密钥被盗")));
    assert_eq!(ground.ask(question()), Err(Reason::NotOpen));
}

#[test]
fn the_ledger_gets_every_count_once_also_after_a_restart_without_a_word() {
    let mut ground = Ground::new();
    for _ in 0..3 {
        ground.ask(question()).unwrap();
    }
    ground.ask(Question { items: 0b111, ..question() }).unwrap_err();
    assert_eq!(ground.report(), 1);
    assert_eq!(ground.report(), 0, "the ledger has got it");
    ground.restart();
    assert_eq!((ground.counted(), ground.report()), ((3, 1), 0));
    ground.ask(question()).unwrap();
    ground.restart();
    assert_eq!((ground.counted(), ground.report()), ((4, 1), 1));
}

#[test]
fn the_quota_counts_what_was_allowed_here_before_it_is_reported() {
    let mut ground = Ground::over(chain_with(&RequestTerms { calls_per_day: 2, ..terms() }));
    assert_eq!(ground.ask(question()), Ok(GRANT));
    assert_eq!(ground.ask(question()), Ok(GRANT));
    assert_eq!(ground.ask(question()), Err(Reason::OverQuota));
    ground.restart();
    assert_eq!(ground.ask(question()), Err(Reason::OverQuota));
    assert_eq!(ground.counted(), (2, 2));
}

fn asked() -> decision::Question {
    decision::Question {
        grant: None,
        entry: Some(ENTRY),
        consumer: CONSUMER,
        items: 0b011,
        method: Method::ServiceInterface,
        purpose: Some(PURPOSE),
        using_system: Some(SUBSIDIES),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_answers_come_over_json_rpc() {
    let ground = Ground::of_now();
    let server = ground.chain.serve_with(Some(ground.desk())).await;
    let client = server.http();
    let allowed = client.decide(asked()).await.unwrap();
    assert_eq!((allowed.allowed, allowed.grant, allowed.reason.as_deref()), (true, Some(GRANT), None));
    verifier(&ground.chain).check(&allowed.token.unwrap(), Now::read().wall).unwrap();
    let denied = client.decide(decision::Question { items: 0b111, ..asked() }).await.unwrap();
    assert_eq!((denied.allowed, denied.reason.as_deref()), (false, Some("item_not_granted")));
    assert_eq!((denied.grant, denied.token), (Some(GRANT), None));
    let point = client.point().await.unwrap().unwrap();
    assert_eq!((point.platform, point.key, point.reason), (GATEWAY, key("platform").public(), None));
    assert_eq!((point.allowed, point.denied), (1, vec![("item_not_granted".to_owned(), 1)]));
    for both in [Some(GRANT), None] {
        let entry = both.map(|_| ENTRY);
        let error = client.decide(decision::Question { grant: both, entry, ..asked() }).await.unwrap_err();
        assert!(matches!(error, Error::Call(error) if error.code() == codes::FILTER));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_point_denies_as_not_configured() {
    let chain = story::with_grant();
    let server = chain.serve().await;
    let client = server.http();
    let denied = client.decide(asked()).await.unwrap();
    assert_eq!((denied.allowed, denied.reason.as_deref()), (false, Some("not_configured")));
    assert_eq!((denied.height, denied.time.get()), (chain.head(), chain.moment));
    assert_eq!(client.point().await.unwrap(), None);
    let error = client.check(None).await.unwrap_err();
    assert!(matches!(error, Error::Call(error) if error.code() == codes::NOT_FOUND));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_is_checked_without_counting_and_read_again_when_it_changes() {
    let ground = Ground::of_now();
    let desk = ground.desk();
    let server = ground.chain.serve_with(Some(Arc::clone(&desk))).await;
    let client = server.http();
    let rows = client.check(None).await.unwrap();
    let shown: Vec<_> = rows.rows.iter().map(|row| (row.path.as_str(), row.grant, row.reason.as_deref())).collect();
    let expected =
        [("/organisations/{…}", Some(GRANT), None), ("/organisations/*", Some(GRANT), Some("item_not_granted"))];
    assert_eq!((shown, rows.next), (expected.to_vec(), None));
    assert_eq!((ground.counted(), desk.allowed(), desk.denied().count()), ((0, 0), 0, 0));

    let path = ground.folder.path().join("mapping.toml");
    assert!(!desk.reload(false).unwrap(), "nothing has changed");
    fs::write(&path, "[[route]]\npath = \"/a\"\n").unwrap();
    assert!(desk.reload(false).is_err());
    assert!(!desk.reload(false).unwrap(), "a mistake is said once");
    assert_eq!(desk.mapping().routes().len(), 2, "the mapping before stays in force");
    let consumers = "[[consumer]]\nname = \"n\"\ndepartment = 3\nheader = \"h\"\nvalue = \"V\"\n";
    let many: String = (0..=CHECKED_MAX).map(|n| consumers.replace('V', &n.to_string())).collect();
    fs::write(&path, MAPPING.to_owned() + &many).unwrap();
    assert!(desk.reload(true).unwrap());
    let (mut first, mut total) = (None, 0);
    loop {
        let page = client.check(first).await.unwrap();
        assert!(page.rows.len() <= CHECKED_MAX as usize);
        total += page.rows.len();
        first = page.next;
        if first.is_none() {
            break;
        }
    }
    assert_eq!(total, 2 * (CHECKED_MAX as usize + 2));
}
