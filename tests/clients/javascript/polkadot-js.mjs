// The ledger through @polkadot/api, as the polkadot.js apps see it.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { Checks, equal, holds, newCode, refused, story, url, withBadSignature } from './checks.mjs';

const checks = new Checks('@polkadot/api');
// An own method of the node is told to this client with its parameters; without `noInitWarn` it names those that it does not know.
const proposal = { description: 'A proposal', params: [{ name: 'proposal', type: 'u32' }], type: 'Json' };
const rpc = { governance: { proposal } };
const api = await ApiPromise.create({ provider: new WsProvider(url), rpc, noInitWarn: true, throwOnConnect: true });
const keys = new Keyring({ type: 'sr25519', ss58Format: story.chain.ss58 });
const account = (role, type) => keys.addFromUri(story.accounts[role], {}, type);
const cataloguer = account('cataloguer');
const head = account('head');

await checks.run('connect', async () => {
  equal('chain', (await api.rpc.system.chain()).toString(), story.chain.name);
  equal('runtime', api.runtimeVersion.specName.toString(), story.chain.runtime);
  equal('prefix of addresses', api.registry.chainSS58, story.chain.ss58);
});

await checks.run('metadata', async () => {
  equal('extensions', api.registry.signedExtensions, story.chain.extensions);
  holds('documentation of Catalog.submit', api.tx.catalog.submit.meta.docs.length > 0);
  equal('Catalog.ItemsMax', api.consts.catalog.itemsMax.toNumber(), 64);
});

await checks.run('value', async () => {
  const department = (await api.query.departments.departments(story.department.id)).unwrap();
  equal('name', department.info.name.toUtf8(), story.department.name);
  holds('a block time behind 2026', (await api.query.timestamp.now()).toNumber() > Date.UTC(2026));
  equal('no such department', (await api.query.departments.departments(999_999)).isNone, true);
});

await checks.run('entries', async () => {
  const entries = await api.query.departments.departments.entries();
  const ids = entries.map(([key]) => key.args[0].toNumber()).sort((a, b) => a - b);
  const last = (await api.query.departments.lastDepartment()).toNumber();
  equal('ids of departments', ids, Array.from({ length: last }, (_, place) => place + 1));
  const roles = await api.query.departments.roles.keys(cataloguer.address);
  holds('a role of the cataloguer', roles.length > 0);
});

await checks.run('heads', async () => {
  // An idle chain makes a block every ten seconds.
  const { subscribeNewHeads, subscribeFinalizedHeads } = api.rpc.chain;
  for (const [first, second] of await Promise.all([take(2, subscribeNewHeads), take(2, subscribeFinalizedHeads)])) {
    equal('height of the second', second.number.toNumber(), first.number.toNumber() + 1);
    equal('parent of the second', second.parentHash.toHex(), first.hash.toHex());
    equal('hash of the first', (await api.rpc.chain.getBlockHash(first.number)).toHex(), first.hash.toHex());
  }
});

const code = newCode();
const provider = (await api.query.departments.accounts(cataloguer.address)).unwrap().toNumber();
const submission = () => api.tx.catalog.submit({ ...story.entry, code, provider });

await checks.run('fee', async () => {
  equal('fee', (await submission().paymentInfo(cataloguer)).partialFee.toString(), '0');
});

let sent;
await checks.run('inclusion', async () => {
  sent = await send(submission(), cataloguer);
  equal('blocks in which it was seen', sent.inBlock.length, 1);
});

await checks.run('finality', async () => {
  equal('final block', sent.finalized.toHex(), sent.inBlock[0].toHex());
});

let entry;
await checks.run('events', async () => {
  const { data } = only(sent, api.events.catalog.EntrySubmitted);
  equal('code', data.code.toUtf8(), code);
  equal('name', data.name.toUtf8(), story.entry.name);
  equal('who', data.by.toString(), cataloguer.address);
  only(sent, api.events.system.ExtrinsicSuccess);
  entry = data.entry.toNumber();
});

await checks.run('dispatch', async () => {
  const { dispatchError } = await send(submission(), cataloguer);
  const { section, name } = api.registry.findMetaError(dispatchError.asModule);
  equal('error', `${section}.${name}`, `${story.refused.dispatch.pallet.toLowerCase()}.${story.refused.dispatch.error}`);
});

await checks.run('approval', async () => {
  const { version, facts } = (await api.query.catalog.versionUnderWay(entry)).unwrap();
  const { catalog } = api.tx;
  const endorsed = only(await send(catalog.endorse(entry, version, facts.digest), head), api.events.catalog.EntryEndorsed);
  equal('digest', endorsed.data.digest.toHex(), facts.digest.toHex());
  const reviewer = account('reviewer');
  only(await send(catalog.review(entry, version, facts.digest), reviewer), api.events.catalog.EntryReviewed);
  only(await send(catalog.publish(entry, version, facts.digest), reviewer), api.events.catalog.EntryPublished);
});

await checks.run('vote', async () => {
  const proposer = account('proposer');
  const tomorrow = (await api.query.timestamp.now()).toNumber() + 86_400_000;
  const propose = api.tx.governance.propose('CancelUpgrade', tomorrow, null);
  const made = only(await send(propose, proposer), api.events.governance.ProposalMade);
  const id = made.data.made.proposal.toNumber();
  // What every voter signs.
  const { digest } = (await api.rpc.governance.proposal(id)).toJSON();
  const vote = api.tx.governance.vote(id, `0x${digest}`, true);
  const { data } = only(await send(vote, account('voter', 'ed25519')), api.events.governance.ProposalVoted);
  equal('approving departments', data.voted.tally.approving.toNumber(), 1);
  only(await send(api.tx.governance.withdraw(id), proposer), api.events.governance.ProposalWithdrawn);
});

await checks.run('block', async () => {
  const { block } = await api.rpc.chain.getBlock(sent.finalized);
  equal('hash of its header', block.header.hash.toHex(), sent.finalized.toHex());
  const extrinsic = block.extrinsics.find(({ hash }) => hash.eq(sent.hash));
  equal('call', `${extrinsic.method.section}.${extrinsic.method.method}`, 'catalog.submit');
  equal('code in it', extrinsic.method.args[0].code.toUtf8(), code);
  equal('signer', extrinsic.signer.toString(), cataloguer.address);
});

await checks.run('history', async () => {
  const header = await api.rpc.chain.getHeader(sent.finalized);
  const [before, after] = await Promise.all([api.at(header.parentHash), api.at(sent.finalized)]);
  equal('before the block', (await before.query.catalog.byCode(code)).isNone, true);
  equal('in the block', (await after.query.catalog.byCode(code)).unwrap().toNumber(), entry);
});

const harmless = api.tx.governance.withdraw(999_999);
await checks.run('stale', async () => {
  await isRefused('stale', harmless.signAndSend(cataloguer, { nonce: 0 }));
});

await checks.run('signature', async () => {
  const signed = await harmless.signAsync(cataloguer, { nonce: -1 });
  await isRefused('signature', api.rpc.author.submitExtrinsic(withBadSignature(signed.toHex())));
});

await checks.run('role', async () => {
  await isRefused('role', harmless.signAndSend(account('nobody'), { nonce: 0 }));
});

checks.end();

/** The first `count` things that a subscription tells. */
function take(count, subscribe) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const stop = subscribe((thing) => {
      if (seen.push(thing) === count) stop.then((unsubscribe) => unsubscribe()).then(() => resolve(seen), reject);
    });
    stop.catch(reject);
  });
}

/** Signs, sends, and waits until the extrinsic is final. */
function send(call, signer) {
  return new Promise((resolve, reject) => {
    const inBlock = [];
    const stop = call.signAndSend(signer, ({ status, events, txHash, dispatchError, isError }) => {
      if (isError) reject(new Error(`the extrinsic became ${status.type}`));
      if (status.isInBlock) inBlock.push(status.asInBlock);
      if (status.isFinalized) {
        stop.then((unsubscribe) => unsubscribe());
        resolve({ inBlock, finalized: status.asFinalized, events, hash: txHash, dispatchError });
      }
    });
    stop.catch(reject);
  });
}

/** The one event of a kind that an extrinsic caused. */
function only({ events, dispatchError }, kind) {
  const found = events.map(({ event }) => event).filter((event) => kind.is(event));
  equal(`events ${kind.meta.name} (error of the call: ${dispatchError ?? 'none'})`, found.length, 1);
  return found[0];
}

/** Fails unless the submission is refused for that reason. */
async function isRefused(reason, submission) {
  const error = await submission.then(() => holds('an error', false), (error) => error);
  refused(reason, error.code, error.message);
}
