"""The ledger through async-substrate-interface."""

import asyncio
import datetime
import logging

from async_substrate_interface import AsyncSubstrateInterface
from async_substrate_interface.errors import SubstrateRequestException
from bittensor_wallet import Keypair

from checks import STORY, URL, Checks, bounded, equal, holds, new_entry, refused, with_bad_signature

ED25519, SR25519 = 0, 1
checks = Checks("async-substrate-interface")
accounts = {role: Keypair.create_from_uri(uri, SR25519) for role, uri in STORY["accounts"].items()}
cataloguer, head = accounts["cataloguer"], accounts["head"]
log = []
logger = logging.getLogger("async_substrate_interface")
logger.propagate = False
logger.addHandler(logging.Handler())
logger.handlers[0].emit = lambda record: log.append(record.getMessage())


async def story(node):
    """What the story tells, check by check."""
    sent, entry = None, None

    async def query(pallet, item, *keys, at=None):
        found = await node.query(pallet, item, list(keys), block_hash=at)
        return getattr(found, "value", found)

    async def call(pallet, name, **arguments):
        return await node.compose_call(call_module=pallet, call_function=name, call_params=arguments)

    async def send(what, signer):
        """Signs, sends, and waits until the extrinsic is final."""
        extrinsic = await node.create_signed_extrinsic(what, signer)
        return await node.submit_extrinsic(extrinsic, wait_for_finalization=True)

    async def only(receipt, pallet, name):
        """The fields of the one event of a kind that an extrinsic caused."""
        events = [event["event"] for event in await receipt.triggered_events]
        found = [event for event in events if (event["module_id"], event["event_id"]) == (pallet, name)]
        equal(f"events {pallet}.{name} (error of the call: {await receipt.error_message})", len(found), 1)
        return found[0]["attributes"]

    async def is_refused(reason, extrinsic):
        """Fails unless the node refuses the extrinsic for that reason. Code and data of an error are in this library's log alone."""
        log.clear()
        try:
            await node.rpc_request("author_submitExtrinsic", [extrinsic])
        except SubstrateRequestException:
            return refused(reason, SubstrateRequestException(" ".join(log)))
        holds("an error", False)

    async def connect():
        equal("chain", (await node.rpc_request("system_chain", []))["result"], STORY["chain"]["name"])
        equal("prefix of addresses", (await node.properties)["ss58Format"], STORY["chain"]["ss58"])
        version = await node.get_constant("System", "Version")
        equal("runtime", version.value["spec_name"], STORY["chain"]["runtime"])

    async def metadata():
        holds("documentation of Catalog.submit", (await node.get_metadata_call_function("Catalog", "submit")).docs)
        equal("Catalog.ItemsMax", (await node.get_constant("Catalog", "ItemsMax")).value, 64)

    async def value():
        department = await query("Departments", "Departments", STORY["department"]["id"])
        equal("name", department["info"]["name"], STORY["department"]["name"])
        begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).timestamp()
        holds("a block time behind 2026", await query("Timestamp", "Now") > begin * 1000)
        equal("no such department", await query("Departments", "Departments", 999_999), None)

    async def entries():
        ids = sorted([key async for key, _ in await node.query_map("Departments", "Departments")])
        equal("ids of departments", ids, list(range(1, await query("Departments", "LastDepartment") + 1)))
        roles = [key async for key, _ in await node.query_map("Departments", "Roles", [cataloguer.ss58_address])]
        holds("a role of the cataloguer", roles)

    async def heads():
        for finalized_only in (False, True):
            seen = []

            async def head_seen(told):
                seen.append(told["header"])
                return seen if len(seen) == 2 else None

            # An idle chain makes a block every ten seconds.
            await node.subscribe_block_headers(head_seen, finalized_only=finalized_only)
            first, second = seen
            equal("height of the second", second["number"], first["number"] + 1)
            equal("parent of the second", second["parentHash"], await node.get_block_hash(first["number"]))

    content = new_entry(await query("Departments", "Accounts", cataloguer.ss58_address))
    submission = await call("Catalog", "submit", content=bounded(content))
    harmless = await call("Governance", "withdraw", proposal=999_999)

    async def fee():
        equal("fee", (await node.get_payment_info(submission, cataloguer))["partial_fee"], 0)

    async def inclusion():
        nonlocal sent
        extrinsic = await node.create_signed_extrinsic(submission, cataloguer)
        sent = await node.submit_extrinsic(extrinsic, wait_for_inclusion=True)
        holds("a block in which it was seen", sent.block_hash)

    async def finality():
        # The first submission waited for its block alone; this one waits until it is final.
        receipt = await send(harmless, head)
        holds("that it is final", receipt.finalized)
        height = await node.get_block_number(sent.block_hash)
        equal("block of the submission", await node.get_block_hash(height), sent.block_hash)

    async def events():
        nonlocal entry
        event = await only(sent, "Catalog", "EntrySubmitted")
        equal("code", event["code"], content["code"])
        equal("name", event["name"], STORY["entry"]["name"])
        equal("who", event["by"], cataloguer.ss58_address)
        await only(sent, "System", "ExtrinsicSuccess")
        entry = event["entry"]

    async def approval():
        under_way = await query("Catalog", "VersionUnderWay", entry)
        version, digest = under_way["version"], under_way["facts"]["digest"]
        for act, event, signer in (
            ("endorse", "EntryEndorsed", "head"),
            ("review", "EntryReviewed", "reviewer"),
            ("publish", "EntryPublished", "reviewer"),
        ):
            what = await call("Catalog", act, entry=entry, version=version, digest=digest)
            told = await only(await send(what, accounts[signer]), "Catalog", event)
            equal(f"digest of {event}", told.get("digest") or told["facts"]["digest"], digest)

    async def vote():
        proposer, voter = accounts["proposer"], Keypair.create_from_uri(STORY["accounts"]["voter"], ED25519)
        tomorrow = await query("Timestamp", "Now") + 86_400_000
        propose = await call("Governance", "propose", action="CancelUpgrade", expires=tomorrow, enact_at=None)
        made = await only(await send(propose, proposer), "Governance", "ProposalMade")
        proposal = made["made"]["proposal"]
        # An own method of the node: what every voter signs.
        digest = "0x" + (await node.rpc_request("governance_proposal", [proposal]))["result"]["digest"]
        approve = await call("Governance", "vote", proposal=proposal, digest=digest, approve=True)
        voted = await only(await send(approve, voter), "Governance", "ProposalVoted")
        equal("approving departments", voted["voted"]["tally"]["approving"], 1)
        withdraw = await call("Governance", "withdraw", proposal=proposal)
        await only(await send(withdraw, proposer), "Governance", "ProposalWithdrawn")

    async def block():
        extrinsics = (await node.get_block(block_hash=sent.block_hash))["extrinsics"]
        found = next(each for each in extrinsics if f"0x{each.extrinsic_hash.hex()}" == sent.extrinsic_hash)
        called = found.value["call"]
        equal("call", (called["call_module"], called["call_function"]), ("Catalog", "submit"))
        equal("code in it", called["call_args"][0]["value"]["code"], content["code"])
        equal("signer", found.value["address"], cataloguer.ss58_address)

    async def history():
        parent = await node.get_parent_block_hash(sent.block_hash)
        equal("before the block", await query("Catalog", "ByCode", content["code"], at=parent), None)
        equal("in the block", await query("Catalog", "ByCode", content["code"], at=sent.block_hash), entry)

    async def dispatch():
        receipt = await send(submission, cataloguer)
        equal("success", await receipt.is_success, False)
        equal("error", (await receipt.error_message)["name"], STORY["refused"]["dispatch"]["error"])

    async def stale():
        await is_refused("stale", str((await node.create_signed_extrinsic(harmless, cataloguer, nonce=0)).data))

    async def signature():
        # Its own count of nonces follows whatever was signed last, the used one too.
        nonce = await node.get_account_next_index(cataloguer.ss58_address, use_cache=False)
        signed = await node.create_signed_extrinsic(harmless, cataloguer, nonce=nonce)
        await is_refused("signature", with_bad_signature(str(signed.data)))

    async def role():
        await is_refused("role", str((await node.create_signed_extrinsic(harmless, accounts["nobody"], nonce=0)).data))

    for check in (
        connect, metadata, value, entries, heads, fee, inclusion, finality, events, dispatch, approval, vote, block, history,
        stale, signature, role,
    ):  # fmt: skip
        await checks.run_async(check.__name__, check)


async def main():
    """Tells the story to the node."""
    async with AsyncSubstrateInterface(URL, ss58_format=STORY["chain"]["ss58"]) as node:
        await story(node)
        checks.end()


asyncio.run(main())
