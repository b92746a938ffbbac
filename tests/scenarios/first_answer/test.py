"""An operator starts the server on the plan of the elements and asks it what the README promises.

"Hydrogen AJP on instance 1 is 10104" stood on a wiki page. Now four clients of different makers ask for it,
and the function that so many primers print finds host and port by itself.
"""

import re

import dns.resolver

from portolan_scenario import SLOWNESS, ZONES, Scenario, main, rcode

PROD = "prod.svc.corp.example"


def discover_service(server, service, protocol, domain):
    """What the primers print: (host, port) by priority; [] when there is no such service."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [server.address]
    resolver.port = server.port
    resolver.lifetime = 5.0 * SLOWNESS
    try:
        answers = resolver.resolve(f"_{service}._{protocol}.{domain}", "SRV")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [(str(answer.target).rstrip("."), answer.port) for answer in sorted(answers, key=lambda a: a.priority)]


class AnOperatorAsksForTheElements(Scenario):
    def setUp(self):
        super().setUp()
        self.server = self.serve(ZONES / "elements.yaml")

    def test_dig_shows_the_first_tier_the_one_behind_it_and_their_addresses(self):
        said = self.server.dig("+noall", "+answer", "+additional", "SRV", f"_hydrogen-ajp._tcp.{PROD}")
        srv = sorted(re.findall(r"\bSRV\s+(\d+) \d+ (\d+) (\S+)\.$", said, re.MULTILINE), key=lambda row: int(row[0]))
        self.assertEqual([port for _, port, _ in srv], ["10104", "20104"])
        self.assertLess(int(srv[0][0]), int(srv[1][0]))
        for _, _, target in srv:
            self.assertTrue(target.endswith("." + PROD), target)
            for rrtype in ("A", "AAAA"):
                self.assertRegex(said, rf"(?m)^{re.escape(target)}\.\s+\d+\s+IN\s+{rrtype}\s")

    def test_four_clients_agree(self):
        name = f"_hydrogen-ajp._tcp.{PROD}"
        for client, said in (
            ("dig", self.server.dig("SRV", name)),
            ("dig over TCP", self.server.dig("+tcp", "SRV", name)),
            ("kdig", self.server.kdig("SRV", name)),
            ("drill", self.server.drill(name, "SRV")),
        ):
            with self.subTest(client):
                self.assertRegex(said, r"\s10104 jb1\.prod\.svc\.corp\.example\.")
                self.assertRegex(said, r"\s20104 jb2\.prod\.svc\.corp\.example\.")
        self.assertEqual([port for _, _, port, _ in self.server.srv(name)], [10104, 20104])

    def test_the_worked_numbers_of_the_convention(self):
        oxygen = self.server.srv(f"_oxygen-snmp._udp.{PROD}")
        self.assertEqual([port for _, _, port, _ in oxygen], [10805, 20805, 30805, 40805])
        group = self.server.srv(f"_sodium-mcast._udp.{PROD}")
        self.assertEqual([(port, target) for _, _, port, target in group], [(11111, f"mcast.{PROD}")])
        self.assertIn("239.1.11.1", self.server.dig("+short", "A", f"mcast.{PROD}"))

    def test_the_function_of_the_primers(self):
        found = discover_service(self.server, "hydrogen-ajp", "tcp", PROD)
        self.assertEqual(found, [(f"jb1.{PROD}", 10104), (f"jb2.{PROD}", 20104)])
        self.assertEqual(discover_service(self.server, "ajp", "tcp", f"hydrogen.{PROD}"), found)
        self.assertEqual(discover_service(self.server, "kryptonite-ajp", "tcp", PROD), [])

    def test_a_port_has_a_name(self):
        self.assertIn(f"_hydrogen-ajp._tcp.{PROD}.", self.server.dig("+short", "PTR", f"10104._tcp._port.{PROD}"))

    def test_a_name_that_the_plan_cannot_produce_does_not_exist(self):
        self.assertEqual(rcode(self.server.ask(f"_kryptonite-ajp._tcp.{PROD}", "SRV")), "NXDOMAIN")
        self.assertEqual(rcode(self.server.ask("www.example.org", "A")), "REFUSED")


if __name__ == "__main__":
    main()
