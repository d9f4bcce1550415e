#!/usr/bin/env python3
"""Checks a Mulu evidence package: a second verifier, which shares no code with the first.

A first draft was written from docs/evidence.md and docs/formats.md alone. Where these did not suffice, the answer was looked up in the source
of the first verifier, and pages and draft were corrected: the order of the checks, acts on a grant and `signer` were written with that source in view.

usage: verifier.py PACKAGE --genesis FILE [--checkpoint HEIGHT:HASH] [--json]
       verifier.py --many     for each line `GENESIS CHECKPOINT|- PACKAGE` (the package in hexadecimal, `.` for none) one line: `ok`, or the link that fails

Prints `ok` and the claim, or the name of the link that fails and why; exits with 0 or 1. It needs Python 3.11 and the package `blake3`.
The forms of structures it reads from docs/formats.md itself, so that page and bytes cannot drift apart.
"""
import argparse, functools, hashlib, json, pathlib, re, sys, types
from blake3 import blake3

# Enumerations without fields: their lowest and highest code (docs/formats.md, "Enum codes").
CODES = dict(Suite=(1, 1), Role=(0, 10), Level=(0, 3), SystemKind=(0, 2), SealedField=(0, 5), Method=(0, 4), ResourceClass=(1, 3),
             DataKind=(0, 5), DataGrade=(0, 2), Secrecy=(0, 2), FormatClass=(1, 7), DataType=(0, 10), SharingClass=(1, 3), MatterKind=(0, 9),
             UseKind=(0, 4))
ADMIN, CATALOGUER, HEAD, OFFICER, APPROVER, APPLICANT, PLATFORM, REVIEWER, SUPERVISOR = 0, 1, 2, 3, 4, 5, 6, 8, 9
# Kind of record: link that the act behind it is named under, body, pallet and call index, arguments (docs/formats.md, section 5).
KINDS = {
    0x0101: ("names", "DepartmentInfo", 10, 0, "credit_code name level region parent host is_data_manager"),
    0x0103: ("roles", "RoleGiven", 10, 2, "account department role expires scope principal basis"),
    0x0104: ("roles", "RoleConfirmed", 10, 3, "account department role"),
    0x0106: ("names", "SystemInfo", 10, 5, "department kind code name"),
    0x010D: ("roles", "AuthorityNamed", None, None, ""),
    0x0201: ("catalog", "EntrySubmitted", 11, 0, "content"),
    0x0202: ("catalog", "EntryAct", 11, 1, "entry version digest"),
    0x0204: ("catalog", "EntryAct", 11, 3, "entry version digest"),
    0x0205: ("catalog", "EntryAct", 11, 4, "entry version digest"),
    0x0303: ("request", "RequestCreated", 12, 2, "terms"),
    0x0304: ("endorsement", "RequestAct", 12, 3, "request digest"),
    0x0305: ("approval", "RequestAct", 12, 4, "request digest"),
    0x0306: ("agreement", "RequestAgreed", 12, 5, "request digest"),
    0x030D: ("request", "RequestResubmitted", 12, 9, "request digest terms"),
    0x0310: ("agreement", "StandingConsentSet", 12, 12, "entry consent"),
    0x0401: ("stream", "StreamOpened", 13, 0, "platform reconciles"),
    0x0402: ("batch", "BatchRecord", None, None, ""),
    0x0404: ("stream", "StreamReopened", 13, 3, "stream"),
    0x0405: ("signer", "KeyCompromised", 13, 4, "platform key from to statement"),
    0x0406: ("signer", "EventsRepudiated", 13, 5, "compromise stream first last statement"),
    0x0407: ("signer", "RepudiationDecided", 13, 6, "repudiation upheld finding"),
    0x0701: ("grant", "GrantAct", 17, 0, "grant"),
    0x0702: ("grant", "GrantAct", 17, 1, "grant reason"),
    0x0703: ("grant", "GrantAct", 17, 2, "grant reason"),
    0x0704: ("grant", "RectificationOrdered", 17, 3, "grant working_days what"),
    0x0705: ("grant", "RectificationReported", 17, 4, "grant statement papers"),
    0x0706: ("grant", "GrantAct", 17, 11, "grant reason"),
    0x0707: ("grant", "GrantAct", 17, 5, "grant reason"),
    0x0708: ("grant", "GrantCompleted", 17, 6, "grant outcome"),
    0x0709: ("grant", "ServiceEnded", 17, 7, "grant reason consultation"),
    0x070A: ("grant", "DisposalRecorded", 17, 8, "grant how papers"),
    0x070B: ("grant", "DisposalCountersigned", 17, 9, "grant record"),
    0x070C: ("grant", "UseRecorded", 17, 10, "grant used"),
}
# Who signs the acts on a grant: of the consumer, in one of these roles; all others of the provider.
OF_CONSUMER = {0x0705: (OFFICER,), 0x0708: (OFFICER,), 0x070A: (OFFICER,), 0x070C: (OFFICER, APPLICANT)}
BY_SUPERVISOR_TOO = (0x0702, 0x0703, 0x0704, 0x0706, 0x0707)


class Fails(Exception):
    """A link that does not hold, and why."""


def need(link, holds, why):
    if not holds:
        raise Fails(link, why)


# ---- bytes

# Forms of structures and of enumerations with fields, and the kinds of records that there are, as the page has them.
PAGE = (pathlib.Path(__file__).parent / "../docs/formats.md").read_text("utf-8")
FIELDS, VARIANTS = {}, {}
for line in PAGE.split("```forms\n")[1].split("```")[0].splitlines():
    name, form = line.split(None, 1)
    if form.startswith("= "):
        VARIANTS[name] = {int(variant.split()[0]): variant.split()[1:] for variant in form[2:].split(" | ")}
    else:
        FIELDS[name] = [field.split() for field in form.split(" · ")]
KNOWN = {int(code, 16) for code in re.findall(r"^\| (0x[0-9a-f]{4}) ", PAGE, re.MULTILINE)}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise ValueError("cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width):
        return int.from_bytes(self.take(width), "little")

    def compact(self):
        first = self.number(1)
        mode = first & 3
        value = self.number(4) if mode == 3 else (first | self.number((1 << mode) - 1) << 8) >> 2
        if mode == 3 and first != 3 or mode and value < (0, 1 << 6, 1 << 14, 1 << 30)[mode]:
            raise ValueError("a compact number is over 32 bits, or not in its shortest form")
        return value

    def read(self, form):
        if form[0] in "?[":
            bound, inner = (1, form[1:]) if form[0] == "?" else form[1:].split("]", 1)
            count = self.number(1) if form[0] == "?" else self.compact()
            if count > int(bound):
                raise ValueError(f"{count} is over the bound {bound}")
            values = [self.read(inner) for _ in range(count)]
            return values if form[0] == "[" else values[0] if values else None
        if form == "bool":
            return bool(self.code((0, 1)))
        if form == "day":
            return self.code((0, 2_932_896), 4)
        if form in CODES:
            return self.code(CODES[form])
        if form in FIELDS:
            value, value_start = types.SimpleNamespace(raw={}), self.at
            for field, inner in FIELDS[form]:
                start = self.at
                setattr(value, field, self.read(inner))
                value.raw[field] = self.data[start : self.at]
            value.bytes = self.data[value_start : self.at]
            return value
        if form in VARIANTS:
            code = self.number(1)
            return (code, *[self.read(inner) for inner in VARIANTS[form][code]])
        kind, size = form[0], int(form[1:])
        if kind == "u":
            return self.number(size // 8)
        if kind == "b":
            return self.take(size)
        count = self.compact()
        if count > size:
            raise ValueError(f"{count} bytes are over the bound {size}")
        data = self.take(count)
        return data.decode() if kind == "t" else data

    def code(self, bounds, width=1):
        value = self.number(width)
        if not bounds[0] <= value <= bounds[1]:
            raise ValueError(f"{value} is no code")
        return value


def read(link, form, data):
    """`data` as `form`, with nothing behind it."""
    reader = Reader(data)
    try:
        value = reader.read(form)
    except (ValueError, KeyError) as error:
        raise Fails(link, f"{form} does not read: {error}")
    need(link, reader.at == len(data), f"bytes follow the {form}")
    return value


# ---- hashes, trees, signatures

@functools.cache
def key_of(context):
    return blake3(b"", derive_key_context="mulu v1 " + context).digest()


def keyed(context, data):
    return blake3(data, key=key_of(context)).digest()


def digest(use, data):
    return keyed("digest " + use, data)


def blake2(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def compact(value):
    return le(value << 2, 1) if value < 64 else le(value << 2 | 1, 2)


def le(value, width):
    return value.to_bytes(width, "little")


def root_of(kind, path, leaf_bytes):
    """The root to which a path leads (RFC 9162, 2.1.3.2), or None."""
    if path.index >= path.count:
        return None
    place, last, node = path.index, path.count - 1, keyed(f"tree {kind} leaf", leaf_bytes)
    for sibling in path.siblings:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = keyed(f"tree {kind} node", sibling + node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = keyed(f"tree {kind} node", node + sibling)
        place, last = place >> 1, last >> 1
    return keyed(f"tree {kind} root", b"\1" + le(path.count, 8) + node) if last == 0 else None


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def point(data):
    """The point of 32 bytes by the rules of ZIP 215 (y may be over P, x may be a negative 0), or None."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, (y & (1 << 255) - 1) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


BASE = point(le(4 * pow(5, -1, P) % P, 32))


@functools.lru_cache(100_000)
def signed(key, message, signature):
    """Whether an ed25519 signature is valid under ZIP 215: 8·s·B = 8·R + 8·k·A. No library of Python's offers these rules."""
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus = lambda p: (P - p[0], p[1], p[2], P - p[3])
    a, total = minus(a), (0, 1, 1, 0)
    table = [total, BASE, a, add(BASE, a)]
    for bit in reversed(range(253)):
        total = add(add(total, total), table[(s >> bit & 1) | (k >> bit & 1) << 1])
    total = add(total, minus(r))
    for _ in range(3):
        total = add(total, total)
    return total[0] % P == 0 and (total[1] - total[2]) % P == 0


def header(link, data):
    """A header: height, hash, parent, and the digest items that are ours."""
    try:
        reader = Reader(data)
        value = types.SimpleNamespace(hash=blake2(data), parent=reader.take(32), height=reader.compact(), mulR=None, mulH=None, mulV=None)
        reader.take(64)
        for _ in range(reader.compact()):
            kind = reader.number(1)
            engine = reader.take(4) if kind in (4, 5, 6) else b""
            if kind not in (0, 4, 5, 6, 8):
                raise ValueError("unknown digest item")
            item = reader.take(reader.compact()) if kind != 8 else b""
            if kind == 4 and engine in (b"mulR", b"mulH", b"mulV"):
                if getattr(value, engine.decode()) is not None:
                    raise ValueError("a digest item stands there twice")
                setattr(value, engine.decode(), read(link, "RecordLog" if engine == b"mulR" else "Rooted", item))
        if reader.at != len(data) or len(data) > 4096:
            raise ValueError("bytes follow")
    except ValueError as error:
        raise Fails(link, f"the header does not read: {error}")
    return value


# ---- the links, in the order of docs/evidence.md

class Verifier:
    def __init__(self, package, genesis, checkpoint=None):
        self.data, self.genesis_text, self.checkpoint = package, genesis, checkpoint
        self.cited, self.signatures = set(), []

    def verify(self):
        self.container()
        self.genesis()
        self.finality()
        self.records()
        code, claim = self.package.claim
        departments, systems = {0: self.event, 1: self.filing}[code](claim)
        self.names(departments, systems)
        self.unreferenced()

    def container(self):
        need("container", len(self.data) <= 8 << 20, "the package is over 8 MiB")
        self.package = p = read("container", "Package", self.data)
        need("container", p.magic == b"MULUEVID" and p.version == 1, "no package, or of another version")
        ascend = lambda values: all(a < b for a, b in zip(values, values[1:]))
        need("container", ascend([act.record for act in p.acts]), "acts do not ascend")
        need("container", all(shown.header < len(p.headers) for shown in p.records), "a record's header is not there")
        need("container", all(act.record < len(p.records) for act in p.acts), "an act's record is not there")
        if p.claim[0] == 0:
            need("container", p.claim[1].batch < len(p.records), "the event's record is not there")
            revealed = p.claim[1].sealed.revealed if p.claim[1].sealed else []
            need("container", ascend([one.field for one in revealed]), "revealed fields do not ascend")

    def genesis(self):
        try:
            file = json.loads(self.genesis_text)
            chain, raw = file["chain_id"], bytes.fromhex(file["header"])
            validators = [(bytes.fromhex(v["key"]), v["department"]) for v in file["validators"]]
            known = file.keys() == {"chain_id", "header", "validators", "suite"} and file["suite"] == "Blake3Ed25519"
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Fails("genesis", f"the genesis file does not read: {error}")
        head = header("genesis", raw)
        need("genesis", known and 1 <= len(chain) <= 64 and all("!" <= c <= "~" for c in chain), "unknown field or suite, or chain id")
        need("genesis", head.height == 0 and head.parent == bytes(32), "no genesis header")
        self.announces("genesis", head, validators)
        need("genesis", self.package.chain == chain.encode(), "the package is of another chain")
        self.set, self.genesis_hash = dict(validators), head.hash
        self.domain = digest("chain domain", compact(len(chain)) + chain.encode() + head.hash)

    def announces(self, link, head, validators):
        keys, departments = [key for key, _ in validators], {department for _, department in validators}
        canonical = keys == sorted(set(keys)) and len(departments) == len(keys) and 1 <= len(keys) <= 100
        listed = b"".join(key + le(department, 4) for key, department in validators)
        named = head.mulV and head.mulV.digest == digest("validator set", b"\1" + compact(len(keys)) + listed)
        need(link, canonical and named, "the header names another validator set, or it is not canonical")

    def certified(self, head, certificate):
        need("certificate", (certificate.height, certificate.header_hash) == (head.height, head.hash), "the certificate is of another header")
        keys = [one.validator for one in certificate.signatures]
        need("certificate", len(keys) >= len(self.set) * 2 // 3 + 1 and keys == sorted(set(keys)), "no quorum, or not in order")
        vote = b"mulu v1 vote\1" + self.domain + b"\1" + le(head.height, 8) + le(certificate.round, 4) + b"\1" + head.hash
        for one in certificate.signatures:
            member = one.validator in self.set and signed(one.validator, vote + one.validator, one.signature)
            need("certificate", member, "a signature of a stranger, or one that does not verify")

    def finality(self):
        p, last = self.package, 0
        for change in p.changes:
            head = header("validator_set", change.header)
            need("validator_set", head.height > last, "set changes do not ascend")
            self.certified(head, change.certificate)
            validators = [(one.key, one.department) for one in change.validators]
            self.announces("validator_set", head, validators)
            self.set, last = dict(validators), head.height
        self.tip = tip = header("certificate", p.tip.header)
        need("certificate", tip.height > last, "the tip is not above the last change of the set")
        self.certified(tip, p.tip.certificate)
        self.headers = []
        for shown in p.headers:
            head, path = header("history", shown.header), shown.path
            need("history", not self.headers or head.height > self.headers[-1].height, "headers do not ascend")
            if path is None:
                need("history", head.hash == tip.hash, "only the tip has no path")
            else:
                root = root_of("history", path, b"\1\1" + le(head.height, 4) + head.hash)
                fits = (path.index, path.count) == (head.height, tip.height) and tip.mulH and root == tip.mulH.digest
                need("history", fits, "the header is not in the tip's history")
            self.headers.append(head)
        if self.checkpoint:
            shown = [(head.height, head.hash) for head in self.headers + [tip]]
            need("checkpoint", self.checkpoint in shown, "the checkpoint's header is not there, or another")

    def records(self):
        self.ledger, acts = [], {act.record: act for act in self.package.acts}
        for place, shown in enumerate(self.package.records):
            record, head, path = read("record", "Record", shown.record), self.headers[shown.header], shown.path
            record.act, record.height, log = acts.get(place), head.height, head.mulR
            need("record", record.version == 1 and record.kind in KNOWN, "another version, or an unknown kind")
            in_log = log and path.count == log.count and root_of("records", path, shown.record) == log.root
            need("record", in_log and log.first + path.index == record.number, "the record is not in its block under its number")
            before = self.ledger[-1] if self.ledger else types.SimpleNamespace(number=0, moment=0)
            first = not self.ledger
            need("record", (first or record.number > before.number) and record.moment >= before.moment, "numbers or moments run backwards")
            self.ledger.append(record)

    # -- records and the acts behind them

    def cite(self, record):
        """The record's body, with the act behind it checked."""
        link, form, pallet, call, arguments = KINDS[record.kind]
        body = read(link, form, record.body)
        if record.number in self.cited:
            return body
        self.cited.add(record.number)
        unsigned = record.signer is None and record.extrinsic is None
        if pallet is None or record.kind == 0x0306 and unsigned and body.consent is not None:
            return body
        if unsigned:
            genesis = record.kind in (0x0101, 0x0103, 0x0106) and record.height == 1 and record.act is None
            need(link, genesis, "nobody signed it")
            return body
        act = record.act
        need(link, act is not None, "the act behind the record is not there")
        try:
            reader = Reader(act.extrinsic)
            length = reader.compact()
            if length != len(act.extrinsic) - reader.at or reader.take(2) != b"\x84\0":
                raise ValueError("not signed, or not V4")
            signer, by_ed25519 = reader.take(32), reader.number(1) == 0
            signature, start = reader.take(64), reader.at
            immortal = reader.number(1) == 0
            reader.take(0 if immortal else 1)
            reader.compact()
        except ValueError as error:
            raise Fails(link, f"the extrinsic does not read: {error}")
        extra, sent = act.extrinsic[start : reader.at], act.extrinsic[reader.at :]
        need(link, by_ed25519 and signer == record.signer and blake2(act.extrinsic) == record.extrinsic, "it is another extrinsic")
        meant = bytes([pallet, call]) + b"".join(body.raw[name] for name in arguments.split())
        need(link, sent == meant and not (record.kind == 0x0306 and body.consent is not None), "another call was signed")
        need(link, act.genesis == self.genesis_hash and (not immortal or act.mortality == self.genesis_hash), "signed for another chain")
        need(link, act.spec_version > 0 and act.transaction_version > 0, "it names no version of the runtime")
        payload = sent + extra + le(act.spec_version, 4) + le(act.transaction_version, 4) + act.genesis + act.mortality
        need(link, signed(signer, payload if len(payload) <= 256 else blake2(payload), signature), "the signature does not verify")
        return body

    def find(self, link, kind, fits):
        """All records of a kind whose bodies fit, each with its body and its act checked. Every body of the kind must read."""
        found = []
        for record in self.ledger:
            if record.kind == kind and fits(read(link, KINDS[kind][1], record.body)):
                found.append((record, self.cite(record)))
        return found

    def find_one(self, link, kind, fits):
        found = self.find(link, kind, fits)
        need(link, len(found) == 1, f"{len(found)} records of kind {kind:#06x}")
        return found[0]

    def numbered(self, link, number, kind):
        found = next((record for record in self.ledger if record.number == number), None)
        need(link, found is not None, f"record {number} is not there")
        need(link, found.kind == kind, f"record {number} is of another kind")
        return found, self.cite(found)

    # -- roles

    def signed_by(self, record, body, role, department, entry=None, other=None):
        """Checks that the act was signed in that role of that department; `entry` and `other` department are what it is about."""
        right = (body.signed_as.role, body.signed_as.department) == (role, department)
        need(KINDS[record.kind][0], right, f"record {record.number} was signed in another role")
        return self.held(record, body.signed_as, entry, other)

    def held(self, record, role, entry, other):
        need("roles", record.signer is not None, "nobody signed it")
        self.role(record, record.signer, role, entry, other)
        self.signatures.append((role.role, role.department, record.number))
        return record.signer

    def role(self, record, account, role, entry, other):
        need("roles", record.department == role.department and record.moment < role.expires, "the role is of another department, or over")
        need("roles", role.given < record.number, "the role was given later")
        given, body = self.numbered("roles", role.given, 0x0103)
        same = (body.account, body.department, body.role, body.expires, body.principal)
        need("roles", same == (account, role.department, role.role, role.expires, role.principal), "another role was given")
        scope, *names = body.scope
        need("roles", scope == 0 or (entry, other)[scope - 1] in names[0], "the role's scope does not cover the act")
        needed = role.role in (HEAD, OFFICER, APPROVER) and given.signer is not None
        waits = body.pending == needed or body.pending and role.role == SUPERVISOR and given.signer is not None
        need("roles", waits and body.pending == (role.confirmed is not None), "a second signature is missing, or one too many")
        if not body.pending:
            return
        need("roles", given.number < role.confirmed < record.number, "the second signature does not stand between")
        confirmed, second = self.numbered("roles", role.confirmed, 0x0104)
        same = (second.account, second.department, second.role, second.given)
        need("roles", same == (body.account, body.department, body.role, given.number), "another role was confirmed")
        need("roles", confirmed.signer not in (given.signer, body.account), "the second signature is of the giver or the holder")
        by = second.signed_as
        may = by.role == SUPERVISOR or by.role == HEAD and by.department == body.department
        need("roles", may, "the second signature was given in another role")
        self.held(confirmed, by, None, body.department)

    # -- the event

    def batch(self, place):
        """The batch at a place of the records: its record, its body, and the stream's opening checked."""
        record = self.ledger[place]
        need("batch", record.kind == 0x0402, "the record is no batch")
        body = self.cite(record)
        head = body.header
        of_chain = head.genesis == self.genesis_hash and head.codec_version == head.leaf_version == 1
        need("batch", of_chain and 1 <= head.count <= 1000, "the header is of another chain or form")
        need("batch", record.signer == body.key and head.time_base <= body.time_last, "another signer, or times run backwards")
        need("batch", signed(body.key, b"mulu v1 batch" + self.domain + head.bytes, body.signature), "the platform's signature does not verify")
        reopened = self.find("stream", 0x0404, lambda it: (it.stream, it.key) == (head.stream, body.key))
        need("stream", len(reopened) <= 1, "reopened twice under one key")
        opened, stream = reopened[0] if reopened else self.find_one("stream", 0x0401, lambda it: it.stream == head.stream)
        same = stream.platform == body.platform and stream.key == body.key == opened.signer
        need("stream", same and opened.number < record.number, "another platform or key, or opened later")
        following, previous = (stream.next, stream.previous) if reopened else (1, bytes(32))
        goes_on = head.first > following or (head.first, head.previous) == (following, previous)
        need("stream", goes_on, "the batch does not go on where the stream was opened")
        self.signed_by(opened, stream, PLATFORM, record.department)
        return record, body

    def signer(self, batch, body, number):
        """What is shown of the batch's key and of the event afterwards."""
        shown, repudiated = [], lambda it: (it.stream, it.key) == (body.header.stream, body.key) and it.first <= number <= it.last
        for record, report in self.find("signer", 0x0405, lambda it: it.key == body.key):
            by = report.signed_as
            need("signer", by.role in (ADMIN, HEAD) and by.department == batch.department, "reported by nobody who may")
            self.held(record, by, None, None)
            shown.append(record.number)
        named = []
        for record, repudiation in self.find("signer", 0x0406, repudiated):
            self.signed_by(record, repudiation, HEAD, batch.department)
            need("signer", max(repudiation.compromise, batch.number) < record.number, "repudiates what came after it")
            decisions = self.find("signer", 0x0407, lambda it: it.repudiation == record.number)
            need("signer", len(decisions) <= 1, "decided twice")
            for decided, decision in decisions:
                may = decision.signed_as.role == SUPERVISOR and record.number < decided.number
                need("signer", may, "decided by no supervisor, or too early")
                self.held(decided, decision.signed_as, None, batch.department)
            named.append(repudiation.compromise)
        need("signer", set(named) <= set(shown), "repudiated without a report that the key was compromised")

    def leaf(self, data):
        """A public leaf in its canonical form: 128 bytes, absent fields zero."""
        at = lambda start, width: int.from_bytes(data[start : start + width], "little")
        flags = data[2]
        absent = [(1, 6, 2), (1, 8, 4), (2, 12, 4), (2, 16, 2), (2, 20, 4), (2, 24, 4), (4, 28, 4), (8, 32, 4), (16, 18, 2), (32, 88, 8)]
        zero = not any(at(start, width) for flag, start, width in absent if not flags & flag) and not (flags & 3 and at(36, 4))
        codes = data[:2] == b"\1\1" and flags < 64 and data[3] <= 2 and data[4] <= 4 and data[5] <= 2
        need("public_leaf", codes and zero and not any(data[68:72] + data[96:]), "the leaf is not in its canonical form")
        of_flag = lambda flag, start, width: at(start, width) if flags & flag else None
        leaf = types.SimpleNamespace(
            grant=of_flag(1, 8, 4), grant_version=of_flag(1, 6, 2), entry=of_flag(2, 12, 4), entry_version=of_flag(2, 16, 2),
            provider=of_flag(2, 20, 4), consumer=of_flag(2, 24, 4), authorising=of_flag(4, 28, 4), using=of_flag(8, 32, 4),
            purpose=of_flag(16, 18, 2), method=data[4], items=at(40, 8), time=at(48, 8), bytes=data)
        leaf.series = (0, leaf.grant) if flags & 1 else (1, leaf.entry, leaf.consumer) if flags & 2 else (2, at(36, 4))
        return leaf

    def series(self, body, place, leaf):
        """The number of the event at a place of the batch in its series, and its findings."""
        count, places = body.header.count, [one.place for one in body.findings]
        need("series", sum(run.count for run in body.runs) == count, "runs do not add up")
        need("series", places == sorted(set(places)) and all(one.findings and one.place < count for one in body.findings), "findings")
        within = place
        for run in body.runs:
            if within < run.count:
                break
            within -= run.count
        need("series", run.series == leaf.series and 0 < run.first + within < 1 << 64, "the leaf is of another series")
        need("series", run.series[0] != 2 or run.series[1] == body.platform, "a reporter's event in another platform's series")
        return run.first + within, next((one.findings for one in body.findings if one.place == place), 0)

    def event(self, claim):
        batch, body = self.batch(claim.batch)
        head, path = body.header, claim.path
        leaf = self.leaf(claim.leaf)
        in_batch = path.count == head.count and root_of("public events", path, leaf.bytes) == head.public_root
        need("public_leaf", in_batch and head.time_base <= leaf.time <= body.time_last, "the leaf is not in the batch, or not in its times")
        need("public_leaf", head.first + path.index < 1 << 64, "the event's number is over 64 bits")
        number, findings = self.series(body, path.index, leaf)
        if claim.sealed:
            self.sealed(claim.sealed, path, leaf, head)
        self.signer(batch, body, head.first + path.index)
        systems, departments = [leaf.authorising, leaf.using, body.platform], [leaf.provider, leaf.consumer, batch.department]
        if leaf.grant is not None:
            agreed, agreement = self.grant(leaf, batch, body, findings)
            systems += agreement.grant.systems + agreement.grant.platforms
            departments += [agreement.grant.provider, agreement.grant.consumer]
        if leaf.entry is not None:
            published, content = self.catalog(leaf.entry, leaf.entry_version)
            need("catalog", content.provider == leaf.provider and published.number < batch.number, "another provider, or a later version")
        if leaf.grant is not None:
            self.request(agreed, agreement, published, content)
            self.course(agreement.grant)
        said = f"event {head.first + path.index} of stream {head.stream}, number {number} of series {leaf.series}"
        self.claim = f"{said}: reported by platform {body.platform} of department {batch.department} in record {batch.number}"
        return departments, systems

    def sealed(self, sealed, path, leaf, head):
        need("sealed_leaf", (sealed.path.index, sealed.path.count) == (path.index, path.count), "index or count of another leaf")
        preimage = b"\1\1" + keyed("tree public events leaf", leaf.bytes) + sealed.commitments
        need("sealed_leaf", root_of("sealed events", sealed.path, preimage) == head.sealed_root, "the sealed leaf is not in the batch")
        for one in sealed.revealed:
            commitment = digest("sealed field", bytes([one.field]) + one.salt + one.raw["value"])
            need("sealed_leaf", sealed.commitments[32 * one.field :][:32] == commitment, "a value does not open its commitment")

    # -- the grant behind it

    def grant(self, leaf, batch, body, findings):
        agreed, agreement = self.find_one("grant", 0x0306, lambda it: (it.grant.grant, it.grant.version) == (leaf.grant, leaf.grant_version))
        terms = agreement.grant
        need("grant", agreed.number < batch.number, "agreed after the event was recorded")
        same = (leaf.entry, leaf.entry_version, leaf.provider) == (terms.entry, terms.entry_version, terms.provider)
        need("grant", same, "the leaf names another entry or provider")
        deviations = {
            1: leaf.time < getattr(terms, "from"), 2: leaf.time >= terms.until, 4: leaf.items & ~terms.items, 6: leaf.method != terms.method,
            7: leaf.purpose is not None and leaf.purpose not in terms.purposes, 8: leaf.using is not None and leaf.using not in terms.systems,
            9: leaf.consumer != terms.consumer, 10: body.platform not in terms.platforms}
        need("grant", all(findings >> bit & 1 for bit, deviates in deviations.items() if deviates), "a deviation is not among the findings")
        return agreed, agreement

    def catalog(self, entry, version):
        """The publication of a version of an entry and its content."""
        fits = lambda it: (it.entry, it.version) == (entry, version)
        submitted, submission = self.find_one("catalog", 0x0201, fits)
        content = submission.content
        provider, want, before = content.provider, digest("entry content", content.bytes), submitted
        signers = [self.signed_by(submitted, submission, CATALOGUER, provider, None if version == 1 else entry)]
        authority = None
        for kind in (0x0202, 0x0204, 0x0205):
            record, act = self.find_one("catalog", kind, fits)
            need("catalog", act.digest == want and before.number < record.number, "an act is over another content, or out of order")
            before = record
            if kind == 0x0202:
                signer = self.signed_by(record, act, HEAD, provider, entry)
            else:
                authority = act.signed_as.department if authority is None else authority
                signer = self.signed_by(record, act, REVIEWER, authority, entry, provider)
            if kind != 0x0205:
                need("separation", signer not in signers, "somebody signed two of submission, endorsement and review")
                signers.append(signer)
        self.authority = authority
        return before, content

    def request(self, agreed, agreement, published, content):
        number, terms = agreement.request, agreement.grant
        of_request = lambda it: it.request == number
        found = self.find("request", 0x0303, of_request) + self.find("request", 0x030D, of_request)
        need("request", len(found) == 1, f"{len(found)} records of what was asked for last")
        created, request = found[0]
        asked = request.terms
        names = "consumer entry entry_version items method from until purposes systems platforms calls_per_day rows_per_day".split()
        same = all(getattr(terms, name) == getattr(asked, name) for name in names)
        same = same and (terms.version, terms.request, terms.provider) == (1, number, request.provider)
        need("request", same and request.provider == content.provider, "the grant is not what was asked for, or of another provider")
        need("request", asked.items >> len(content.items) == 0 and published.number < created.number, "items beyond the entry's, or too old")
        entry, consumer, provider = asked.entry, asked.consumer, request.provider
        want, last, signers = digest("request terms", le(number, 4) + asked.bytes), created, []
        signers.append(self.signed_by(created, request, APPLICANT, consumer, entry, provider))

        def step(link, record, body, signer):
            nonlocal last
            need(link, body.digest == want and last.number < record.number, "over another request, or out of order")
            need("separation", signer not in signers, "somebody signed two steps of the request")
            signers.append(signer)
            last = record

        endorsed, body = self.find_one("endorsement", 0x0304, of_request)
        need("endorsement", body.stage is None, "the consent names a stage")
        step("endorsement", endorsed, body, self.signed_by(endorsed, body, OFFICER, consumer, entry, provider))

        approvals = iter(self.find("approval", 0x0305, of_request))
        for place, stage in enumerate(request.policy):
            (kind, *numbers), named = stage.threshold, len(stage.approvers)
            possible = kind in (1, 3) or named and not (kind == 4 and numbers[1] == 0)
            need("approval", possible, "a threshold that nobody can meet")
            count = (named, 1, named // 2 + 1, *numbers[:1])[kind] if kind < 4 else -(-named * numbers[0] // numbers[1])
            need("approval", count > 0 and (not named or count <= named), "a threshold that nobody can meet")
            for _ in range(count):
                record, body = next(approvals, (None, None))
                need("approval", record and body.stage == place, "an approval is missing, or of another stage")
                department = body.signed_as.department
                need("approval", department in stage.departments, "an approval of another department")
                signer = self.signed_by(record, body, stage.role, department, entry, consumer)
                need("approval", not named or signer in stage.approvers, "an approval by somebody who is not named")
                step("approval", record, body, signer)
        need("approval", next(approvals, None) is None, "an approval too many")

        if agreement.consent is None:
            return step("agreement", agreed, agreement, self.signed_by(agreed, agreement, OFFICER, provider, entry, consumer))
        need("agreement", agreement.consent < agreed.number, "the standing consent came later")
        standing, given = self.numbered("agreement", agreement.consent, 0x0310)
        officer, consent = self.signed_by(standing, given, OFFICER, provider, entry), given.consent
        same = agreement.raw["signed_as"] == given.raw["signed_as"] and agreed.signer is None
        need("agreement", same, "the agreement names another role, or is signed")
        self.role(agreed, officer, given.signed_as, entry, consumer)
        covers = (
            given.entry == entry and agreed.moment < consent.expires and asked.entry_version == consent.entry_version
            and not asked.items & ~consent.items and consent.methods >> asked.method & 1
            and (not consent.consumers or consumer in consent.consumers)
            and (not consent.purposes or set(asked.purposes) <= set(consent.purposes))
            and asked.calls_per_day <= consent.calls_per_day and asked.rows_per_day <= consent.rows_per_day
            and asked.until - getattr(asked, "from") <= consent.days * 86_400_000)
        need("agreement", covers and last.number + 1 == agreed.number, "the standing consent does not cover it, or not at once")
        step("agreement", agreed, agreement, officer)

    def course(self, terms):
        for kind in range(0x0701, 0x070D):
            for record in [record for record in self.ledger if record.kind == kind]:
                need("grant", len(record.body) >= 4, "the body does not read")
                if record.body[:4] != le(terms.grant, 4):
                    continue
                by = self.cite(record).signed_as
                side, roles = (terms.consumer, OF_CONSUMER[kind]) if kind in OF_CONSUMER else (terms.provider, (OFFICER,))
                supervises = kind in BY_SUPERVISOR_TOO and by.role == SUPERVISOR
                need("grant", supervises or by.role in roles and by.department == side, "signed by nobody who may")
                of_provider = by.department == terms.provider and not supervises
                self.held(record, by, terms.entry, terms.consumer if of_provider else terms.provider)

    def filing(self, claim):
        published, content = self.catalog(claim.entry, claim.version)
        self.claim = f"filing of version {claim.version} of entry {claim.entry}: published in record {published.number}, by {published.moment} ms"
        return [content.provider, self.authority], []

    # -- what is shown beside

    def names(self, departments, systems):
        reviews = [(department, number) for role, department, number in self.signatures if role in (REVIEWER, SUPERVISOR)]
        named = self.find("roles", 0x010D, lambda it: it.department in [department for department, _ in reviews])
        shown = departments + [department for _, department, _ in self.signatures]
        for _, info in self.find("names", 0x0101, lambda it: it.id in shown):
            before = lambda number: any(body.department == info.id and record.number < number for record, body in named)
            competent = info.is_authority or all(before(number) for department, number in reviews if department == info.id)
            need("roles", competent, f"department {info.id} is no competent authority")
        self.find("names", 0x0106, lambda it: it.id in systems)

    def unreferenced(self):
        for record in self.ledger:
            need("unreferenced", record.number in self.cited, f"nothing rests on record {record.number}")
            rests = KINDS[record.kind][2] is None or record.extrinsic is None
            need("unreferenced", record.act is None or not rests, f"record {record.number} takes no act")
        used = {shown.header for shown in self.package.records}
        need("unreferenced", len(used) == len(self.headers), "a header holds no record of the package")


def check(package, genesis, checkpoint=None):
    """`ok` and the claim, or the link that fails and why."""
    verifier = Verifier(package, genesis, checkpoint)
    try:
        verifier.verify()
        return "ok", verifier.claim
    except Fails as failed:
        return failed.args


def point_of(text):
    height, _, hash_ = text.partition(":")
    return int(height), bytes.fromhex(hash_)


def many():
    geneses = {}
    for line in sys.stdin:
        genesis, checkpoint, package = line.rsplit(maxsplit=2)
        if genesis not in geneses:
            geneses[genesis] = pathlib.Path(genesis).read_text("utf-8")
        package = b"" if package == "." else bytes.fromhex(package)
        print(check(package, geneses[genesis], None if checkpoint == "-" else point_of(checkpoint))[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("package", nargs="?")
    parser.add_argument("--genesis")
    parser.add_argument("--checkpoint", help="HEIGHT:HASH")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--many", action="store_true")
    options = parser.parse_args()
    if options.many:
        return many()
    if not (options.package and options.genesis):
        parser.error("a package and --genesis are needed")
    checkpoint = point_of(options.checkpoint) if options.checkpoint else None
    package, genesis = pathlib.Path(options.package).read_bytes(), pathlib.Path(options.genesis).read_text("utf-8")
    result, what = check(package, genesis, checkpoint)
    print(json.dumps({"result": result, "what": what}) if options.json else f"{result}: {what}")
    return 0 if result == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
