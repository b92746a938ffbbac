"""Keys roll, an algorithm changes, and a zone goes from signed to unsigned and back, under a resolver that validates.

BIND is the signed parent. Its administrator takes the first DS from `portolan delegation`, and later follows CDS
with `dnssec-cds`. Unbound asks every half second, with TTLs of a second, for a name that is there and one that is
not: not one answer may be SERVFAIL, and all are secure for as long as the parent has a DS.
"""
# ctest: timeout 400
# ctest: not asan

import threading
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.update

from other_servers import OtherServer
from portolan_scenario import Scenario, free_port, main, portolan, run_command, wait_until
from resolvers import Unbound

PARENT = "corp.example"
ZONE = "svc.corp.example"
ADMINISTRATOR = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 127.0.0.1}}
contact: dns@corp.example
ttls: {{service: 1s, host: 1s, infrastructure: 1s, negative: 1s}}
dnssec: {dnssec}
environments: {{prod: {{hosts: {{app1: 10.1.0.11}}}}}}
"""
TIMES = "propagation: 1s, parent: {delay: 1s, ds_ttl: 1s}"

PARENT_ZONE = """\
$TTL 1
@ SOA ns hostmaster 1 60 10 86400 1
@ NS ns
ns A 127.0.0.1
svc NS ns1.svc
ns1.svc A 127.0.0.1
"""


class Parent(OtherServer):
    """BIND with a signed zone that takes updates."""

    name = "BIND"

    def command(self, config):
        return ["/usr/sbin/named", "-g", "-c", str(config)]

    def configuration(self):
        return f"""\
options {{
  directory "{self.folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port {self.port} {{ {self.address}; }}; listen-on-v6 {{ none; }};
  recursion no; notify no; dnssec-validation no; minimal-responses yes;
}};
controls {{ }};
dnssec-policy quick {{
  keys {{ csk lifetime unlimited algorithm ecdsap256sha256; }};
  dnskey-ttl 1; max-zone-ttl 1; zone-propagation-delay 1; publish-safety 1; retire-safety 1;
}};
zone "{PARENT}" {{
  type primary; file "{self.zones[PARENT]}"; key-directory "{self.folder}";
  dnssec-policy quick; inline-signing no; allow-update {{ 127.0.0.1; }};
}};
"""

    def anchor(self):
        """The DNSKEY that a resolver trusts, once the zone is signed with it."""
        def signed():
            answer = self.ask_signed(PARENT, "DNSKEY").answer
            is_signed = any(rrset.rdtype == dns.rdatatype.RRSIG for rrset in self.ask_signed(f"ns.{PARENT}", "A").answer)
            return is_signed and [f"{PARENT}. IN DNSKEY {rdata.to_text()}" for rrset in answer
                                  if rrset.rdtype == dns.rdatatype.DNSKEY for rdata in rrset]
        return wait_until(signed, 30, "the parent to be signed")

    def ask_signed(self, name, rrtype):
        query = dns.message.make_query(name, rrtype, want_dnssec=True)
        return dns.query.tcp(query, self.address, port=self.port, timeout=5)

    def ds(self):
        return {rdata.to_text() for rrset in self.ask_signed(ZONE, "DS").answer
                if rrset.rdtype == dns.rdatatype.DS for rdata in rrset}

    def set_ds(self, records):
        """Replaces the DS set, in one step."""
        update = dns.update.Update(PARENT)
        update.delete(f"{ZONE}.", "DS")
        for each in records:
            update.add(f"{ZONE}.", 1, "DS", each)
        reply = dns.query.tcp(update, self.address, port=self.port, timeout=5)
        assert reply.rcode() == dns.rcode.NOERROR, reply
        assert self.ds() == set(records), (self.ds(), records)


class Asker(threading.Thread):
    """Asks the resolver for as long as the test lasts, and notes what is not as it should be."""

    def __init__(self, resolver):
        super().__init__(daemon=True)
        self.resolver = resolver
        self.ended = threading.Event()
        self.asked = self.secure = 0
        self.must_be_secure = False
        self.faults = []
        self.stage = "the start"

    def run(self):
        while not self.ended.wait(0.5):
            for name, rrtype, expected in ((f"app1.prod.{ZONE}", "A", dns.rcode.NOERROR),
                                           (f"n{self.asked}.prod.{ZONE}", "A", dns.rcode.NXDOMAIN),
                                           (ZONE, "MX", dns.rcode.NOERROR)):
                self.ask(name, rrtype, expected)

    def ask(self, name, rrtype, expected):
        must_be_secure = self.must_be_secure
        query = dns.message.make_query(name, rrtype, want_dnssec=True)
        try:
            reply = dns.query.udp(query, self.resolver.address, port=self.resolver.port, timeout=10)
        except dns.exception.Timeout:
            self.faults.append(f"{self.stage}: no answer for {name}")
            return
        self.asked += 1
        is_secure = bool(reply.flags & dns.flags.AD)
        self.secure += is_secure
        if reply.rcode() != expected:
            self.faults.append(f"{self.stage}: {name} {rrtype}: {dns.rcode.to_text(reply.rcode())}")
        elif must_be_secure and self.must_be_secure and not is_secure:
            self.faults.append(f"{self.stage}: {name} {rrtype} is not secure")


class KeysRoll(Scenario):
    def setUp(self):
        super().setUp()
        self.port = free_port("127.0.0.1")
        self.state = self.folder / "state"
        self.dnssec("no")
        self.server = self.serve(self.folder / "plan.yaml", port=self.port, state=self.state)
        self.parent = Parent(self.folder / "parent", {PARENT: self.write("parent.zone", PARENT_ZONE)})
        self.addCleanup(self.parent.stop)
        self.parent.start()
        resolver = Unbound(self.folder / "unbound", {PARENT: (self.parent.address, self.parent.port),
                                                     ZONE: ("127.0.0.1", self.port)}, self.parent.anchor())
        self.addCleanup(resolver.stop)
        resolver.start()
        self.asker = Asker(resolver)
        self.addCleanup(self.asker.ended.set)
        self.asker.start()

    def dnssec(self, value):
        self.replace("plan.yaml", PLAN.format(dnssec=value))

    # -- what the operators do

    def key(self, *words, status=0):
        run = portolan("key", *words, "--state", self.state)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        return run.stdout

    def states(self):
        """{use: [state, …]} in the keys' order."""
        found = {}
        for line in self.key("list", ZONE).splitlines():
            words = line.split()
            if len(words) > 3 and words[1] in ("csk", "ksk", "zsk"):
                found.setdefault(words[1], []).append(words[3])
        return found

    def wait_for(self, states, seconds=40):
        self.asker.stage = f"waiting for {states}"
        wait_until(lambda: time.sleep(0.2) or self.states() == states, seconds,
                   f"{states}; there is\n{self.key('list', ZONE)}\n{self.server.log[-3000:]}")
        self.assertEqual(self.asker.faults, [])

    def follow_cds(self):
        """What the parent's administrator does: dnssec-cds reads CDS, and says what DS there shall be."""
        child = self.folder / "child"
        lines = [run_command("dig", "+dnssec", "+noall", "+answer", "+tcp", "@127.0.0.1", "-p", self.port, ZONE, rrtype).stdout
                 for rrtype in ("DNSKEY", "CDS", "CDNSKEY")]
        child.write_text("".join(lines))
        if "CDS\t0 0 0 00" in lines[1]:  # RFC 8078 4, which dnssec-cds of BIND 9.18 takes for a key
            self.parent.set_ds([])
            return
        known = self.folder / f"dsset-{ZONE}."
        known.write_text("".join(f"{ZONE}. 1 IN DS {each}\n" for each in self.parent.ds()))
        run = run_command("dnssec-cds", "-s", "20200101000000", "-f", child, "-d", known, ZONE, env=ADMINISTRATOR)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr + child.read_text())
        wanted = [line.split("DS ", 1)[1] for line in run.stdout.splitlines() if " DS " in line]
        self.assertNotEqual({self.plain(each) for each in wanted}, self.parent.ds())
        self.parent.set_ds([self.plain(each) for each in wanted])

    @staticmethod
    def plain(ds):
        words = ds.split()
        return " ".join([*words[:3], "".join(words[3:]).lower()])

    def set_first_ds(self):
        run = portolan("delegation", "--state", self.state, self.folder / "plan.yaml")
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [line.split(" IN DS ")[1] for line in run.stdout.splitlines() if " IN DS " in line]
        self.assertEqual(len(lines), 1, run.stdout)
        self.parent.set_ds([self.plain(each) for each in lines])

    def roll(self, *words):
        self.asker.stage = f"roll {' '.join(words)}"
        self.key("roll", ZONE, *words)

    # -- the story

    def test_through_everything(self):
        # First signing.
        self.dnssec(f"{{{TIMES}}}")
        self.wait_for({"csk": ["ready"]})
        self.set_first_ds()
        self.key("ds-seen", ZONE)
        self.wait_for({"csk": ["active"]})
        time.sleep(3)
        self.asker.must_be_secure = True

        # The one key rolls.
        self.roll()
        self.key("roll", ZONE, status=2)
        self.wait_for({"csk": ["active", "ready"]})
        self.follow_cds()
        self.key("ds-seen", ZONE)
        self.wait_for({"csk": ["active"]})

        # It becomes two, of another algorithm.
        self.roll("--algorithm", "ed25519", "--keys", "ksk-and-zsk")
        self.wait_for({"csk": ["active"], "ksk": ["ready"], "zsk": ["published"]})
        self.follow_cds()
        self.key("ds-seen", ZONE)
        self.wait_for({"ksk": ["active"], "zsk": ["active"]})

        # The ZSK rolls by itself; the server is killed in the middle.
        self.roll("--role", "zsk")
        self.wait_for({"ksk": ["active"], "zsk": ["retired", "active"]})
        self.server.expected_status = -9
        self.server.process.kill()
        self.server.process.wait()
        self.server = self.serve(self.folder / "plan.yaml", port=self.port, state=self.state)
        self.wait_for({"ksk": ["active"], "zsk": ["active"]})

        # The KSK rolls.
        self.roll("--role", "ksk")
        self.wait_for({"ksk": ["active", "ready"], "zsk": ["active"]})
        self.follow_cds()
        self.key("ds-seen", ZONE)
        self.wait_for({"ksk": ["active"], "zsk": ["active"]})

        # Unsigned …
        self.asker.must_be_secure = False
        self.dnssec("no")
        self.asker.stage = "going unsigned"
        self.server.wait_for_log("asks its parent to remove the DS")
        time.sleep(5)
        self.follow_cds()
        self.assertEqual(self.parent.ds(), set())
        self.key("ds-gone", ZONE)
        self.wait_for({})

        # … and signed again.
        self.dnssec(f"{{{TIMES}}}")
        self.wait_for({"csk": ["ready"]})
        self.set_first_ds()
        self.key("ds-seen", ZONE)
        self.wait_for({"csk": ["active"]})
        time.sleep(3)
        self.asker.must_be_secure = True
        time.sleep(3)

        self.assertEqual(self.asker.faults, [])
        self.assertGreater(self.asker.asked, 150)
        self.assertGreater(self.asker.secure, 100)


if __name__ == "__main__":
    main()
