"""Packets that nobody should send: good queries broken in many ways, and plain noise."""
import random
import struct

import dns.flags
import dns.message
import dns.opcode

NAMES = ["_hydrogen-ajp._tcp.prod.svc.corp.example.", "jb1.prod.svc.corp.example.", "svc.corp.example.",
         "10104._tcp._port.prod.svc.corp.example.", "nobody.svc.corp.example.", "corp.example.", "."]
TYPES = ["SRV", "A", "AAAA", "TXT", "SOA", "NS", "ANY", "AXFR", "IXFR", "DS", "TYPE65280"]

def bad_names(at):
    """Names that never end, or end badly (RFC 1035 4.1.4), for the offset `at` of a message."""
    here, next_pointer = struct.pack("!H", 0xC000 | at), struct.pack("!H", 0xC000 | at + 2)
    return [
        here,                                # a pointer to itself
        next_pointer + here,                 # two that point at each other
        b"\x01a" + here,                     # a label, and back to it
        b"\x3f" + b"a" * 63 + here,          # grows with each turn
        b"\xff\xff",                         # far behind the end
        b"\xc0",                             # half a pointer, or one into the header
        b"\x3f" + b"a" * 20,                 # a label past the end
        b"\x40" + b"a" * 64 + b"\0",         # label type 01
        b"\x80" + b"a" * 10 + b"\0",         # label type 10
        (b"\x3f" + b"a" * 63) * 4 + b"\0",   # 257 octets
        b"\x01a" * 200 + b"\0",              # 401 octets
    ]


def good_queries():
    """Well-formed messages of all kinds, to break."""
    found = []
    for name in NAMES:
        for rrtype in TYPES:
            for edns in (-1, 0):
                query = dns.message.make_query(name, rrtype, use_edns=edns, payload=1232, want_dnssec=edns == 0)
                found.append(query.to_wire())
    for opcode in (dns.opcode.NOTIFY, dns.opcode.UPDATE, dns.opcode.STATUS):
        query = dns.message.make_query("svc.corp.example.", "SOA")
        query.set_opcode(opcode)
        found.append(query.to_wire())
    answer = dns.message.make_query("svc.corp.example.", "SOA")
    answer.flags |= dns.flags.QR
    return found + [answer.to_wire()]


class Packets:
    """An endless supply; the same for the same seed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.seeds = good_queries()
        self.makers = [self.flipped, self.flipped, self.cut, self.grown, self.spliced, self.miscounted, self.bad_name,
                       self.odd_options, self.noise]

    def next(self):
        return self.chance.choice(self.makers)(bytearray(self.chance.choice(self.seeds)))

    def flipped(self, packet):
        for _ in range(self.chance.randint(1, 8)):
            packet[self.chance.randrange(len(packet))] ^= 1 << self.chance.randrange(8)
        return packet

    def cut(self, packet):
        return packet[:self.chance.randrange(len(packet))]

    def grown(self, packet):
        return packet + self.chance.randbytes(self.chance.choice((1, 2, 11, 100, 1400)))

    def spliced(self, packet):
        other = self.chance.choice(self.seeds)
        return packet[:self.chance.randrange(len(packet))] + other[self.chance.randrange(len(other)):]

    def miscounted(self, packet):
        at = self.chance.choice((4, 6, 8, 10))
        packet[at:at + 2] = struct.pack("!H", self.chance.choice((0, 1, 2, 255, 65535)))
        return packet

    def bad_name(self, packet):
        return packet[:12] + self.chance.choice(bad_names(12)) + b"\0\1\0\1"

    def odd_options(self, packet):
        """EDNS options whose lengths lie, several OPTs, an OPT in a wrong section."""
        options = b"".join(self.option() for _ in range(self.chance.randint(1, 4)))
        opt = b"\0" + struct.pack("!HHIH", 41, self.chance.choice((0, 511, 1232, 65535)), self.chance.getrandbits(32),
                                  len(options) if self.chance.random() < 0.8 else self.chance.getrandbits(16)) + options
        count = self.chance.randint(1, 2)
        at = self.chance.choice((6, 8, 10, 10, 10))
        packet[at:at + 2] = struct.pack("!H", count)
        return packet + opt * count

    def option(self):
        code, length = self.chance.choice((3, 8, 10, 11, 12, 65001)), self.chance.choice((0, 4, 8, 16, 65535))
        return struct.pack("!HH", code, length) + self.chance.randbytes(self.chance.choice((0, 4, 8, 16)))

    def noise(self, packet):
        return self.chance.randbytes(self.chance.choice((0, 1, 11, 12, 17, 64, 512, 1472)))
