"""Queries that a zone suggests: its names and their relatives, all types, all kinds of asking."""
import random
import re
from typing import NamedTuple, Optional

import dns.name

from wire import query, text_of, type_name, type_number

ALWAYS = ["A", "AAAA", "SRV", "TXT", "NS", "SOA", "DS", "CNAME", "DNAME", "MX", "PTR", "TYPE65280"]
EDNS = [None, 512, 1232, 4096]
ANY_SHARE = 0.005  # of the queries; RFC 8482 lets servers differ in what they answer
RECORD = re.compile(r"^((?:\\.|[^\\\s])+)\s+\d+\s+IN\s+(\S+)\s+(.*)$")
TARGET = re.compile(r"((?:\\.|[^\\\s\"])+\.)(?:\s|$)")


class Question(NamedTuple):
    name: bytes  # wire form, in the case that is asked
    type: int
    edns: Optional[int]  # UDP payload size
    want_dnssec: bool
    recursion_desired: bool
    tcp: bool

    def wire(self):
        return query(self.name, self.type, self.edns, self.want_dnssec, self.recursion_desired)

    def __str__(self):
        return (f"{text_of(self.name)} {type_name(self.type)} "
                f"{'+tcp' if self.tcp else '+notcp'} {'+noedns' if self.edns is None else f'+bufsize={self.edns}'}"
                f"{' +dnssec' if self.want_dnssec else ''}{' +rd' if self.recursion_desired else ''}")


class ZoneNames:
    """What a master file in the form of `portolan zone` (a record a line, names in full) holds."""

    def __init__(self, text):
        self.types = {}  # name → type numbers
        self.targets = set()
        for line in text.splitlines():
            owner, rrtype, rdata = RECORD.match(line).groups()
            name = dns.name.from_text(owner)
            self.types.setdefault(name, []).append(type_number(rrtype))
            if rrtype in ("CNAME", "DNAME", "NS", "SRV", "MX", "PTR"):
                self.targets.update(dns.name.from_text(target) for target in TARGET.findall(rdata))
        self.apex = next(iter(self.types))  # SOA first
        self.all_types = sorted({number for numbers in self.types.values() for number in numbers}
                                | {type_number(name) for name in ALWAYS})

    def relatives(self, name, chance):
        """Names beside, above and below one that exists; most do not."""
        strange = [b"nobody", b"*", b"\0", b"\xff", b"a.b", b"_x", b"zzz"]
        labels = name.labels
        yield (b"nobody",) + labels
        yield (b"*",) + labels
        yield (b"a", chance.choice(strange)) + labels
        yield (chance.choice(strange),) + labels
        if len(labels) > 1:
            yield labels[1:]
            yield (b"nobody",) + labels[1:]
            yield (b"*",) + labels[1:]
            yield (b"x", b"*") + labels[1:]
            yield (chance.choice(strange),) + labels[1:]
            yield ((labels[0] + b"\0")[:63],) + labels[1:]
            yield (labels[0][:-1] + bytes([labels[0][-1] ^ 1]),) + labels[1:]
            yield (labels[0], chance.choice(strange)) + labels[1:]
        if len(labels) > 2:
            yield labels[2:]
            yield (b"nobody",) + labels[2:]
            yield (b"nobody", labels[1]) + labels[2:]
        yield (b"l" * 63, b"m" * 63) + labels
        yield tuple([b"n"] * 40) + labels


def wire_of(labels):
    """The wire form of a name, or None when it is none: a label or all of it too long."""
    name = b"".join(bytes([len(label)]) + label for label in labels)
    return name if len(name) <= 255 and all(len(label) < 64 for label in labels) else None


def random_case(name, chance):
    """A name with the case of its letters thrown (0x20)."""
    return bytes(c ^ 0x20 if chance.getrandbits(1) and chr(c).isascii() and chr(c).isalpha() and c > 63 else c
                 for c in name)


def questions(text, count, seed):
    """At least `count` different questions for the zone of that master file; the same ones for the same seed.

    Every existing name is asked for every type that it has, and once for any other; the rest is chance.
    """
    chance = random.Random(seed)
    zone = ZoneNames(text)
    names = sorted(zone.types)
    found = {}

    def ask(labels, rrtype):
        name = wire_of(labels)
        if name is None:
            return
        edns = chance.choice(EDNS)
        question = Question(random_case(name, chance) if chance.random() < 0.3 else name, rrtype, edns,
                            edns is not None and chance.random() < 0.3, chance.random() < 0.2, chance.random() < 0.3)
        found.setdefault(question, None)

    def any_type():
        return type_number("ANY") if chance.random() < ANY_SHARE else chance.choice(zone.all_types)

    for name in names:
        for rrtype in sorted(set(zone.types[name])):
            ask(name.labels, rrtype)
        ask(name.labels, any_type())
    for name in sorted(zone.targets):
        ask(name.labels, any_type())
    while len(found) < count:
        name = chance.choice(names)
        if chance.random() < 0.3:
            own = zone.types[name]
            ask(name.labels, chance.choice(own) if chance.random() < 0.5 else any_type())
        else:
            ask(chance.choice(list(zone.relatives(name, chance))), any_type())
    return list(found)
