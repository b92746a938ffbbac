"""An administrator signs the zone with one line of the plan: `dnssec: yes`.

What the server then serves is judged by the checkers of BIND, NLnet Labs and Knot: the zone as it is
transferred, after a full signing and after many changes, with NSEC and with NSEC3. A restart, orderly or by
`kill -9`, serves the same signatures under the same serial. A change signs its own sets, the touched records
of denial and the SOA, nothing else. Signatures are renewed before they end.
"""
# ctest: timeout 300

import random

import dns.query
import dns.rdatatype

from portolan_scenario import Scenario, free_port, main, run_command, wait_until

ZONE = "svc.corp.example"

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
{dnssec}
transfer: {{allow: [127.0.0.1]}}
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  instances: 1-4
  applications: {{hydrogen: 1, helium: 2, lithium: 3}}
  types: {{http: 3, ajp: 4}}
registry:
  services:
    user-api: {{port: 5001, endpoints: [{{host: app1}}, {{host: app2}}]}}
environments:
  prod:
    hosts: {{{hosts}}}
    place: {{default: {{1: app1, 2: app2}}}}
  dev:
    hosts: {{d1: 10.9.0.1}}
    place: {{hydrogen: {{1: d1}}}}
records: extra.zone
"""

EXTRA = """\
sub 3600 IN NS ns.sub
ns.sub 300 IN A 192.0.2.7
safe 3600 IN NS ns.safe
safe 3600 IN DS 4711 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF
ns.safe 300 IN A 192.0.2.8
*.wild 60 IN TXT "for all"
old 60 IN DNAME prod
alias 60 IN CNAME user-api.prod
deep.er.and.deeper 60 IN TXT "empty non-terminals above"
"""


def plan(dnssec, hosts=()):
    all_hosts = {"app1": "10.1.0.11", "app2": "10.1.0.12", **dict(hosts)}
    return PLAN.format(dnssec=dnssec, hosts=", ".join(f"{name}: {at}" for name, at in all_hosts.items()))


class ASignedZone(Scenario):
    def setUp(self):
        super().setUp()
        self.port = free_port("127.0.0.1")
        self.write("extra.zone", EXTRA)

    def start(self, dnssec, hosts=()):
        self.dnssec = dnssec
        self.write("plan.yaml", plan(dnssec, hosts))
        return self.serve_again()

    def serve_again(self):
        self.server = self.serve(self.folder / "plan.yaml", port=self.port, state=self.folder / "state")
        return self.server

    def records(self):
        """Every record that is transferred, as text."""
        return {f"{rrset.name} {rrset.ttl} {dns.rdatatype.to_text(rrset.rdtype)} {rdata.to_text()}"
                for message in dns.query.xfr("127.0.0.1", ZONE, port=self.port, lifetime=10, relativize=False)
                for rrset in message.answer for rdata in rrset}

    def signatures(self):
        return {line for line in self.records() if line.split(" ")[2] == "RRSIG"}

    def serial(self):
        return self.server.ask(ZONE, "SOA").answer[0][0].serial

    def change(self, hosts):
        before = self.serial()
        self.replace("plan.yaml", plan(self.dnssec, hosts))
        self.server.reload()
        wait_until(lambda: self.serial() != before, 10, "the change to be served")

    def assert_checkers_accept(self):
        path = self.folder / "transferred.zone"
        path.write_text("".join(f"{line}\n" for line in sorted(
            self.records(), key=lambda line: (" SOA " not in line, line))))
        for checker in (["dnssec-verify", "-z", "-o", ZONE, path],
                        ["ldns-verify-zone", path],
                        ["kzonecheck", "-d", "on", "-o", ZONE, path],
                        ["named-checkzone", ZONE, path],
                        ["nsd-checkzone", ZONE, path]):
            run = run_command(*checker, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
            self.assertEqual(run.returncode, 0, f"{checker[0]}: {run.stdout}{run.stderr}")


class SigningByOneLine(ASignedZone):
    def judge(self, dnssec):
        chance = random.Random(1)
        self.start(dnssec)
        self.assert_checkers_accept()
        hosts = {}
        for turn in range(12):
            for _ in range(chance.randrange(1, 4)):
                name = f"h{chance.randrange(20)}"
                if hosts.pop(name, None) is None:
                    hosts[name] = f"10.2.0.{chance.randrange(1, 250)}"
            if turn == 5:
                hosts["app1"] = "10.1.0.99"
            self.change({**hosts, "turn": f"10.3.0.{turn}"})
        self.assert_checkers_accept()

    def test_nsec(self):
        self.judge("dnssec: yes")

    def test_nsec3(self):
        self.judge("dnssec: {denial: nsec3}")

    def test_ed25519_and_two_keys(self):
        self.judge("dnssec: {algorithm: ed25519, keys: ksk-and-zsk}")

    def test_denial_may_change(self):
        self.start("dnssec: yes")
        self.dnssec = "dnssec: {denial: nsec3}"
        self.change({"new": "10.2.0.1"})
        self.assert_checkers_accept()
        self.assertFalse([line for line in self.records() if " NSEC " in line])
        self.dnssec = "dnssec: {denial: nsec}"
        self.change({})
        self.assert_checkers_accept()
        self.assertFalse([line for line in self.records() if " NSEC3 " in line])

    def test_a_change_signs_itself_and_the_soa_alone(self):
        self.start("dnssec: yes", {"h1": "10.2.0.1"})
        before = self.signatures()
        self.change({"h1": "10.2.0.2"})
        new = sorted(" ".join([line.split(" ")[0], *line.split(" ")[2:4]]) for line in self.signatures() - before)
        self.assertEqual(new, [f"h1.prod.{ZONE}. RRSIG A", f"{ZONE}. RRSIG SOA"])

    def test_a_restart_serves_what_was_served(self):
        self.start("dnssec: {denial: nsec3}")
        self.change({"h1": "10.2.0.1"})
        for end in ("stop", "kill"):
            before = self.records()
            if end == "stop":
                self.server.stop()
            else:
                self.server.process.kill()
                self.server.process.wait()
                self.server.expected_status = -9
            self.serve_again()
            self.assertEqual(self.records(), before, end)

    def test_signatures_are_renewed(self):
        self.start("dnssec: {validity: 8s, refresh: 5s, propagation: 1s}")
        first = self.signatures()
        serial = self.serial()
        wait_until(lambda: not first & self.signatures(), 20, "all signatures to be renewed")
        self.assertGreater(self.serial(), serial)
        self.assert_checkers_accept()


if __name__ == "__main__":
    main()
