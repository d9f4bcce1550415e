// Runs the checks of the story one by one, tells each on one line, and ends the program with how it went.

import { readFileSync } from 'node:fs';

/** What every client does, and what it has to see. */
export const story = JSON.parse(readFileSync(new URL('../story.json', import.meta.url), 'utf8'));
/** The node. */
export const url = process.env.MULU_URL ?? 'ws://127.0.0.1:9944';

const CHECK_MS_MAX = 60_000;

export class Checks {
  #client;
  #told = new Map();

  constructor(client) {
    this.#client = client;
  }

  /** Runs one check; what it throws is why it failed. */
  async run(name, body) {
    const needed = story.checks[name]?.needs;
    if (needed && !this.#told.get(needed)) return this.#tell(name, `it needs «${story.checks[needed].text}»`);
    try {
      await within(CHECK_MS_MAX, body());
      this.#tell(name);
    } catch (error) {
      this.#tell(name, error instanceof Unexpected ? error.message : error?.stack ?? String(error));
    }
  }

  /** Ends the program: a check of the story that did not run is one that failed. */
  end() {
    for (const name of Object.keys(story.checks)) {
      if (!this.#told.has(name)) this.#tell(name, 'it did not run');
    }
    process.exit([...this.#told.values()].every((isFine) => isFine) ? 0 : 1);
  }

  #tell(name, why) {
    const text = story.checks[name]?.text ?? `${name}, which the story does not know`;
    this.#told.set(name, why === undefined);
    console.log(why === undefined ? `ok   ${this.#client}: ${text}` : `FAIL ${this.#client}: ${text}: ${why}`);
  }
}

class Unexpected extends Error {}

const shown = (value) => JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner));

/** Fails unless both are the same, written as JSON. */
export function equal(what, found, expected) {
  if (shown(found) !== shown(expected)) throw new Unexpected(`${what}: expected ${shown(expected)}, found ${shown(found)}`);
}

/** Fails unless `isSo`. */
export function holds(what, isSo) {
  if (!isSo) throw new Unexpected(`expected: ${what}`);
}

/** Fails unless `code` and `text` are those of a refused submission for the reason that the story gives under `name`. */
export function refused(name, code, text) {
  const { submission, [name]: reason } = story.refused;
  equal('code of the error', code, submission.code);
  holds(`an error that says «${submission.message}» and «${reason}», not «${text}»`,
    text.includes(submission.message) && text.toLowerCase().includes(reason));
}

/** The promise, or an error after so many milliseconds. */
export function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Unexpected(`expected an answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A resource code that nobody has used: every run submits an entry of its own. */
export const newCode = () => `${story.entry.code}${Date.now()}`;

/** A signed extrinsic (version 4, as hexadecimal) with one bit of its signature changed. */
export function withBadSignature(hexadecimal) {
  const bytes = Buffer.from(hexadecimal.slice(2), 'hex');
  // Behind the length: version, address of 33 bytes, kind of signature.
  const length = [1, 2, 4][bytes[0] & 3];
  bytes[length + 1 + 33 + 1 + 8] ^= 1;
  return `0x${bytes.toString('hex')}`;
}
