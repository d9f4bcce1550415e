// The ledger through polkadot-api (PAPI), without generated descriptors.

import { ed25519CreateDerive, sr25519CreateDerive } from '@polkadot-labs/hdkd';
import { DEV_MINI_SECRET } from '@polkadot-labs/hdkd-helpers';
import { AccountId, Binary, createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { WebSocket } from 'ws';
import { Checks, equal, holds, newCode, refused, story, url, withBadSignature } from './checks.mjs';

const checks = new Checks('polkadot-api');
// Node 20 has no WebSocket of its own; later ones do.
const client = createClient(getWsProvider(url, { websocketClass: globalThis.WebSocket ?? WebSocket }));
const api = client.getUnsafeApi();
const schemes = { Sr25519: sr25519CreateDerive(DEV_MINI_SECRET), Ed25519: ed25519CreateDerive(DEV_MINI_SECRET) };
const account = (role, scheme = 'Sr25519') => {
  const pair = schemes[scheme](story.accounts[role]);
  return { address: AccountId(story.chain.ss58).dec(pair.publicKey), signer: getPolkadotSigner(pair.publicKey, scheme, pair.sign) };
};
const text = (bytes) => Binary.toText(bytes);
const cataloguer = account('cataloguer');
const head = account('head');

await checks.run('connect', async () => {
  const { name, properties } = await client.getChainSpecData();
  equal('chain', await client._request('system_chain', []), story.chain.name);
  holds('a name of the chain', name.length > 0);
  equal('prefix of addresses', properties.ss58Format, story.chain.ss58);
  equal('runtime', (await api.constants.System.Version()).spec_name, story.chain.runtime);
});

await checks.run('metadata', async () => {
  equal('Catalog.ItemsMax', await api.constants.Catalog.ItemsMax(), 64);
  holds('metadata', (await client.getMetadata(await client.getFinalizedBlock().then(({ hash }) => hash))).length > 100_000);
});

await checks.run('value', async () => {
  const department = await api.query.Departments.Departments.getValue(story.department.id);
  equal('name', text(department.info.name), story.department.name);
  holds('a block time behind 2026', Number(await api.query.Timestamp.Now.getValue()) > Date.UTC(2026));
  equal('no such department', (await api.query.Departments.Departments.getValue(999_999)) ?? null, null);
});

await checks.run('entries', async () => {
  const entries = await api.query.Departments.Departments.getEntries();
  const ids = entries.map(({ keyArgs }) => keyArgs[0]).sort((a, b) => a - b);
  const last = await api.query.Departments.LastDepartment.getValue();
  equal('ids of departments', ids, Array.from({ length: last }, (_, place) => place + 1));
  holds('a role of the cataloguer', (await api.query.Departments.Roles.getEntries(cataloguer.address)).length > 0);
});

await checks.run('heads', async () => {
  // An idle chain makes a block every ten seconds. Best blocks are told as a list, the newest first.
  const both = [take(2, client.bestBlocks$, (best) => best[0]), take(2, client.finalizedBlock$, (block) => block)];
  for (const [first, second] of await Promise.all(both)) {
    equal('height of the second', second.number, first.number + 1);
    equal('parent of the second', second.parent, first.hash);
    equal('hash of the first', await client._request('chain_getBlockHash', [first.number]), first.hash);
  }
});

const code = newCode();
const provider = await api.query.Departments.Accounts.getValue(cataloguer.address);
const submission = api.tx.Catalog.submit({ content: { ...typed(story.entry), code: Binary.fromText(code), provider, flow_threshold: 0n } });

await checks.run('fee', async () => {
  equal('fee', await submission.getEstimatedFees(cataloguer.address), 0n);
});

let sent;
await checks.run('inclusion', async () => {
  sent = await send(submission, cataloguer);
  holds('a block in which it was seen', sent.inBlock.length > 0);
});

await checks.run('finality', async () => {
  equal('final block', sent.block.hash, sent.inBlock[0].hash);
});

let entry;
await checks.run('events', async () => {
  const event = only(sent, 'Catalog', 'EntrySubmitted');
  equal('code', text(event.code), code);
  equal('name', text(event.name), story.entry.name);
  equal('who', event.by, cataloguer.address);
  only(sent, 'System', 'ExtrinsicSuccess');
  entry = event.entry;
});

await checks.run('dispatch', async () => {
  const { ok, dispatchError } = await send(submission, cataloguer);
  equal('success', ok, false);
  const { type: pallet, value: error } = dispatchError.value;
  equal('error', { pallet, error: error.type }, story.refused.dispatch);
});

await checks.run('approval', async () => {
  const { version, facts } = await api.query.Catalog.VersionUnderWay.getValue(entry);
  const [act, reviewer] = [{ entry, version, digest: facts.digest }, account('reviewer')];
  const endorsed = only(await send(api.tx.Catalog.endorse(act), head), 'Catalog', 'EntryEndorsed');
  equal('digest', endorsed.digest, facts.digest);
  only(await send(api.tx.Catalog.review(act), reviewer), 'Catalog', 'EntryReviewed');
  only(await send(api.tx.Catalog.publish(act), reviewer), 'Catalog', 'EntryPublished');
});

await checks.run('vote', async () => {
  const proposer = account('proposer');
  const expires = (await api.query.Timestamp.Now.getValue()) + 86_400_000n;
  const proposal = api.tx.Governance.propose({ action: { type: 'CancelUpgrade' }, expires, enact_at: undefined });
  const { made } = only(await send(proposal, proposer), 'Governance', 'ProposalMade');
  // An own method of the node: what every voter signs.
  const { digest } = await client._request('governance_proposal', [made.proposal]);
  const vote = api.tx.Governance.vote({ proposal: made.proposal, digest: `0x${digest}`, approve: true });
  const { voted } = only(await send(vote, account('voter', 'Ed25519')), 'Governance', 'ProposalVoted');
  equal('approving departments', voted.tally.approving, 1);
  only(await send(api.tx.Governance.withdraw({ proposal: made.proposal }), proposer), 'Governance', 'ProposalWithdrawn');
});

await checks.run('block', async () => {
  const body = await client.getBlockBody(sent.block.hash);
  const { block } = await client._request('chain_getBlock', [sent.block.hash]);
  equal('extrinsics of the block', body.map(hexadecimal), block.extrinsics);
  const { value } = (await api.txFromCallData(await submission.getEncodedData())).decodedCall;
  equal('call', value.type, 'submit');
  equal('code in it', text(value.value.content.code), code);
  holds('the call in the extrinsic', hexadecimal(body[sent.block.index]).endsWith(hexadecimal(await submission.getEncodedData()).slice(2)));
});

await checks.run('history', async () => {
  const { parentHash } = await client.getBlockHeader(sent.block.hash);
  const key = Binary.fromText(code);
  equal('before the block', (await api.query.Catalog.ByCode.getValue(key, { at: parentHash })) ?? null, null);
  equal('in the block', await api.query.Catalog.ByCode.getValue(key, { at: sent.block.hash }), entry);
});

const harmless = api.tx.Governance.withdraw({ proposal: 999_999 });
await checks.run('stale', async () => {
  await isRefused('stale', await harmless.sign(cataloguer.signer, { nonce: 0 }));
});

await checks.run('signature', async () => {
  await isRefused('signature', withBadSignature(hexadecimal(await harmless.sign(cataloguer.signer))));
});

await checks.run('role', async () => {
  await isRefused('role', await harmless.sign(account('nobody').signer, { nonce: 0 }));
});

checks.end();

/** The story's neutral JSON as PAPI takes it: text and lists of bytes as bytes, variants with their type. */
function typed(value) {
  if (value === null) return undefined;
  if (typeof value === 'string') return value.startsWith('0x') ? value : Binary.fromText(value);
  if (Array.isArray(value)) return value.map(typed);
  if (typeof value !== 'object') return value;
  const [[name, inner], ...others] = Object.entries(value);
  if (others.length === 0 && /^[A-Z]/.test(name)) return { type: name, value: typed(inner) };
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, typed(field)]));
}

function hexadecimal(bytes) {
  return typeof bytes === 'string' ? bytes : `0x${Buffer.from(bytes).toString('hex')}`;
}

/** The first `count` different things that an observable tells. */
function take(count, observable, of) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const subscription = observable.subscribe({
      next: (told) => {
        const thing = of(told);
        if (seen.at(-1)?.hash !== thing.hash && seen.push(thing) === count) {
          resolve(seen);
          queueMicrotask(() => subscription.unsubscribe());
        }
      },
      error: reject,
    });
  });
}

/** Signs, sends, and waits until the extrinsic is final. */
function send(call, { signer }) {
  return new Promise((resolve, reject) => {
    const inBlock = [];
    call.signSubmitAndWatch(signer).subscribe({
      next: (told) => {
        if (told.type === 'txBestBlocksState' && told.found) inBlock.push(told.block);
        if (told.type === 'finalized') resolve({ ...told, inBlock });
      },
      error: reject,
    });
  });
}

/** The one event of a kind that an extrinsic caused. */
function only({ events, dispatchError }, pallet, name) {
  const found = events.filter((event) => event.type === pallet && event.value.type === name);
  equal(`events ${pallet}.${name} (error of the call: ${JSON.stringify(dispatchError) ?? 'none'})`, found.length, 1);
  return found[0].value.value;
}

/** Fails unless the node refuses the extrinsic for that reason. */
async function isRefused(reason, extrinsic) {
  const submission = client._request('author_submitExtrinsic', [hexadecimal(extrinsic)]);
  const error = await submission.then(() => holds('an error', false), (error) => error);
  refused(reason, error.code, `${error.message} ${JSON.stringify(error.data ?? '')}`);
}
