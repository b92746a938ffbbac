#!/usr/bin/python3
"""tools/bench/make_plan.py SIZE: prints a plan of 1.4k, 100k or 1m SRV records.

Environments × applications × 10 types × 4 instances by the convention XYYZZ, so that no port occurs
twice in an environment. Every application has four hosts of its own, each with an A and an AAAA. The
zone holds every SRV set under two names, and TXT, PTR and addresses beside them: 3.7 records an SRV.
"""

import dataclasses
import sys

ZONE = "svc.corp.example"
TYPES, INSTANCES = 10, 4


@dataclasses.dataclass(frozen=True)
class Size:
    """How large a plan is. Names and numbers in it follow from the counts."""

    name: str
    environments: int  # at most 256, for they are an octet of the addresses
    applications: int  # at most 99, by the pattern

    @property
    def srv_records(self):
        return self.environments * self.applications * TYPES * INSTANCES


SIZES = {size.name: size for size in (Size("1.4k", 6, 6), Size("100k", 26, 99), Size("1m", 253, 99))}


def environment(number):
    return f"env{number:03}"


def application(number):
    return f"app{number:02}"


def port_type(number):
    return f"type{number:02}"


def host(app, instance):
    """The label of the host that serves an instance of an application."""
    return f"a{app:02}h{instance}"


def port(app, kind, instance):
    return instance * 10000 + app * 100 + kind


def addresses(env, app, instance):
    """The IPv4 and the IPv6 address of a host."""
    number = (app - 1) * INSTANCES + instance
    return f"10.{env}.{number >> 8}.{number & 255}", f"2001:db8:{env:x}::{number:x}"


def plan(size):
    """The plan's lines."""
    yield from f"""\
zone: {ZONE}
nameservers: {{ns1: 192.0.2.53, ns2: 192.0.2.54}}
contact: dns@corp.example
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  bounds: 1024-65535
  instances: 1-{INSTANCES}
  applications: {{{", ".join(f"{application(app)}: {app}" for app in applications(size))}}}
  types: {{{", ".join(f"{port_type(kind)}: {kind}" for kind in types())}}}
environments:
""".splitlines()
    for env in environments(size):
        yield f"  {environment(env)}:"
        yield "    hosts:"
        for app in applications(size):
            for instance in instances():
                v4, v6 = addresses(env, app, instance)
                yield f'      {host(app, instance)}: [{v4}, "{v6}"]'
        yield "    place:"
        for app in applications(size):
            yield f"      {application(app)}: [{', '.join(host(app, instance) for instance in instances())}]"


def environments(size):
    return range(size.environments)


def applications(size):
    return range(1, size.applications + 1)


def types():
    return range(1, TYPES + 1)


def instances():
    return range(1, INSTANCES + 1)


if __name__ == "__main__":
    if sys.argv[1:] not in [[name] for name in SIZES]:
        sys.exit(__doc__)
    for line in plan(SIZES[sys.argv[1]]):
        print(line)
