"""Checks a Mulu evidence package: a second verifier, written from docs/evidence.md and docs/formats.md alone.

The forms of everything that is read stand in formats.md ("Forms", "Enum codes", the kinds of records) and are taken from there."""
import argparse, functools, hashlib, json, pathlib, re, sys
from types import SimpleNamespace
from blake3 import blake3

U64 = 2**64 - 1
ADMIN, CATALOGUER, HEAD, OFFICER, APPROVER, APPLICANT, PLATFORM, _, REVIEWER, SUPERVISOR, _ = range(11)


class Failed(Exception):
    """The first link that does not hold, and why."""
    def __init__(self, link, why):
        super().__init__(f"{link}: {why}")
        self.link, self.why = link, why


class Malformed(Exception):
    """Bytes that are not what they should be; whoever reads them names the link."""


def need(holds, link, why):
    if not holds:
        raise Failed(link, why)


# ---- Forms: what formats.md says of bytes ----

PAGE = (pathlib.Path(__file__).resolve().parent.parent / "docs/formats.md").read_text("utf-8")
FORMS = dict(line.split(None, 1) for line in re.search(r"```forms\n(.*?)```", PAGE, re.S)[1].splitlines())
CODES = {"Suite": {1}}
for name, codes in re.findall(r"^\| ([a-z ]+?)(?: \(.*?\))? \| (\d .*?) \|$", PAGE.split("### Enum codes")[1].split("\n## ")[0], re.M):
    CODES[name.title().replace(" ", "")] = {int(code.split()[0]) for code in codes.split(" · ")}
KINDS = {}  # kind: body, pallet and call (or None), arguments
for kind, body, call, arguments in re.findall(r"^\| 0x(\w{4}) [^|]*\| `(\w+)` \| ([^|]*) \| ([^|]*?) ?\|$", PAGE, re.M):
    index = re.match(r"(\d+), (\d+)", call)
    KINDS[int(kind, 16)] = (body, bytes(map(int, index.groups())) if index else None, arguments.split(", "))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if size > len(self.data) - self.at:
            raise Malformed("bytes end too early")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def compact(self, most=2**32 - 1):
        first = self.number(1)
        size = (0, 1, 3, (first >> 2) + 4)[first & 3]
        value = self.number(size) if first & 3 == 3 else first >> 2 | self.number(size) << 6
        least = (0, 2**6, 2**14, max(2**30, 1 << 8 * size >> 8))[first & 3]
        if not least <= value <= most:
            raise Malformed("a compact number that is too long or too large")
        return value

    def end(self):
        if self.at != len(self.data):
            raise Malformed("bytes follow")


def text(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("text that is no UTF-8") from None


def known(code, codes):
    if code not in codes:
        raise Malformed(f"unknown code {code}")
    return code


@functools.cache
def form(name):
    """The function that reads one value of a form from a reader."""
    if name[0] == "?":
        inner = form(name[1:])
        return lambda r: inner(r) if known(r.number(1), (0, 1)) else None
    if name[0] == "[":
        most, inner = name[1:].split("]", 1)
        inner, most = form(inner), int(most)
        return lambda r: [inner(r) for _ in range(r.compact(most))]
    if name in FORMS and FORMS[name][0] == "=":
        choices = {}
        for choice in FORMS[name][1:].split("|"):
            code, *fields = choice.split()
            choices[int(code)] = [form(field) for field in fields]
        return lambda r: (code := known(r.number(1), choices), *(field(r) for field in choices[code]))
    if name in FORMS:
        fields = [(field, form(of)) for field, of in (part.split() for part in FORMS[name].split(" · "))]
        def structure(r):
            value = SimpleNamespace(data=r.data, start=r.at, spans={})
            for field, of in fields:
                at = r.at
                setattr(value, field, of(r))
                value.spans[field] = (at, r.at)
            value.end = r.at
            return value
        return structure
    if name in CODES:
        return lambda r: known(r.number(1), CODES[name])
    if name == "bool":
        return lambda r: bool(known(r.number(1), (0, 1)))
    if name == "day":
        return lambda r: known(r.number(4), range(2932897))
    width = int(name[1:])
    return {"u": lambda r: r.number(width // 8), "b": lambda r: r.take(width), "y": lambda r: r.take(r.compact(width)),
            "t": lambda r: text(r.take(r.compact(width)))}[name[0]]


def read(name, data):
    reader = Reader(data)
    value = form(name)(reader)
    reader.end()
    return value


def raw(value, field=None):
    """The bytes from which a structure, or one field of it, was read."""
    start, end = value.spans[field] if field else (value.start, value.end)
    return value.data[start:end]


# ---- Hashes and signatures ----

@functools.cache
def key_of(context):
    return blake3(b"", derive_key_context=f"mulu v1 {context}").digest()


def digest(use, data): return blake3(data, key=key_of(f"digest {use}")).digest()
def leaf_hash(tree, data): return blake3(data, key=key_of(f"tree {tree} leaf")).digest()
def node(tree, left, right): return blake3(left + right, key=key_of(f"tree {tree} node")).digest()
def root(tree, count, apex): return blake3(b"\1" + le(count, 8) + apex, key=key_of(f"tree {tree} root")).digest()
def blake2(data): return hashlib.blake2b(data, digest_size=32).digest()
def le(number, size): return number.to_bytes(size, "little")
def compact(number): return le(number << 2, 1) if number < 64 else le(number << 2 | 1, 2)


def leads(tree, path, data, to):
    """RFC 9162, 2.1.3.2."""
    at, last, apex = path.index, path.count - 1, leaf_hash(tree, data)
    if at > last:
        return False
    for sibling in path.siblings:
        if last == 0:
            return False
        if at & 1 or at == last:
            apex = node(tree, sibling, apex)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            apex = node(tree, apex, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and root(tree, path.count, apex) == to


def range_leads(tree, part, leaves, to):
    """Subtrees outside of the range are siblings, from left to right."""
    siblings, first, behind = iter(part.siblings), part.first, part.first + len(leaves)
    def apex(start, size):
        if start >= behind or start + size <= first:
            return next(siblings)
        if size == 1:
            return leaf_hash(tree, leaves[start - first])
        left = 1 << (size - 1).bit_length() - 1
        return node(tree, apex(start, left), apex(start + left, size - left))
    if not leaves or behind > part.count or part.count >= 2**40:
        return False
    try:
        return root(tree, part.count, apex(0, part.count)) == to and next(siblings, None) is None
    except StopIteration:
        return False


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def point(data):
    """By ZIP 215: y may be above the field's prime, x may be a zero with a sign."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, (y & 2**255 - 1) % P
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
        if (v * x * x - u) % P:
            return None
    x = -x % P if x & 1 != sign else x
    return x, y, 1, x * y % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * D * p[3] * q[3] % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def double(p):
    a, b, c = p[0] * p[0] % P, p[1] * p[1] % P, 2 * p[2] * p[2] % P
    h, g = a + b, a - b
    e, f = h - (p[0] + p[1]) ** 2 % P, c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


ZERO = (0, 1, 1, 0)


@functools.lru_cache(1024)
def multiples(p):
    table = [ZERO]
    for _ in range(15):
        table.append(add(table[-1], p))
    return table


BASE = point(le(4 * pow(5, -1, P) % P, 32))


@functools.lru_cache(100_000)
def signed(key, message, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if not a or not r or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    total, base, minus = ZERO, multiples(BASE), multiples((-a[0] % P, a[1], 1, -a[3] % P))
    for shift in range(252, -1, -4):
        total = double(double(double(double(total))))
        total = add(add(total, base[s >> shift & 15]), minus[k >> shift & 15])
    x, y, z, _ = double(double(double(add(total, (-r[0] % P, r[1], 1, -r[3] % P)))))
    return x == 0 and y == z


def xxh64(data):
    """Of fewer than 32 bytes, with seed 0."""
    p1, p2, p3, p4, p5 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
    turn = lambda x, by: (x << by | (x & U64) >> 64 - by) & U64
    h, at = p5 + len(data), 0
    while at + 8 <= len(data):
        h = turn(h ^ turn(int.from_bytes(data[at:at + 8], "little") * p2 & U64, 31) * p1 & U64, 27) * p1 + p4 & U64
        at += 8
    if at + 4 <= len(data):
        h = turn(h ^ int.from_bytes(data[at:at + 4], "little") * p1 & U64, 23) * p2 + p3 & U64
        at += 4
    for byte in data[at:]:
        h = turn(h ^ byte * p5 & U64, 11) * p1 & U64
    h = (h ^ h >> 33) * p2 & U64
    h = (h ^ h >> 29) * p3 & U64
    return h ^ h >> 32


# ---- Headers, leaves, the state trie ----

def read_header(data):
    r = Reader(data)
    header = SimpleNamespace(parent=r.take(32), height=r.compact(), state=r.take(32), extrinsics=r.take(32), hash=blake2(data), log=None, history=None, set=None)
    ours = {b"mulR": ("log", "RecordLog"), b"mulH": ("history", "Rooted"), b"mulV": ("set", "Rooted")}
    for _ in range(r.compact()):
        code = known(r.number(1), (0, 4, 5, 6, 8))
        engine = r.take(4) if code in (4, 5, 6) else b""
        item = r.take(r.compact()) if code != 8 else b""
        if code == 4 and engine in ours:
            name, of = ours[engine]
            if getattr(header, name):
                raise Malformed("a digest item twice")
            setattr(header, name, read(of, item))
    r.end()
    return header


def read_leaf(data):
    n = lambda at, width: int.from_bytes(data[at:at + width], "little")
    flags = data[2]
    leaf = SimpleNamespace(
        data=data, grant=(n(8, 4), n(6, 2)) if flags & 1 else None, entry=(n(12, 4), n(16, 2)) if flags & 2 else None, provider=n(20, 4), consumer=n(24, 4),
        authorising=n(28, 4) if flags & 4 else None, using=n(32, 4) if flags & 8 else None, purpose=n(18, 2) if flags & 16 else None,
        reporter=n(36, 4), items=n(40, 8), time=n(48, 8), method=data[4])
    absent = [(68, 4), (96, 32)]
    for bit, places in ((1, [(6, 2), (8, 4)]), (2, [(12, 6), (20, 8)]), (4, [(28, 4)]), (8, [(32, 4)]), (16, [(18, 2)]), (32, [(88, 8)])):
        absent += [] if flags & bit else places
    absent += [(36, 4)] if flags & 3 else []
    if data[0] != 1 or data[1] != 1 or flags > 63 or data[3] > 2 or data[4] > 4 or data[5] > 2 or any(n(*place) for place in absent):
        raise Malformed("a public leaf that is not in its form")
    leaf.series = (0, leaf.grant[0]) if leaf.grant else (1, leaf.entry[0], leaf.consumer) if leaf.entry else (2, leaf.reporter)
    return leaf


def in_trie(nodes, state_root, key):
    """The value of a key, or None; the nodes are those on the way and no others."""
    nibbles, nodes = [n for byte in key for n in (byte >> 4, byte & 15)], iter(nodes)
    def named(wanted):
        data = next(nodes, None)
        if data is None or blake2(data) != wanted:
            raise Malformed("a trie node that is not there or another")
        return data
    def walk(data, nibbles):
        r = Reader(data)
        first = r.number(1)
        if first == 0:
            r.end()
            return None
        for bits, pattern, branch, value in ((6, 1, 0, 1), (6, 2, 1, 0), (6, 3, 1, 1), (5, 1, 0, 2), (4, 1, 1, 2)):
            if first >> bits == pattern:
                break
        else:
            raise Malformed("a trie node of no known form")
        length = more = first & (1 << bits) - 1
        if length == (1 << bits) - 1:
            more = 255
            while more == 255:
                more = r.number(1)
                length += more
        partial = [n for byte in r.take((length + 1) // 2) for n in (byte >> 4, byte & 15)]
        if length & 1 and partial.pop(0):
            raise Malformed("a partial key whose spare nibble is not zero")
        mask = r.number(2) if branch else 0
        held = r.take(32) if value == 2 else r.take(r.compact()) if value else None
        children = {n: r.take(r.compact(32)) for n in range(16) if mask >> n & 1}
        r.end()
        if nibbles[:length] != partial:
            return None
        rest = nibbles[length:]
        if not rest:
            return named(held) if value == 2 else held
        child = children.get(rest[0])
        if child is None:
            return None
        return walk(named(child) if len(child) == 32 else child, rest[1:])
    value = walk(named(state_root), nibbles)
    if next(nodes, None) is not None:
        raise Malformed("trie nodes that are not on the way")
    return value


# ---- The checks ----

ACT_LINKS = {0x0401: "stream", 0x0404: "stream", 0x0405: "signer", 0x0406: "signer", 0x0407: "signer", 0x0303: "request", 0x030d: "request", 0x0304: "endorsement",
             0x0305: "approval", 0x0306: "agreement", 0x0310: "agreement", 0x0103: "roles", 0x0104: "roles", 0x0101: "names", 0x0106: "names"}
GRANT_ACTS = {  # who: p officer of the provider, s supervisor, c officer of the consumer, a applicant there
    0x0701: "p", 0x0702: "ps", 0x0703: "ps", 0x0704: "ps", 0x0705: "c", 0x0706: "ps", 0x0707: "ps", 0x0708: "c", 0x0709: "p", 0x070a: "c", 0x070b: "p", 0x070c: "ca"}


def canonical(validators):
    keys, departments = [v.key for v in validators], [v.department for v in validators]
    return 1 <= len(keys) <= 100 and keys == sorted(set(keys)) and len(set(departments)) == len(keys)


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a field twice")
    return dict(pairs)


def digits(source):
    if not re.fullmatch("[0-9A-Fa-f]*", source):
        raise ValueError("no hexadecimal digits")
    return bytes.fromhex(source)


def read_genesis(source):
    try:
        fields = json.loads(source, object_pairs_hook=once)
        validators = [SimpleNamespace(**v) for v in fields["validators"]]
        need(set(fields) == {"chain_id", "header", "validators", "suite"} and all(set(vars(v)) == {"key", "department"} for v in validators), "genesis", "other fields")
        for v in validators:
            v.key = digits(v.key)
            need(len(v.key) == 32 and type(v.department) is int and 0 <= v.department < 2**32, "genesis", "a validator is malformed")
        header = digits(fields["header"])
        need(len(header) <= 4096, "genesis", "a header that is too long")
        header = read_header(header)
        chain = fields["chain_id"]
        need(re.fullmatch(r"[!-~]{1,64}", chain) and fields["suite"] == "Blake3Ed25519", "genesis", "chain id or suite")
    except (ValueError, KeyError, TypeError, AttributeError, Malformed) as error:
        raise Failed("genesis", f"the file does not read: {error}") from None
    listed = compact(len(validators)) + b"".join(v.key + le(v.department, 4) for v in validators) if len(validators) < 2**14 else b""
    need(header.height == 0 and header.parent == bytes(32) and canonical(validators), "genesis", "header or validators")
    need(header.set and header.set.digest == digest("validator set", b"\1" + listed), "genesis", "the header is of other validators")
    return SimpleNamespace(chain=chain, hash=header.hash, validators=validators,
                           domain=digest("chain domain", compact(len(chain)) + chain.encode() + header.hash))


class Check:
    def __init__(self, package, genesis, checkpoint):
        self.container(package)
        self.genesis = read_genesis(genesis)
        need(self.package.chain == self.genesis.chain.encode(), "genesis", "the package is of another chain")
        self.chain_of_headers(checkpoint)
        self.read_records()
        self.departments, self.systems, self.authorities, self.steps = set(), set(), [], {}
        code, claim = self.package.claim
        self.says = (self.event, self.filing, self.list)[code](claim)
        need(all(record.used for record in self.records), "unreferenced", "a record that no link used")
        need(all(record.act_used for record in self.records if record.act), "unreferenced", "an act of a record that takes none")
        need({shown.header for shown in self.package.records} == set(range(len(self.package.headers))), "unreferenced", "a header without a record")

    def container(self, data):
        need(len(data) <= 8 << 20, "container", "too large")
        try:
            package = self.package = read("Package", data)
        except Malformed as error:
            raise Failed("container", str(error)) from None
        need(package.magic == b"MULUEVID" and package.version == 1, "container", "another magic or version")
        ascends = lambda values: all(a < b for a, b in zip(values, values[1:]))
        code, claim = package.claim
        places = [act.record for act in package.acts]
        need(ascends(places), "container", "acts do not ascend")
        need(all(shown.header < len(package.headers) for shown in package.records), "container", "a header that is not there")
        if code == 0:
            places.append(claim.batch)
            need(not claim.sealed or ascends([field.field for field in claim.sealed.revealed]), "container", "revealed fields do not ascend")
        elif code == 2:
            places += [run.batch for run in claim.runs] + [claim.before or 0] * (claim.before is not None) + [claim.after[1]] * (claim.after[0] == 0)
            need(sum(len(run.leaves) for run in claim.runs) <= 32768, "container", "too many leaves")
        need(all(place < len(package.records) for place in places), "container", "a record that is not there")

    def certificate(self, certificate, header, validators):
        members, keys = {v.key for v in validators}, [s.validator for s in certificate.signatures]
        need(certificate.height == header.height and certificate.header_hash == header.hash, "certificate", "of another header")
        need(len(keys) >= 2 * len(members) // 3 + 1 and keys == sorted(set(keys)) and members.issuperset(keys), "certificate", "no quorum of the set")
        vote = b"mulu v1 vote\1" + self.genesis.domain + b"\1" + le(header.height, 8) + le(certificate.round, 4) + b"\1" + header.hash
        need(all(signed(s.validator, vote + s.validator, s.signature) for s in certificate.signatures), "certificate", "a signature is not valid")

    def chain_of_headers(self, checkpoint):
        def header(data, link):
            try:
                return read_header(data)
            except Malformed as error:
                raise Failed(link, f"a header: {error}") from None
        validators, height = self.genesis.validators, 0
        for change in self.package.changes:
            changed = header(change.header, "validator_set")
            need(changed.height > height, "validator_set", "a change not above the one before")
            self.certificate(change.certificate, changed, validators)
            need(changed.set and changed.set.digest == digest("validator set", b"\1" + raw(change, "validators")), "validator_set", "of another set")
            need(canonical(change.validators), "validator_set", "not canonical")
            validators, height = change.validators, changed.height
        tip = self.tip = header(self.package.tip.header, "certificate")
        need(tip.height > height, "certificate", "the tip is not above the changes")
        self.certificate(self.package.tip.certificate, tip, validators)
        self.headers, height = [], -1
        for shown in self.package.headers:
            read = header(shown.header, "history")
            need(read.height > height, "history", "heights do not ascend")
            height, path = read.height, shown.path
            if path is None:
                need(read.hash == tip.hash, "history", "a header without a path that is not the tip")
            else:
                need(tip.history and path.index == height and path.count == tip.height, "history", "a path of another header")
                need(leads("history", path, b"\1\1" + le(height, 4) + read.hash, tip.history.digest), "history", "a header leads to another root")
            self.headers.append(read)
        if checkpoint:
            need(checkpoint in [(h.height, h.hash) for h in [tip, *self.headers]], "checkpoint", "is not shown")

    def read_records(self):
        self.records, number, moment = [], 0, 0
        acts = {act.record: act for act in self.package.acts}
        for place, shown in enumerate(self.package.records):
            header, path = self.headers[shown.header], shown.path
            try:
                record = read("Record", shown.record)
            except Malformed as error:
                raise Failed("record", str(error)) from None
            need(record.version == 1 and record.kind in KINDS, "record", "another version or an unknown kind")
            need(header.log and path.count == header.log.count and leads("records", path, shown.record, header.log.root), "record", "leads to another root")
            need(header.log.first + path.index == record.number > number and record.moment >= moment, "record", "number or moment")
            number, moment = record.number, record.moment
            record.height, record.act, record.used, record.act_used, record.says = header.height, acts.get(place), False, False, None
            self.records.append(record)
        self.by_number = {record.number: record for record in self.records}

    # -- Finding records, and the acts and roles behind them --

    def body(self, record, link):
        if record.says is None:
            try:
                record.says = read(KINDS[record.kind][0], record.body)
            except Malformed as error:
                raise Failed(link, f"record {record.number}: {error}") from None
        return record.says

    def find(self, link, kinds, fits):
        found = [record for record in self.records if record.kind in kinds and fits(self.body(record, link))]
        for record in found:
            self.act(record)
        return found

    def one(self, link, kinds, fits):
        found = self.find(link, kinds, fits)
        need(len(found) == 1, link, f"{len(found)} records of {', '.join(map(hex, kinds))} in place of one")
        return found[0]

    def named(self, link, number, kind):
        record = self.by_number.get(number)
        need(record and record.kind == kind, link, f"record {number} is not shown or of another kind")
        self.body(record, link)
        self.act(record)
        return record

    def act(self, record):
        if record.used:
            return
        record.used, says, act = True, record.says, record.act
        link = ACT_LINKS.get(record.kind) or {2: "catalog", 7: "grant"}[record.kind >> 8]
        bad = lambda holds, why: need(holds, link, f"record {record.number}: {why}")
        if record.kind == 0x0306 and says.consent is not None:
            return bad(record.signer is None and record.extrinsic is None, "agreed by standing consent, and signed")
        if record.kind in (0x0101, 0x0103, 0x0106) and record.signer is None:
            return bad(record.extrinsic is None and act is None and record.height == 1, "not signed, and not of genesis")
        bad(act and record.signer and record.extrinsic, "no act")
        record.act_used = True
        try:
            r = Reader(act.extrinsic)
            size = r.compact()
            bad(size == len(r.data) - r.at and r.take(2) == b"\x84\0", "another form of extrinsic")
            account, ed25519, signature = r.take(32), r.take(1), r.take(64)
            start = r.at
            mortal = r.number(1)
            if mortal:
                era = mortal | r.number(1) << 8
                period = 2 << era % 16
                bad(period >= 4 and (era >> 4) * max(period >> 12, 1) < period, "no era")
            r.compact()
        except Malformed as error:
            raise Failed(link, f"record {record.number}: {error}") from None
        extensions, call = r.data[start:r.at], r.data[r.at:]
        bad(ed25519 == b"\0" and account == record.signer and blake2(act.extrinsic) == record.extrinsic, "another extrinsic")
        _, index, arguments = KINDS[record.kind]
        bad(call == index + b"".join(raw(says, argument) for argument in arguments), "another call")
        bad(act.genesis == self.genesis.hash and (mortal or act.mortality == self.genesis.hash), "signed for another chain")
        bad(act.spec_version and act.transaction_version, "a version of 0")
        payload = call + extensions + le(act.spec_version, 4) + le(act.transaction_version, 4) + act.genesis + act.mortality
        bad(signed(account, blake2(payload) if len(payload) > 256 else payload, signature), "the signature is not valid")

    def role(self, record, entry, department, signer=None):
        """That the signer held the role, and that it covers what the act is about."""
        says, signer = record.says.signed_as, signer or record.signer
        bad = lambda holds, why: need(holds, "roles", f"record {record.number}: {why}")
        bad(record.department == says.department, "acts for another department")
        bad(record.moment < says.expires, "the role had expired")
        given = self.named("roles", says.given, 0x0103)
        role = given.says
        bad(given.number < record.number and role.account == signer and role.principal == says.principal, "another role")
        bad((role.department, role.role, role.expires) == (says.department, says.role, says.expires), "another role")
        limit, *only = role.scope
        bad(limit == 0 or (entry, department)[limit - 1] in only[0], "out of scope")
        waits = {HEAD: (True,), OFFICER: (True,), APPROVER: (True,), SUPERVISOR: (True, False)}.get(role.role, (False,)) if given.signer else (False,)
        bad(role.pending in waits, "waits, or does not wait, for a second signature")
        bad(role.pending == (says.confirmed is not None), "names no second signature, or one too many")
        if role.pending:
            second = self.named("roles", says.confirmed, 0x0104)
            other = second.says
            bad(given.number < second.number < record.number, "the second signature does not stand between")
            bad((other.account, other.department, other.role, other.given) == (signer, role.department, role.role, given.number), "a second signature for another role")
            bad(second.signer not in (given.signer, signer), "giver, second signer and holder are not three")
            bad(other.signed_as.role == SUPERVISOR or other.signed_as.role == HEAD and other.signed_as.department == role.department, "a second signature in another role")
            self.role(second, None, role.department)
        self.departments.add(says.department)
        if says.role in (REVIEWER, SUPERVISOR):
            self.authorities.append((says.department, record.number))

    def takes(self, link, record, roles, department=None):
        says = record.says.signed_as
        need(says.role in roles and department in (None, says.department), link, f"record {record.number}: in another role")

    def step(self, of, record, signer=None):
        signers = self.steps.setdefault(of, set())
        need((signer or record.signer) not in signers, "separation", f"record {record.number}: a second step of one person")
        signers.add(signer or record.signer)

    # -- Links of an event --

    def batch(self, place):
        record = self.records[place]
        need(record.kind == 0x0402, "batch", "not a batch")
        record.used, says = True, self.body(record, "batch")
        header = says.header
        need(header.genesis == self.genesis.hash and header.codec_version == header.leaf_version == 1, "batch", "another chain or version")
        need(1 <= header.count <= 1000 and header.time_base <= says.time_last, "batch", "count or times")
        need(record.signer == says.key and signed(says.key, b"mulu v1 batch" + self.genesis.domain + raw(header), says.signature), "batch", "not signed by its key")
        return record, says, header

    def stream(self, batch, says, header):
        found = self.find("stream", [0x0404], lambda r: (r.stream, r.key) == (header.stream, says.key))
        began = found[0] if len(found) == 1 else None
        need(len(found) <= 1, "stream", "reopened twice")
        if not found:
            began = self.one("stream", [0x0401], lambda r: r.stream == header.stream)
        first, previous = (began.says.next, began.says.previous) if found else (1, bytes(32))
        need(began.number < batch.number and began.says.platform == says.platform, "stream", "later, or of another platform")
        need(began.says.key == began.signer == says.key, "stream", "with another key")
        need(header.first > first or header.first == first and header.previous == previous, "stream", "begins elsewhere")
        self.takes("stream", began, [PLATFORM], batch.department)
        self.role(began, None, None)

    def runs(self, says, header):
        places = [finding.place for finding in says.findings]
        need(sum(run.count for run in says.runs) == header.count, "series", "runs do not add up")
        need(places == sorted(set(places)) and all(place < header.count for place in places) and all(f.findings for f in says.findings), "series", "findings")

    def event(self, claim):
        batch, says, header = self.batch(claim.batch)
        self.stream(batch, says, header)
        index = claim.path.index
        try:
            leaf = read_leaf(claim.leaf)
        except Malformed as error:
            raise Failed("public_leaf", str(error)) from None
        need(claim.path.count == header.count and leads("public events", claim.path, claim.leaf, header.public_root), "public_leaf", "leads to another root")
        need(says.header.time_base <= leaf.time <= says.time_last and header.first + index <= U64, "public_leaf", "time or number")
        self.runs(says, header)
        start = 0
        for run in says.runs:
            if start <= index < start + run.count:
                break
            start += run.count
        number = run.first + index - start
        need(run.series == leaf.series and 0 < number <= U64, "series", "of another series, or no number")
        need(leaf.series[0] != 2 or leaf.reporter == says.platform, "series", "of another reporter")
        self.sealed(claim, header)
        self.signer([self.reported(batch, says, header.first + index, 1)])
        self.departments |= {batch.department} | ({leaf.provider, leaf.consumer} if leaf.entry else set())
        self.systems |= {says.platform, leaf.authorising, leaf.using}
        agreed = self.grant(leaf, batch, says, index) if leaf.grant else None
        if leaf.entry:
            catalog = self.catalog(*leaf.entry, batch, leaf)
        if agreed:
            self.request(agreed, catalog)
            self.course(agreed.says.grant)
        self.names()
        return (f"event {header.first + index} of stream {header.stream}, number {number} of series {run.series}: "
                f"reported by platform {says.platform} of department {batch.department} in record {batch.number}")

    def sealed(self, claim, header):
        sealed = claim.sealed
        if sealed is None:
            return
        need((sealed.path.index, sealed.path.count) == (claim.path.index, claim.path.count), "sealed_leaf", "of another event")
        data = b"\1\1" + leaf_hash("public events", claim.leaf) + sealed.commitments
        need(leads("sealed events", sealed.path, data, header.sealed_root), "sealed_leaf", "leads to another root")
        for shown in sealed.revealed:
            need(digest("sealed field", raw(shown)) == sealed.commitments[32 * shown.field:][:32], "sealed_leaf", "a value does not open its commitment")

    def reported(self, batch, says, first, count):
        return SimpleNamespace(batch=batch, stream=says.header.stream, key=says.key, first=first, last=first + count - 1)

    def signer(self, parts):
        """What is shown of the keys that signed these parts of batches, and of the events in them."""
        keys = {part.key for part in parts}
        reports = self.find("signer", [0x0405], lambda r: r.key in keys)
        for report in reports:
            for part in parts:
                if part.key == report.says.key:
                    self.takes("signer", report, [ADMIN, HEAD], part.batch.department)
            self.role(report, None, None)
        names = lambda r, part: (r.stream, r.key) == (part.stream, part.key) and max(r.first, part.first) <= min(r.last, part.last)
        repudiations = self.find("signer", [0x0406], lambda r: any(names(r, part) for part in parts))
        for repudiation in repudiations:
            named = [part.batch for part in parts if names(repudiation.says, part)]
            for batch in named:
                self.takes("signer", repudiation, [HEAD], batch.department)
            self.role(repudiation, None, None)
            need(max(repudiation.says.compromise, *(batch.number for batch in named)) < repudiation.number, "signer", "repudiated before the report or the batch")
        own = {repudiation.number: repudiation.says.signed_as.department for repudiation in repudiations}
        decisions = self.find("signer", [0x0407], lambda r: r.repudiation in own)
        need(len({decision.says.repudiation for decision in decisions}) == len(decisions), "signer", "decided twice")
        for decision in decisions:
            need(decision.number > decision.says.repudiation, "signer", "decided before")
            self.takes("signer", decision, [SUPERVISOR])
            self.role(decision, None, own[decision.says.repudiation])
        need({repudiation.says.compromise for repudiation in repudiations} <= {report.number for report in reports}, "signer", "repudiated without a report")

    def grant(self, leaf, batch, says, index):
        agreed = self.one("grant", [0x0306], lambda r: (r.grant.grant, r.grant.version) == leaf.grant)
        terms = agreed.says.grant
        need(agreed.number < batch.number, "grant", "agreed after the batch")
        need((terms.entry, terms.entry_version) == leaf.entry and terms.provider == leaf.provider, "grant", "of another entry")
        findings = sum(f.findings for f in says.findings if f.place == index)
        deviates = {1: leaf.time < terms.__dict__["from"], 2: leaf.time >= terms.until, 4: leaf.items & ~terms.items, 6: leaf.method != terms.method,
                    7: leaf.purpose is not None and leaf.purpose not in terms.purposes, 8: leaf.using is not None and leaf.using not in terms.systems,
                    9: leaf.consumer != terms.consumer, 10: says.platform not in terms.platforms}
        need(all(findings >> bit & 1 for bit, holds in deviates.items() if holds), "grant", "a deviation that is not among the findings")
        self.departments |= {terms.provider, terms.consumer}
        self.systems |= {*terms.systems, *terms.platforms}
        return agreed

    def catalog(self, entry, version, batch=None, leaf=None):
        records, content, wanted, authority = [], None, None, None
        for kind, role in ((0x0201, CATALOGUER), (0x0202, HEAD), (0x0204, REVIEWER), (0x0205, REVIEWER)):
            record = self.one("catalog", [kind], lambda r: (r.entry, r.version) == (entry, version))
            if kind == 0x0201:
                content, wanted, about = record.says.content, digest("entry content", raw(record.says, "content")), (entry if version > 1 else None, None)
            else:
                need(record.number > records[-1].number and record.says.digest == wanted, "catalog", "in another order, or over another digest")
                about = (entry, content.provider if role == REVIEWER else None)
            need(batch is None or record.number < batch.number, "catalog", "after the batch")
            self.takes("catalog", record, [role], content.provider if role != REVIEWER else authority)
            self.role(record, *about)
            if kind == 0x0204:
                authority = record.says.signed_as.department
            if kind != 0x0205:
                self.step("entry", record)
            records.append(record)
        need(leaf is None or content.provider == leaf.provider, "catalog", "of another provider than the event")
        return SimpleNamespace(content=content, entry=entry, published=records[3])

    def request(self, agreed, catalog):
        grant = agreed.says.grant
        fits = lambda r: r.request == agreed.says.request
        request = self.one("request", [0x0303, 0x030d], fits)
        need(request.number == agreed.says.asked, "request", "another record than the agreement names")
        terms, entry = request.says.terms, catalog.entry
        need(request.number > catalog.published.number, "request", "before the publication")
        need((grant.version, grant.request, grant.provider, request.says.provider) == (1, request.says.request, catalog.content.provider, catalog.content.provider), "request", "another grant")
        same = "entry entry_version consumer items method from until purposes systems platforms calls_per_day rows_per_day".split()
        need(all(raw(terms, field) == raw(grant, field) for field in same), "request", "other terms than the grant's")
        need(terms.items >> len(catalog.content.items) == 0, "request", "items beyond the entry's")
        self.takes("request", request, [APPLICANT], terms.consumer)
        self.role(request, entry, grant.provider)
        self.step("request", request)
        wanted = digest("request terms", le(request.says.request, 4) + raw(terms))

        consent = self.one("endorsement", [0x0304], fits)
        need(consent.says.stage is None, "endorsement", "names a stage")
        self.takes("endorsement", consent, [OFFICER], grant.consumer)
        self.role(consent, entry, grant.provider)
        need(consent.says.digest == wanted and consent.number > request.number, "endorsement", "over another digest, or before the request")
        self.step("request", consent)

        approvals, last = self.find("approval", [0x0305], fits), consent.number
        waiting = iter(approvals)
        for place, stage in enumerate(request.says.policy):
            for _ in range(threshold(stage)):
                approval = next(waiting, None)
                need(approval and approval.says.stage == place, "approval", f"one is missing in stage {place}")
                self.takes("approval", approval, [stage.role])
                need(approval.says.signed_as.department in stage.departments, "approval", "of another department")
                self.role(approval, entry, grant.consumer)
                need(not stage.approvers or approval.signer in stage.approvers, "approval", "by somebody who is not named")
                need(approval.says.digest == wanted and approval.number > last, "approval", "over another digest, or before the consent")
                self.step("request", approval)
                last = approval.number
        need(next(waiting, None) is None, "approval", "one too many")

        if agreed.says.consent is None:
            self.takes("agreement", agreed, [OFFICER], grant.provider)
            self.role(agreed, entry, grant.consumer)
            need(agreed.says.digest == wanted and agreed.number > last, "agreement", "over another digest, or before the last signature")
            self.step("request", agreed)
            return
        standing = self.named("agreement", agreed.says.consent, 0x0310)
        covers = standing.says.consent
        self.takes("agreement", standing, [OFFICER], grant.provider)
        self.role(standing, entry, None)
        need(standing.number < agreed.number and standing.says.entry == grant.entry, "agreement", "a standing consent of another entry, or later")
        need(covers.entry_version == grant.entry_version and not grant.items & ~covers.items and covers.methods >> grant.method & 1, "agreement", "beyond the standing consent")
        need(not covers.consumers or grant.consumer in covers.consumers, "agreement", "another consumer than the standing consent's")
        need(not covers.purposes or set(grant.purposes) <= set(covers.purposes), "agreement", "another purpose than the standing consent's")
        need(grant.calls_per_day <= covers.calls_per_day and grant.rows_per_day <= covers.rows_per_day, "agreement", "more than the standing consent")
        need(grant.until - grant.__dict__["from"] <= covers.days * 86_400_000 and agreed.moment < covers.expires, "agreement", "longer than the standing consent")
        need(raw(agreed.says, "signed_as") == raw(standing.says, "signed_as"), "agreement", "another role than the standing consent's")
        self.role(agreed, entry, grant.consumer, standing.signer)
        need(agreed.says.digest == wanted and agreed.number == last + 1, "agreement", "over another digest, or not at once")
        self.step("request", agreed, standing.signer)

    def course(self, grant):
        for kind, who in GRANT_ACTS.items():
            found = []
            for record in self.records:
                if record.kind == kind:
                    need(len(record.body) >= 4, "grant", "an act without a grant")
                    if int.from_bytes(record.body[:4], "little") == grant.grant:
                        self.body(record, "grant")
                        found.append(record)
            for record in found:
                self.act(record)
            for record in found:
                says = record.says.signed_as
                side = {"p": (OFFICER, grant.provider), "c": (OFFICER, grant.consumer), "a": (APPLICANT, grant.consumer), "s": (SUPERVISOR, says.department)}
                fits = [w for w in who if side[w] == (says.role, says.department)]
                need(fits, "grant", f"record {record.number}: in another role")
                self.role(record, grant.entry, grant.consumer if fits[0] == "p" else grant.provider)

    def names(self):
        self.find("names", [0x0101], lambda r: r.id in self.departments)
        self.find("names", [0x0106], lambda r: r.id in self.systems)
        self.competence()

    def competence(self):
        naming = [record for record in self.records if record.kind == 0x010d and self.body(record, "roles")]
        for department, number in self.authorities:
            registered = [r for r in self.records if r.kind == 0x0101 and r.used and r.says.id == department]
            named = [r for r in naming if r.says.department == department] if registered else []
            for record in named:
                record.used = True
            need(all(r.says.is_authority for r in registered) or any(r.number < number for r in named), "roles", f"department {department} is no authority")

    def filing(self, claim):
        catalog = self.catalog(claim.entry, claim.version)
        self.departments.add(catalog.content.provider)
        self.names()
        published = catalog.published
        return f"filing of version {claim.version} of entry {claim.entry}: published in record {published.number}, by {published.moment} ms"

    # -- A list --

    def list(self, claim):
        need(claim.above < claim.until <= self.tip.height, "bounds", "heights")
        last, seen, events, parts = 0, {}, 0, []
        if claim.before is not None:
            batch, says, header = self.batch(claim.before)
            self.runs(says, header)
            ours = [run for run in says.runs if run.series == claim.series and run.count]
            need(batch.height <= claim.above and ours, "bounds", "the batch before is not before, or not of the series")
            last = ours[-1].first + ours[-1].count - 1
            need(last < U64, "bounds", "the number before")
        for proof in claim.runs:
            if proof.batch not in seen:
                record = self.records[proof.batch]
                need(record.kind == 0x0402, "batch", "not a batch")
                need(claim.above < record.height <= claim.until, "bounds", "a batch outside of the heights")
                seen[proof.batch] = self.batch(proof.batch)
                self.stream(*seen[proof.batch])
                self.runs(*seen[proof.batch][1:])
            batch, says, header = seen[proof.batch]
            place, run = 0, None
            for run in says.runs:
                if place == proof.range.first:
                    break
                place, run = place + run.count, None
            need(run and run.series == claim.series and run.count == len(proof.leaves), "list", "no run begins there, or another one")
            need(run.first == last + 1 and run.first + run.count - 1 < U64, "list", "numbers do not follow each other")
            need(header.first + place + run.count - 1 <= U64, "list", "an event's number is out of range")
            need(proof.range.count == header.count and range_leads("public events", proof.range, proof.leaves, header.public_root), "list", "leaves lead to another root")
            for data in proof.leaves:
                try:
                    leaf = read_leaf(data)
                except Malformed as error:
                    raise Failed("list", str(error)) from None
                need(leaf.series == claim.series and header.time_base <= leaf.time <= says.time_last, "list", "a leaf of another series or time")
                need(leaf.series[0] != 2 or leaf.reporter == says.platform, "list", "a leaf of another reporter")
            last, events = last + run.count, events + run.count
            parts.append(self.reported(batch, says, header.first + place, run.count))
        if claim.after[0] == 0:
            batch, says, header = self.batch(claim.after[1])
            self.runs(says, header)
            ours = [run for run in says.runs if run.series == claim.series]
            need(batch.height > claim.until and ours and ours[0].first == last + 1, "bounds", "the batch behind is not the next")
        else:
            series = raw(claim, "series")
            key = bytes.fromhex("383eb39b0e3f1086035a660b4b09f750e3077cc19fed0f0333aa0391546c0a2f") + le(xxh64(series), 8) + series
            try:
                value = in_trie(claim.after[1], self.tip.state, key)
            except Malformed as error:
                raise Failed("bounds", str(error)) from None
            need(value is None or len(value) == 28, "bounds", "what is kept of the series has 28 bytes")
            need((bytes(8) if value is None else value[:8]) == le(last, 8), "bounds", "the series has another last number")
        self.signer(parts)
        self.departments |= {batch.department for batch, _, _ in seen.values()}
        self.systems |= {says.platform for _, says, _ in seen.values()}
        self.names()
        return f"list of {events} events of series {claim.series}, above height {claim.above} until {claim.until}: number {last - events + 1} to {last}"


def threshold(stage):
    names, (code, *of) = len(stage.approvers), stage.threshold
    need(names or code in (1, 3), "approval", "a threshold that needs names")
    need(code != 4 or of[1], "approval", "a fraction of nothing")
    result = (lambda: names, lambda: 1, lambda: names // 2 + 1, lambda: of[0], lambda: -(-names * of[0] // of[1]))[code]()
    need(result > 0 and (not names or result <= names), "approval", "a threshold that nobody reaches")
    return result


def given(checkpoint):
    height, hash_ = checkpoint.split(":")
    hash_ = bytes.fromhex(hash_)
    if len(hash_) != 32:
        raise ValueError("a checkpoint is HEIGHT:HASH")
    return int(height), hash_


def many():
    """A line is the path of a genesis file, a checkpoint or -, and the package in hexadecimal (. for an empty one); the answer is `ok` or the link."""
    files = functools.cache(lambda path: pathlib.Path(path).read_text("utf-8"))
    for line in sys.stdin:
        genesis, checkpoint, package = line.rstrip("\n").rsplit(" ", 2)
        try:
            Check(bytes.fromhex(package.rstrip(".")), files(genesis), None if checkpoint == "-" else given(checkpoint))
            print("ok", flush=True)
        except Failed as failed:
            print(failed.link, flush=True)
    return 0


def main():
    options = argparse.ArgumentParser(description="Checks a Mulu evidence package: a second verifier, which shares no code with the first.")
    options.add_argument("package", nargs="?")
    options.add_argument("--genesis", help="the genesis file")
    options.add_argument("--checkpoint", help="HEIGHT:HASH")
    options.add_argument("--json", action="store_true")
    options.add_argument("--many", action="store_true", help="read lines of: genesis file, checkpoint or -, package in hexadecimal or .")
    asked = options.parse_args()
    if asked.many:
        return many()
    if not asked.package or not asked.genesis:
        options.error("a package and --genesis are needed")
    try:
        package, genesis = pathlib.Path(asked.package).read_bytes(), pathlib.Path(asked.genesis).read_text("utf-8")
        checkpoint = given(asked.checkpoint) if asked.checkpoint else None
    except (OSError, ValueError) as error:
        options.error(str(error))
    try:
        result, what = "ok", Check(package, genesis, checkpoint).says
    except Failed as failed:
        result, what = failed.link, failed.why
    print(json.dumps({"result": result, "what": what}) if asked.json else f"{result}: {what}")
    return int(result != "ok")


if __name__ == "__main__":
    sys.exit(main())
