"""Runs the checks of the story one by one, tells each on one line, and ends the program with how it went."""

import asyncio
import hashlib
import json
import os
import pathlib
import sys
import time
import traceback

STORY = json.loads((pathlib.Path(__file__).parent.parent / "story.json").read_text(encoding="utf-8"))
URL = os.environ.get("MULU_URL", "ws://127.0.0.1:9944")
CHECK_SECONDS_MAX = 60
# The secret behind the well-known development phrase.
DEVELOPMENT_SECRET = bytes.fromhex("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e")


class Unexpected(Exception):
    """What was expected, and what was found."""


class Checks:
    """The checks of one client."""

    def __init__(self, client):
        self.client, self.told = client, {}

    def run(self, name, body):
        """Runs one check; what it raises is why it failed."""
        if self._may_run(name):
            try:
                body()
                self._tell(name)
            except Exception as error:  # Whatever goes wrong in a client is what this looks for.
                self._tell(name, _why(error))

    async def run_async(self, name, body):
        """The same for a client that waits."""
        if self._may_run(name):
            try:
                await asyncio.wait_for(body(), CHECK_SECONDS_MAX)
                self._tell(name)
            except Exception as error:
                self._tell(name, _why(error))

    def end(self):
        """Ends the program: a check of the story that did not run is one that failed."""
        for name in STORY["checks"]:
            if name not in self.told:
                self._tell(name, "it did not run")
        sys.stdout.flush()
        # Not sys.exit: threads that still listen to the node would keep the program.
        os._exit(0 if all(self.told.values()) else 1)

    def _may_run(self, name):
        needed = STORY["checks"].get(name, {}).get("needs")
        may = needed is None or self.told.get(needed, False)
        if not may:
            self._tell(name, f"it needs «{STORY['checks'][needed]['text']}»")
        return may

    def _tell(self, name, why=None):
        text = STORY["checks"].get(name, {}).get("text", f"{name}, which the story does not know")
        self.told[name] = why is None
        print(f"ok   {self.client}: {text}" if why is None else f"FAIL {self.client}: {text}: {why}", flush=True)


def _why(error):
    if isinstance(error, Unexpected):
        return str(error)
    return "".join(traceback.format_exception(error)).strip() or repr(error)


def equal(what, found, expected):
    """Fails unless both are the same."""
    if found != expected:
        raise Unexpected(f"{what}: expected {expected!r}, found {found!r}")


def holds(what, is_so):
    """Fails unless it is so."""
    if not is_so:
        raise Unexpected(f"expected: {what}")


def refused(reason, error):
    """Fails unless a submission was refused for the reason that the story gives under that name."""
    told = error.args[0] if error.args else error
    submission = STORY["refused"]["submission"]
    if isinstance(told, dict):
        equal("code of the error", told.get("code"), submission["code"])
    text = str(told)
    for part in (str(submission["code"]), submission["message"], STORY["refused"][reason]):
        holds(f"an error that says «{part}», not «{text}»", part.lower() in text.lower())


def new_entry(provider):
    """The story's entry under a resource code that nobody has used: every run submits an entry of its own."""
    return STORY["entry"] | {"code": f"{STORY['entry']['code']}{time.time_ns() // 1_000_000}", "provider": provider}


def bounded(argument):
    """The same with every list as a tuple of one: so these libraries encode a bounded list."""
    if isinstance(argument, dict):
        return {name: bounded(field) for name, field in argument.items()}
    return [[bounded(element) for element in argument]] if isinstance(argument, list) else argument


def ed25519_seed(uri):
    """The seed of an ed25519 key `//Name`, which the Python libraries do not derive themselves."""
    name = uri.removeprefix("//").encode()
    junction = (bytes([len(name) << 2]) + name).ljust(32, b"\0")
    return hashlib.blake2b(b"\x2cEd25519HDKD" + DEVELOPMENT_SECRET + junction, digest_size=32).digest()


def with_bad_signature(hexadecimal):
    """A signed extrinsic (version 4) with one bit of its signature changed."""
    extrinsic = bytearray.fromhex(hexadecimal.removeprefix("0x"))
    # Behind the length: version, address of 33 bytes, kind of signature.
    length = (1, 2, 4)[extrinsic[0] & 3]
    extrinsic[length + 1 + 33 + 1 + 8] ^= 1
    return "0x" + extrinsic.hex()
