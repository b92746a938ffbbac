# ctest: timeout 180
"""Clients as people run them, against the plans of zones/: dig, kdig, drill, dnspython.

What each of them relies on is in docs/clients.md: the right ports, addresses in Additional, NODATA
where the service is known, NXDOMAIN where it is not, truncation that leads to TCP.
"""
import re

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

import portolan_scenario as scenario
from other_servers import Nsd

ELEMENTS, CLIENTS, APPS = "svc.corp.example", "clients.corp.example", "apps.corp.example"
NEGATIVE_TTL = 5  # of the elements plan

# A service without an endpoint in prod: known, and empty.
IDLE_PLAN = """\
zone: idle.example
nameservers: {ns1: 127.0.0.1}
contact: dns@idle.example
ttls: {service: 10s, host: 5m, infrastructure: 1h, negative: 7s}
registry:
  services:
    busy: {port: 7001, endpoints: [{host: a1}]}
    idle: {port: 7002}
    gone: {port: 7003, when_empty: dot}
environments:
  prod:
    networks: [10.9.0.0/16]
    hosts: {a1: 10.9.0.1}
"""


def discover_service(service, protocol, domain, resolver):
    """The function of many primers: (priority, weight, port, target) by priority; [] when there is none."""
    try:
        answers = resolver.resolve(f"_{service}._{protocol}.{domain}", "SRV")
    except dns.resolver.NXDOMAIN:
        return []
    return sorted((record.priority, record.weight, record.port, record.target.to_text(omit_final_dot=True))
                  for record in answers)


class Clients(scenario.Scenario):
    def setUp(self):
        super().setUp()
        self.server = self.serve()
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.nameservers, self.resolver.port = [self.server.address], self.server.port
        self.resolver.lifetime = 5 * scenario.SLOWNESS

    def discover(self, service, protocol, domain):
        return discover_service(service, protocol, domain, self.resolver)

    # -- what the plan says, as clients hear it

    def test_hydrogen_ajp_with_its_hosts_addresses(self):
        name = f"_hydrogen-ajp._tcp.prod.{ELEMENTS}"
        lines = self.server.dig("+noall", "+answer", "+additional", "SRV", name).splitlines()
        self.assertEqual({re.sub(r"\s+", " ", line) for line in lines}, {
            f"{name}. 10 IN SRV 10 100 10104 jb1.prod.{ELEMENTS}.",
            f"{name}. 10 IN SRV 20 100 20104 jb2.prod.{ELEMENTS}.",
            f"jb1.prod.{ELEMENTS}. 300 IN A 10.1.0.11",
            f"jb1.prod.{ELEMENTS}. 300 IN AAAA 2001:db8:1::11",
            f"jb2.prod.{ELEMENTS}. 300 IN A 10.1.0.12",
            f"jb2.prod.{ELEMENTS}. 300 IN AAAA 2001:db8:1::12"})

    def test_one_number_by_command_and_by_srv(self):
        rows = [  # words, name, port of that instance
            (("oxygen", "snmp", "4"), f"_oxygen-snmp._udp.prod.{ELEMENTS}", 40805),
            (("hydrogen", "ajp", "1"), f"_hydrogen-ajp._tcp.prod.{ELEMENTS}", 10104),
            (("oxygen", "http", "3"), f"_http._tcp.oxygen.prod.{ELEMENTS}", 30803),
        ]
        for words, name, port in rows:
            with self.subTest(words=words):
                self.assertEqual(scenario.portolan("port", *words, cwd=scenario.ROOT).stdout.split()[0], str(port))
                self.assertIn(port, [record[2] for record in self.server.srv(name)])

    def test_multicast_is_one_group_and_one_port_whatever_the_instance(self):
        self.assertEqual(self.server.srv(f"_sodium-mcast._udp.prod.{ELEMENTS}"),
                         [(10, 100, 11111, f"mcast.prod.{ELEMENTS}")])
        self.assertEqual(self.server.dig("+short", f"mcast.prod.{ELEMENTS}", "A"), "239.1.11.1\n")
        for instance in "123":
            words = ("port", "sodium", "mcast", instance, "--environment", "prod")
            self.assertEqual(scenario.portolan(*words, cwd=scenario.ROOT).stdout.split()[0], "11111", words)

    def test_a_port_has_a_name(self):
        self.assertEqual(self.server.dig("+short", "PTR", f"10104._tcp._port.prod.{ELEMENTS}"),
                         f"_hydrogen-ajp._tcp.prod.{ELEMENTS}.\n")
        self.assertEqual(scenario.rcode(self.server.ask(f"10104._udp._port.prod.{ELEMENTS}", "PTR")), "NXDOMAIN")

    # -- dnspython

    def test_discover_service(self):
        rows = [
            ("hydrogen-ajp", "tcp", f"prod.{ELEMENTS}",
             [(10, 100, 10104, f"jb1.prod.{ELEMENTS}"), (20, 100, 20104, f"jb2.prod.{ELEMENTS}")]),
            ("http", "tcp", CLIENTS,
             [(10, 50, 8080, f"web1.prod.{CLIENTS}"), (10, 50, 8080, f"web2.prod.{CLIENTS}")]),
            ("ldap", "tcp", CLIENTS, [(0, 100, 636, f"ldap1.prod.{CLIENTS}")]),
            ("ldap", "tcp", f"dc._msdcs.{CLIENTS}", [(0, 100, 636, f"ldap1.prod.{CLIENTS}")]),
            ("kerberos", "udp", CLIENTS.upper(), None),
            ("no-such-service", "tcp", f"prod.{ELEMENTS}", []),
            ("hydrogen-ajp", "udp", f"prod.{ELEMENTS}", []),
            ("hydrogen-ajp", "tcp", f"no-such-environment.{ELEMENTS}", []),
        ]
        for service, protocol, domain, expected in rows:
            with self.subTest(service=service, protocol=protocol, domain=domain):
                found = self.discover(service, protocol, domain)
                if expected is None:
                    self.assertTrue(found)
                else:
                    self.assertEqual(found, expected)

    def test_primer_mongodb(self):
        found = self.discover("mongodb", "tcp", f"db.{CLIENTS}")
        self.assertEqual([record[:3] for record in found], [(0, 100, 27017), (10, 100, 27017)])
        txt = self.resolver.resolve(f"db.{CLIENTS}", "TXT")
        self.assertEqual([record.strings for record in txt], [(b"replicaSet=rs0",)])

    def test_dnspython_raises_noanswer_on_nodata(self):
        with self.assertRaises(dns.resolver.NoAnswer):
            self.resolver.resolve(f"_hydrogen-ajp._tcp.prod.{ELEMENTS}", "A")

    def test_names_in_upper_case_and_types_nobody_has(self):
        """kinit asks URI with the realm in upper case."""
        answer = self.server.ask(f"_kerberos.{CLIENTS.upper()}", "URI")
        self.assertEqual(answer.question[0].name.to_text(), f"_kerberos.{CLIENTS.upper()}.")
        self.assertEqual(len(answer.answer[0]), 3)
        answer = self.server.ask(f"_KERBEROS-ADM._TCP.{CLIENTS.upper()}", "URI")
        self.assertEqual((scenario.rcode(answer), answer.answer), ("NOERROR", []))

    # -- sizes

    def test_512_octets_then_tcp(self):
        name = f"_jmx._tcp.prod.{ELEMENTS}"
        truncated = self.server.ask(name, "SRV")
        self.assertTrue(truncated.flags & dns.flags.TC)
        self.assertLessEqual(len(truncated.to_wire()), 512)
        whole = self.server.ask(name, "SRV", tcp=True)
        self.assertFalse(whole.flags & dns.flags.TC)
        self.assertEqual(len(whole.answer[0]), 26)
        self.assertEqual(len(self.resolver.resolve(name, "SRV")), 26)  # goes on over TCP by itself
        self.assertEqual(len(self.server.dig("+noedns", "+short", "SRV", name).splitlines()), 26)
        self.assertIn("retrying in TCP", self.server.dig("+noedns", "SRV", name))

    def test_udp_only_clients_get_the_answer_without_additional(self):
        """HAProxy never asks over TCP: the records come whole while the operator's limit has room."""
        name = f"_jmx._tcp.prod.{ELEMENTS}"
        answer = self.server.ask(name, "SRV", edns=0, payload=8192)
        self.assertFalse(answer.flags & dns.flags.TC)
        self.assertEqual(len(answer.answer[0]), 26)
        wide = self.serve(arguments=("--udp-limit", "4096"))
        answer = wide.ask(name, "SRV", edns=0, payload=8192)
        self.assertFalse(answer.flags & dns.flags.TC)
        self.assertEqual(len(answer.answer[0]), 26)
        self.assertEqual(len(answer.additional), 4)  # A and AAAA of two hosts

    # -- other programs

    def test_kdig_and_drill(self):
        name = f"_hydrogen-ajp._tcp.prod.{ELEMENTS}"
        self.assertIn(f"10 100 10104 jb1.prod.{ELEMENTS}.", self.server.kdig("+short", "SRV", name))
        self.assertIn(f"10 100 10104 jb1.prod.{ELEMENTS}.", self.server.kdig("+tcp", "+short", "SRV", name))
        self.assertRegex(self.server.drill(name, "SRV"), r"10 100 10104 jb1\.prod")
        self.assertRegex(self.server.drill(name, "SRV", "-t"), r"20 100 20104 jb2\.prod")
        sip = self.server.kdig("+short", "NAPTR", CLIENTS)
        self.assertEqual(len(sip.splitlines()), 3)

    def test_cookies_and_unknown_options_do_no_harm(self):
        name = f"_hydrogen-ajp._tcp.prod.{ELEMENTS}"
        for option in ("+cookie=0123456789abcdef", "+ednsopt=65001:00ff", "+nsid", "+subnet=192.0.2.0/24",
                       "+padding=64"):
            with self.subTest(option=option):
                self.assertIn("status: NOERROR", self.server.dig(option, "SRV", name))
        self.assertIn("BADVERS", self.server.dig("+edns=1", "+noednsneg", "SRV", name))


class KnownButEmpty(scenario.Scenario):
    def test_nodata_and_nxdomain_here_and_from_nsd(self):
        plan = self.write("idle.yaml", IDLE_PLAN)
        server = self.serve(plan)
        serial = server.ask("idle.example", "SOA").answer[0][0].serial
        exported = self.write("idle.zone", scenario.portolan("zone", plan, "--serial", serial).stdout)
        nsd = Nsd(self.folder / "nsd", {"idle.example": exported})
        self.addCleanup(nsd.stop)
        nsd.start()
        rows = [
            ("_busy._tcp.prod.idle.example", "NOERROR", 1),
            ("_idle._tcp.prod.idle.example", "NOERROR", 0),     # known, and nowhere
            ("_gone._tcp.prod.idle.example", "NOERROR", 1),     # says so with the root as target
            ("_tcp.prod.idle.example", "NOERROR", 0),           # an empty non-terminal
            ("_idle._udp.prod.idle.example", "NXDOMAIN", 0),    # the plan cannot produce it
            ("_nobody._tcp.prod.idle.example", "NXDOMAIN", 0),
            ("_idle._tcp.dev.idle.example", "NXDOMAIN", 0),
        ]
        for name, rcode, count in rows:
            for tcp in (False, True):
                with self.subTest(name=name, tcp=tcp):
                    ours, theirs = server.ask(name, "SRV", tcp=tcp), nsd.ask(name, "SRV", tcp=tcp)
                    self.assertEqual(scenario.rcode(ours), rcode)
                    self.assertEqual(sum(len(rrset) for rrset in ours.answer), count)
                    self.assertEqual(ours.flags & dns.flags.AA, dns.flags.AA)
                    if not count:
                        self.assertEqual([(rrset.rdtype, rrset.ttl) for rrset in ours.authority],
                                         [(dns.rdatatype.SOA, 7)])
                    self.assertEqual(scenario.rcode(theirs), rcode)
                    self.assertEqual(scenario.records(theirs.answer), scenario.records(ours.answer))
                    self.assertEqual(scenario.records(theirs.authority), scenario.records(ours.authority))
        gone = server.srv("_gone._tcp.prod.idle.example")
        self.assertEqual(gone, [(0, 0, 0, "")])


if __name__ == "__main__":
    scenario.main()
