"""What is asked: 80 % SRV, 10 % A, 5 % NODATA and 5 % NXDOMAIN, spread over the whole zone.

The order is drawn with a fixed seed, so every run asks the same. SRV sets are asked for under both of
their names. Each question has EDNS with 1232 octets and no RD, as a resolver asks an authority; with --dnssec DO as well.
"""

import random
import struct
from typing import NamedTuple

import dns.message
import make_plan
import wire
from make_plan import ZONE

SHARES = {"SRV": 80, "A": 10, "NODATA": 5, "NXDOMAIN": 5}  # percent
SEED = 20261122
PAYLOAD = 1232
COOKIE = 10  # the EDNS option's number
CLIENT_COOKIE = bytes.fromhex("2464c4abcf10c957")

# So many that servers with a cache of answers need one of the zone's size, and that a question's ID
# is not in use any more when its turn comes again.
COUNTS = {"1.4k": 20_000, "100k": 100_000, "1m": 400_000}


class Question(NamedTuple):
    kind: str  # of SHARES
    name: str
    rrtype: str
    env: int  # where it stands in the plan
    app: int
    type: int
    instance: int


def draw(size, count, seed=SEED):
    """Yields `count` questions."""
    chance = random.Random(seed)
    kinds, weights = list(SHARES), list(SHARES.values())
    for kind in chance.choices(kinds, weights, k=count):
        yield _DRAW[kind](*(chance.choice(numbers) for numbers in (
            make_plan.environments(size), make_plan.applications(size), make_plan.types(), make_plan.instances())),
            chance.random() < 0.5)


def _service(env, app, kind, other_name):
    names = make_plan.application(app), make_plan.port_type(kind), make_plan.environment(env), ZONE
    return ("_{1}._tcp.{0}.{2}.{3}" if other_name else "_{0}-{1}._tcp.{2}.{3}").format(*names)


def _host(env, app, instance):
    return f"{make_plan.host(app, instance)}.{make_plan.environment(env)}.{ZONE}"


def _srv(env, app, kind, instance, coin):
    return Question("SRV", _service(env, app, kind, coin), "SRV", env, app, kind, instance)


def _a(env, app, kind, instance, _):
    return Question("A", _host(env, app, instance), "A", env, app, kind, instance)


def _nodata(env, app, kind, instance, coin):
    if coin:
        return Question("NODATA", _service(env, app, kind, False), "AAAA", env, app, kind, instance)
    return Question("NODATA", _host(env, app, instance), "SRV", env, app, kind, instance)


def _nxdomain(env, app, kind, instance, coin):
    if coin:  # a type of a larger number than any
        return Question("NXDOMAIN", _service(env, app, kind + 50, False), "SRV", env, app, kind, instance)
    return Question("NXDOMAIN", _host(env, app, instance + 5), "A", env, app, kind, instance)


_DRAW = {"SRV": _srv, "A": _a, "NODATA": _nodata, "NXDOMAIN": _nxdomain}


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0"


def message(question, number=0, want_dnssec=False, cookie=b""):
    """The question as octets. Its ID is its number modulo 65536. A cookie goes into its OPT, which ends it."""
    octets = wire.query(wire_name(question.name), wire.TYPES[question.rrtype], PAYLOAD, want_dnssec)
    if cookie:
        option = struct.pack("!HH", COOKIE, len(cookie)) + cookie
        octets = octets[:-2] + struct.pack("!H", len(option)) + option
    return struct.pack("!H", number & 0xFFFF) + octets[2:]


def cookie_in(reply):
    """The client's and the server's cookie in the OPT of a reply; b"" when there is none."""
    option = next((each for each in dns.message.from_wire(reply).options if each.otype == COOKIE), None)
    return option.to_wire() if option else b""


def write(questions, path, want_dnssec=False, cookie=b""):
    """Writes the file that the load generators read (tests/load/flood.hpp)."""
    with open(path, "wb") as file:
        for number, question in enumerate(questions):
            octets = message(question, number, want_dnssec, cookie)
            file.write(struct.pack("!H", len(octets)) + octets)
