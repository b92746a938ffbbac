"""Validating resolvers of three vendors ask for names of a zone that portolan signs.

Unbound, BIND and Knot Resolver know one key, the zone's, and no server but portolan. They believe every answer,
positive or negative, and say so (AD); they deny from their caches what a proof denied already (RFC 8198); and of
a zone of which one signature was touched they refuse that one set alone.
"""
# ctest: timeout 120

import re

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from portolan_scenario import SLOWNESS, Scenario, main
from resolvers import Bind, KnotResolver, Unbound

ZONE = "svc.corp.example"

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
ttls: {{negative: 5m}}
dnssec: {dnssec}
transfer: {{allow: [127.0.0.1]}}
registry:
  services:
    user-api: {{port: 5001, endpoints: [{{host: app1}}, {{host: app2}}]}}
environments:
  prod:
    hosts: {{app1: 10.1.0.11, app2: 10.1.0.12}}
records: extra.zone
"""

EXTRA = """\
*.wild 60 IN TXT "for all"
sub 3600 IN NS ns.sub
ns.sub 300 IN A 192.0.2.7
alias 60 IN CNAME app1.prod
"""

# name, type, RCODE, whether it has an answer
ROWS = [
    ("_user-api._tcp.prod", "SRV", "NOERROR", True),
    ("app1.prod", "A", "NOERROR", True),
    ("alias", "A", "NOERROR", True),
    ("", "DNSKEY", "NOERROR", True),
    ("app1.prod", "AAAA", "NOERROR", False),
    ("_port.prod", "TXT", "NOERROR", False),  # an empty non-terminal
    ("nobody.prod", "A", "NXDOMAIN", False),
    ("deep.below.nobody.prod", "A", "NXDOMAIN", False),
    ("some.wild", "TXT", "NOERROR", True),
    ("some.wild", "A", "NOERROR", False),
    ("sub", "DS", "NOERROR", False),
]


def asked(resolver, name, rrtype):
    query = dns.message.make_query(f"{name}.{ZONE}." if name else f"{ZONE}.", rrtype, want_dnssec=True)
    return dns.query.udp(query, resolver.address, port=resolver.port, timeout=10 * SLOWNESS)


class Validators(Scenario):
    def anchor(self, server):
        key, = (key for key in server.ask(ZONE, "DNSKEY").answer[0] if key.flags & 1)  # the one that signs keys
        return f"{ZONE}. 3600 IN DNSKEY {key.to_text()}"

    def resolvers(self, server, label, anchor):
        """Each in its turn, running."""
        for kind, options in ((Unbound, {"aggressive": True}), (Bind, {}), (KnotResolver, {})):
            resolver = kind(self.folder / f"{label}-{kind.__name__}", {ZONE: (server.address, server.port)}, [anchor],
                            **options)
            self.addCleanup(resolver.stop)
            yield resolver.start()
            resolver.stop()

    def queries(self, server):
        """How many the server has answered."""
        times = server.log.count("queries: udp") + 1
        server.signal(10)  # SIGUSR1
        return sum(map(int, server.wait_for_log(r"queries: udp (\d+), tcp (\d+)", times=times).groups()))

    def transferred(self, server):
        """The zone as a master file."""
        records = [f"{rrset.name} {rrset.ttl} IN {dns.rdatatype.to_text(rrset.rdtype)} {rdata.to_text()}"
                   for message in dns.query.xfr(server.address, ZONE, port=server.port, relativize=False)
                   for rrset in message.answer for rdata in rrset]
        return "".join(f"{record}\n" for record in dict.fromkeys(records))  # the SOA comes twice

    def assert_secure(self, resolver, name, rrtype, rcode, has_answer):
        reply = asked(resolver, name, rrtype)
        told = f"{resolver.name} said:\n{reply}\n{resolver.log[-3000:]}"
        self.assertEqual(dns.rcode.to_text(reply.rcode()), rcode, told)
        self.assertEqual(bool(reply.answer), has_answer, told)
        self.assertTrue(reply.flags & dns.flags.AD, told)

    def serve_signed(self, dnssec):
        self.write("extra.zone", EXTRA)
        return self.serve(self.write("plan.yaml", PLAN.format(dnssec=dnssec)), state=self.folder / "state")

    def judge(self, dnssec):
        server = self.serve_signed(dnssec)
        for resolver in self.resolvers(server, "believing", self.anchor(server)):
            for row in ROWS:
                with self.subTest(dnssec=dnssec, resolver=resolver.name, row=row):
                    self.assert_secure(resolver, *row)

    def test_they_believe_what_nsec_proves(self):
        self.judge("yes")

    def test_they_believe_what_nsec3_proves(self):
        self.judge("{denial: nsec3, algorithm: ed25519, keys: ksk-and-zsk}")

    def test_they_deny_from_what_was_proved(self):
        server = self.serve_signed("yes")
        for resolver in self.resolvers(server, "aggressive", self.anchor(server)):
            with self.subTest(resolver=resolver.name):
                self.assert_secure(resolver, "m.prod", "A", "NXDOMAIN", False)
                before = self.queries(server)
                for name in ("n", "o.below", "q"):  # all between app2 and what comes next
                    self.assert_secure(resolver, f"{name}.prod", "A", "NXDOMAIN", False)
                self.assertEqual(self.queries(server), before)

    def test_they_refuse_what_was_touched(self):
        server = self.serve_signed("yes")
        anchor = self.anchor(server)
        text = self.transferred(server)
        server.stop_and_judge()
        touched = re.sub(r"^(app1\.prod\.svc\.corp\.example\. \S+ IN RRSIG A .* )(\S)(\S+)$",
                         lambda match: match[1] + ("A" if match[2] != "A" else "B") + match[3], text,
                         flags=re.MULTILINE)
        self.assertNotEqual(text, touched)
        self.write("touched.zone", touched)
        server = self.serve(self.write("touched.yaml", f"zone: {ZONE}\nrecords: touched.zone\n"))
        for resolver in self.resolvers(server, "refusing", anchor):
            with self.subTest(resolver=resolver.name):
                self.assertEqual(asked(resolver, "app1.prod", "A").rcode(), dns.rcode.SERVFAIL)
                self.assert_secure(resolver, "app2.prod", "A", "NOERROR", True)


if __name__ == "__main__":
    main()
