"""Messages as octets: queries written and replies read, fast and by no one's library.

The reading is independent of portolan's and of dnspython's and mends nothing: what is left over,
points forward or leaves its RDATA is Malformed.
"""
import struct
from typing import NamedTuple, Optional

QR, AA, TC, RD = 0x8000, 0x0400, 0x0200, 0x0100
DO = 0x8000
OPT = 41
NOERROR, SERVFAIL, NXDOMAIN, REFUSED, YXDOMAIN = 0, 2, 3, 5, 6

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MINFO": 14, "MX": 15, "TXT": 16, "RP": 17,
         "AFSDB": 18, "RT": 21, "PX": 26, "AAAA": 28, "LOC": 29, "SRV": 33, "NAPTR": 35, "KX": 36, "CERT": 37,
         "DNAME": 39, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "NSEC3PARAM": 51,
         "TLSA": 52, "SVCB": 64, "HTTPS": 65, "SPF": 99, "ANY": 255,
         "URI": 256, "CAA": 257}
TYPE_NAMES = {number: name for name, number in TYPES.items()}

# Where RDATA has names that a server may compress, or a reader must expand (RFC 3597 4): octets
# before them, and how many there are.
NAMES_IN_RDATA = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 14: (0, 2), 15: (2, 1), 17: (0, 2), 18: (2, 1),
                  21: (2, 1), 26: (2, 2), 33: (6, 1), 36: (2, 1), 39: (0, 1)}
NAPTR = 35


class Malformed(Exception):
    """A reply that breaks the format of RFC 1035 4."""


def type_number(name):
    return int(name[4:]) if name.startswith("TYPE") else TYPES[name]


def type_name(number):
    return TYPE_NAMES.get(number, f"TYPE{number}")


class Edns(NamedTuple):
    payload: int
    version: int
    flags: int


class Record(NamedTuple):
    owner: bytes  # wire form, lower case
    type: int
    klass: int
    ttl: int
    rdata: bytes  # names in it expanded and in lower case

    def __str__(self):
        return f"{text_of(self.owner)} {self.ttl} {type_name(self.type)} {self.rdata!r}"


class Reply(NamedTuple):
    flags: int  # the header's second word, without the rcode
    rcode: int  # extended (RFC 6891 6.1.3)
    question: bytes  # as it came
    answer: tuple
    authority: tuple
    additional: tuple  # without OPT
    edns: Optional[Edns]
    size: int

    @property
    def truncated(self):
        return bool(self.flags & TC)

    @property
    def authoritative(self):
        return bool(self.flags & AA)

    def __str__(self):
        lines = [f"rcode {self.rcode}, flags {self.flags:04x}, question {self.question!r}, {self.edns}, "
                 f"{self.size} octets"]
        for title in ("answer", "authority", "additional"):
            lines += [f"  {title}: {record}" for record in getattr(self, title)]
        return "\n".join(lines)


def query(name, rrtype, edns=None, want_dnssec=False, recursion_desired=False):
    """A query with id 0. `name` in wire form; `edns` the UDP payload size, or None for no OPT."""
    message = struct.pack("!6H", 0, RD if recursion_desired else 0, 1, 0, 0, 0 if edns is None else 1)
    message += name + struct.pack("!2H", rrtype, 1)
    if edns is not None:
        message += b"\0" + struct.pack("!2H2BHH", OPT, edns, 0, 0, DO if want_dnssec else 0, 0)
    return message


def text_of(name):
    """A wire name for messages to people: octets that are not letters, digits, - or _ as \\DDD."""
    labels, at = [], 0
    while name[at]:
        label = name[at + 1:at + 1 + name[at]]
        labels.append("".join(chr(c) if chr(c).isascii() and (chr(c).isalnum() or c in b"-_*") else f"\\{c:03d}"
                              for c in label))
        at += 1 + name[at]
    return ".".join(labels) + "."


def _name(message, at, known):
    """The name at an offset, expanded, in lower case; and the offset behind it."""
    start, labels, end = at, b"", None
    while True:
        length = message[at]
        if length >= 0xC0:
            target = (length & 0x3F) << 8 | message[at + 1]
            if end is None:
                end = at + 2
            if target >= at:
                raise Malformed("a compression pointer that does not point back")
            found = known.get(target)
            if found is not None:
                labels += found
                break
            at = target
        elif length == 0:
            labels += b"\0"
            if end is None:
                end = at + 1
            break
        elif length > 63:
            raise Malformed(f"label type {length:#x}")
        else:
            labels += message[at:at + 1 + length]
            at += 1 + length
        if len(labels) > 255:
            raise Malformed("a name over 255 octets")
    labels = labels.lower()  # a length octet is at most 63, and so never a capital letter
    known[start] = labels
    return labels, end


def _rdata(message, rrtype, at, end, known):
    layout = NAMES_IN_RDATA.get(rrtype)
    if rrtype == NAPTR:
        before = at + 4
        for _ in range(3):
            before += 1 + message[before]
        layout = (before - at, 1)
    if layout is None:
        return message[at:end]
    before, names = layout
    parts = [message[at:at + before]]
    at += before
    for _ in range(names):
        name, at = _name(message, at, known)
        parts.append(name)
    if at > end:
        raise Malformed(f"a name runs out of the RDATA of {type_name(rrtype)}")
    parts.append(message[at:end])
    return b"".join(parts)


def _record(message, at, known):
    owner, at = _name(message, at, known)
    rrtype, klass, ttl, length = struct.unpack_from("!HHIH", message, at)
    at += 10
    if at + length > len(message):
        raise Malformed("RDATA behind the end")
    return Record(owner, rrtype, klass, ttl, _rdata(message, rrtype, at, at + length, known)), at + length


def decode(message):
    """A Reply. Raises Malformed."""
    try:
        return _decode(message)
    except (IndexError, struct.error):
        raise Malformed("it ends too early") from None


def _decode(message):
    _, flags, questions, *counts = struct.unpack_from("!6H", message)
    known, at = {}, 12
    if questions > 1:
        raise Malformed("several questions")
    if questions:
        _, at = _name(message, at, known)
        at += 4
    question = message[12:at]
    sections = []
    for count in counts:
        section = []
        for _ in range(count):
            record, at = _record(message, at, known)
            section.append(record)
        sections.append(section)
    if at != len(message):
        raise Malformed(f"{len(message) - at} octets left over")
    options = [record for record in sections[2] if record.type == OPT]
    if len(options) > 1 or any(record.type == OPT for record in sections[0] + sections[1]):
        raise Malformed("an OPT too many")
    rcode, edns = flags & 15, None
    if options:
        rcode |= options[0].ttl >> 24 << 4
        edns = Edns(options[0].klass, options[0].ttl >> 16 & 255, options[0].ttl & 0xFFFF)
    return Reply(flags & ~15, rcode, question, tuple(sorted(sections[0])), tuple(sorted(sections[1])),
                 tuple(sorted(record for record in sections[2] if record.type != OPT)), edns, len(message))
