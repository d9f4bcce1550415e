"""The ledger through substrate-interface (py-substrate-interface)."""

import datetime

from substrateinterface import Keypair, KeypairType, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

from checks import STORY, URL, Checks, bounded, ed25519_seed, equal, holds, new_entry, refused, with_bad_signature

checks = Checks("substrate-interface")
node = SubstrateInterface(url=URL)
accounts = {role: Keypair.create_from_uri(uri, ss58_format=STORY["chain"]["ss58"]) for role, uri in STORY["accounts"].items()}
cataloguer, head = accounts["cataloguer"], accounts["head"]
sent, entry = None, None


def query(pallet, item, *keys, at=None):
    return node.query(pallet, item, list(keys), block_hash=at).value


def call(pallet, name, **arguments):
    return node.compose_call(call_module=pallet, call_function=name, call_params=arguments)


def send(what, signer):
    """Signs, sends, and waits until the extrinsic is final."""
    return node.submit_extrinsic(node.create_signed_extrinsic(what, signer), wait_for_finalization=True)


def only(receipt, pallet, name):
    """The fields of the one event of a kind that an extrinsic caused."""
    events = [event.value["event"] for event in receipt.triggered_events]
    found = [event for event in events if (event["module_id"], event["event_id"]) == (pallet, name)]
    equal(f"events {pallet}.{name} (error of the call: {receipt.error_message})", len(found), 1)
    return found[0]["attributes"]


def is_refused(reason, extrinsic):
    """Fails unless the node refuses the extrinsic for that reason."""
    try:
        node.rpc_request("author_submitExtrinsic", [extrinsic])
    except SubstrateRequestException as error:
        return refused(reason, error)
    holds("an error", False)


def connect():
    equal("chain", node.chain, STORY["chain"]["name"])
    equal("prefix of addresses", node.ss58_format, STORY["chain"]["ss58"])
    equal("runtime", node.get_constant("System", "Version").value["spec_name"], STORY["chain"]["runtime"])


def metadata():
    node.init_runtime()
    extensions = [extension.value["identifier"] for extension in node.metadata[1][1]["extrinsic"]["signed_extensions"]]
    equal("extensions", extensions, STORY["chain"]["extensions"])
    holds("documentation of Catalog.submit", node.get_metadata_call_function("Catalog", "submit").docs)
    equal("Catalog.ItemsMax", node.get_constant("Catalog", "ItemsMax").value, 64)


def value():
    equal("name", query("Departments", "Departments", STORY["department"]["id"])["info"]["name"], STORY["department"]["name"])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).timestamp()
    holds("a block time behind 2026", query("Timestamp", "Now") > begin * 1000)
    equal("no such department", query("Departments", "Departments", 999_999), None)


def entries():
    ids = sorted(key.value for key, _ in node.query_map("Departments", "Departments"))
    equal("ids of departments", ids, list(range(1, query("Departments", "LastDepartment") + 1)))
    holds("a role of the cataloguer", list(node.query_map("Departments", "Roles", [cataloguer.ss58_address])))


def heads():
    for finalized_only in (False, True):
        seen = []

        def head_seen(told, _number, _subscription):
            seen.append(told["header"])
            return seen if len(seen) == 2 else None

        # An idle chain makes a block every ten seconds.
        node.subscribe_block_headers(head_seen, finalized_only=finalized_only)
        first, second = seen
        equal("height of the second", second["number"], first["number"] + 1)
        equal("parent of the second", second["parentHash"], node.get_block_hash(first["number"]))


content = new_entry(query("Departments", "Accounts", cataloguer.ss58_address))
submission = call("Catalog", "submit", content=bounded(content))
harmless = call("Governance", "withdraw", proposal=999_999)


def fee():
    equal("fee", node.get_payment_info(submission, cataloguer)["partialFee"], 0)


def inclusion():
    global sent
    sent = node.submit_extrinsic(node.create_signed_extrinsic(submission, cataloguer), wait_for_inclusion=True)
    holds("a block in which it was seen", sent.block_hash)


def finality():
    # The first submission waited for its block alone; this one waits until it is final.
    extrinsic = node.create_signed_extrinsic(harmless, head)
    receipt = node.submit_extrinsic(extrinsic, wait_for_finalization=True)
    final = node.get_block_number(node.get_chain_finalised_head())
    holds("a final head that is not behind", final >= node.get_block_number(receipt.block_hash))
    equal("block of the submission", node.get_block_hash(node.get_block_number(sent.block_hash)), sent.block_hash)


def events():
    global entry
    event = only(sent, "Catalog", "EntrySubmitted")
    equal("code", event["code"], content["code"])
    equal("name", event["name"], STORY["entry"]["name"])
    equal("who", event["by"], cataloguer.ss58_address)
    only(sent, "System", "ExtrinsicSuccess")
    entry = event["entry"]


def approval():
    under_way = query("Catalog", "VersionUnderWay", entry)
    version, digest = under_way["version"], under_way["facts"]["digest"]
    for act, event, signer in (
        ("endorse", "EntryEndorsed", "head"),
        ("review", "EntryReviewed", "reviewer"),
        ("publish", "EntryPublished", "reviewer"),
    ):
        receipt = send(call("Catalog", act, entry=entry, version=version, digest=digest), accounts[signer])
        told = only(receipt, "Catalog", event)
        equal(f"digest of {event}", told.get("digest") or told["facts"]["digest"], digest)


def vote():
    proposer = accounts["proposer"]
    voter = Keypair.create_from_seed(
        ed25519_seed(STORY["accounts"]["voter"]), ss58_format=STORY["chain"]["ss58"], crypto_type=KeypairType.ED25519
    )
    tomorrow = query("Timestamp", "Now") + 86_400_000
    made = only(
        send(call("Governance", "propose", action="CancelUpgrade", expires=tomorrow, enact_at=None), proposer),
        "Governance",
        "ProposalMade",
    )
    proposal = made["made"]["proposal"]
    # An own method of the node: what every voter signs.
    digest = "0x" + node.rpc_request("governance_proposal", [proposal])["result"]["digest"]
    receipt = send(call("Governance", "vote", proposal=proposal, digest=digest, approve=True), voter)
    equal("approving departments", only(receipt, "Governance", "ProposalVoted")["voted"]["tally"]["approving"], 1)
    only(send(call("Governance", "withdraw", proposal=proposal), proposer), "Governance", "ProposalWithdrawn")


def block():
    extrinsics = node.get_block(block_hash=sent.block_hash)["extrinsics"]
    found = next(extrinsic for extrinsic in extrinsics if f"0x{extrinsic.extrinsic_hash.hex()}" == sent.extrinsic_hash)
    equal("call", (found.value["call"]["call_module"], found.value["call"]["call_function"]), ("Catalog", "submit"))
    equal("code in it", found.value["call"]["call_args"][0]["value"]["code"], content["code"])
    equal("signer", found.value["address"], cataloguer.ss58_address)


def history():
    parent = node.get_block_header(block_hash=sent.block_hash)["header"]["parentHash"]
    equal("before the block", query("Catalog", "ByCode", content["code"], at=parent), None)
    equal("in the block", query("Catalog", "ByCode", content["code"], at=sent.block_hash), entry)


def dispatch():
    receipt = send(submission, cataloguer)
    equal("success", receipt.is_success, False)
    equal("error", receipt.error_message["name"], STORY["refused"]["dispatch"]["error"])


def stale():
    is_refused("stale", str(node.create_signed_extrinsic(harmless, cataloguer, nonce=0).data))


def signature():
    is_refused("signature", with_bad_signature(str(node.create_signed_extrinsic(harmless, cataloguer).data)))


def role():
    is_refused("role", str(node.create_signed_extrinsic(harmless, accounts["nobody"], nonce=0).data))


for check in (
    connect, metadata, value, entries, heads, fee, inclusion, finality, events, dispatch, approval, vote, block, history,
    stale, signature, role,
):  # fmt: skip
    checks.run(check.__name__, check)
checks.end()
