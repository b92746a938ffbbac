"""Is there any number of this plan that somebody else may take, on any ground? Either all of them are named, or it is
certified that there is none; and how much room is left.

The elements plan is counted again here, from the words of its wiki page and IANA's table, by nothing that the program
has.
"""

import itertools
import json

from portolan_scenario import ROOT, ZONES, Scenario, main, portolan

ELEMENTS = str(ZONES / "elements.yaml")
APPLICATIONS = ("hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium "
                "magnesium").split()
UNICAST = {1: "tcp", 2: "tcp", 3: "tcp", 4: "tcp", 5: "udp", 6: "tcp"}
MULTICAST = {7: "udp", 8: "udp", 9: "udp", 10: "udp", 11: "udp"}


def numbers(instance):
    """{port: protocol} of one instance: a multicast type is always counted as instance 1."""
    types = {**UNICAST, **MULTICAST} if instance == 1 else UNICAST
    return {int(f"{instance}{application:02}{kind:02}"): protocol
            for application, (kind, protocol) in itertools.product(range(1, 13), types.items())}


def iana():
    """{port: transports} as data/iana-ports.tsv has them."""
    table = {}
    for line in (ROOT / "data" / "iana-ports.tsv").read_text().splitlines():
        if line.startswith("#"):
            continue
        ports, transports, _ = line.split("\t")
        first, _, last = ports.partition("-")
        for port in range(int(first), int(last or first) + 1):
            table.setdefault(port, set()).update(transports.split(","))
    return table


def proof(*arguments, status=1):
    answer = portolan("prove", *arguments, "--json")
    assert answer.returncode == status, (answer.returncode, answer.stderr)
    (plan,) = json.loads(answer.stdout)
    return plan, {each["ground"]: each for each in plan["grounds"]}


def ports(ground):
    return sorted(each["port"] for each in ground["witnesses"])


class Proving(Scenario):
    def test_the_elements_against_a_count_of_our_own(self):
        plan, grounds = proof(ELEMENTS)
        self.assertEqual(plan["scope"], "348 numbers of 12 applications, 11 type ids and the instances 1-4, placed or "
                                        "not")
        for ground in ["arithmetic", "registry", "hosts", "bounds", "dynamic"]:
            self.assertTrue(grounds[ground]["holds"], grounds[ground])
        named = iana()
        expected = {port: protocol in named[port] for instance in range(1, 5)
                    for port, protocol in numbers(instance).items() if port in named}
        found = {each["port"]: each["same_protocol"] for each in grounds["iana"]["witnesses"]}
        self.assertEqual(found, expected)
        first = {port: same for port, same in found.items() if port < 20000}
        self.assertEqual((len(first), sum(first.values())), (24, 20))
        self.assertEqual(ports(grounds["nodeport"]), sorted(numbers(3)))
        self.assertEqual(ports(grounds["ephemeral"]), sorted(numbers(4)))
        self.assertEqual((len(numbers(3)), len(numbers(4))), (72, 72))
        self.assertEqual(plan["capacity"], [
            "instance (X): 1-4 are counted; 5 fits; 6 overflows 65535 from application 56 on; 7-9 overflow 65535",
            "application (YY): 12 ids taken, 87 free, the next is 13",
            "type (ZZ): 11 ids taken, 88 free, the next is 12"])

    def test_what_is_reserved_does_not_collide(self):
        line = ",".join(str(port) for port in numbers(4))
        _, grounds = proof(ELEMENTS, "--reserved", line)
        self.assertTrue(grounds["ephemeral"]["holds"])
        self.assertIn("all of them reserved", grounds["ephemeral"]["sentence"])
        _, grounds = proof(ELEMENTS, "--reserved", "40101-40806\n")
        self.assertEqual(ports(grounds["ephemeral"]), [port for port in sorted(numbers(4)) if port > 40806])
        self.assertEqual(portolan("prove", ELEMENTS, "--reserved", "9-8").returncode, 2)

    def test_a_newer_table(self):
        table = self.write("newer.csv", 'Service Name,Port Number,Transport Protocol,Description\r\n'
                                        'late,10104,tcp,"a, quoted\r\nthing"\r\nlate,10104,udp,\r\n,10105,udp,none\r\n'
                                        'wide,20101-20103,,\r\n')
        _, grounds = proof(ELEMENTS, "--iana", table)
        self.assertEqual(sorted((each["port"], each["other"], each["same_protocol"]) for each in
                                grounds["iana"]["witnesses"]),
                         [(10104, "late (tcp, udp)", True), (20101, "wide (no protocol given)", False),
                          (20102, "wide (no protocol given)", False), (20103, "wide (no protocol given)", False)])
        for text, reason in [("", "line 1 does not name"), ("a,b\n", "line 1 does not name"),
                             ("Service Name,Port Number,Transport Protocol\nx,99999,tcp\n", 'line 2: "99999" is no port'),
                             ("Service Name,Port Number,Transport Protocol\nx\n", "line 2 has only 1 cells")]:
            answer = portolan("prove", ELEMENTS, "--iana", self.write("bad.csv", text))
            self.assertEqual(answer.returncode, 2)
            self.assertIn(reason, answer.stderr)
        self.assertEqual(portolan("prove", ELEMENTS, "--iana", "/nowhere.csv").returncode, 2)

    def test_each_ground_has_its_witness(self):
        plan = self.write("plan.yaml", """
zone: z.example
nameservers: {ns1: 192.0.2.53}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  bounds: 10103-65535
  instances: 1-6
  applications: {one: 1, two: 1, big: 99}
  types: {http: 3, ajp: {id: {prod: 4}}, jmx: {id: {dev: 4}}, low: 2}
registry:
  services: {web: {port: 10103}, other: {port: 7001}, another: {port: 7001}}
  dynamic: {names: [worker], ports: 7000-7010}
environments:
  prod: {hosts: {h1: 10.0.0.1}, place: {default: {1: h1}, web: h1}}
  dev: {hosts: {h1: 10.1.0.1}}
""")
        _, grounds = proof(plan)

        def witnesses(ground):
            return [(each["port"], each["holder"], each.get("other")) for each in grounds[ground]["witnesses"]]

        self.assertIn((10103, "one http instance 1", "two http instance 1"), witnesses("arithmetic"))
        self.assertNotIn((10104, "one ajp instance 1 (prod)", "one jmx instance 1 (dev)"), witnesses("arithmetic"))
        self.assertEqual([each for each in witnesses("registry") if each[0] in (7001, 10103)],
                         [(7001, "other", "another"), (10103, "one http instance 1", "web"),
                          (10103, "two http instance 1", "web")])
        self.assertIn((10103, "web instance 1 in prod", "one-http instance 1 in prod at 10.0.0.1"), witnesses("hosts"))
        self.assertEqual(witnesses("dynamic"), [(7001, "other", None), (7001, "another", None)])
        self.assertIn((69903, "big http instance 6", None), witnesses("bounds"))
        self.assertIn((10102, "one low instance 1", None), witnesses("bounds"))

    def test_a_certificate(self):
        plan = self.write("plan.yaml", """
zone: z.example
nameservers: {ns1: 192.0.2.53}
registry: {ranges: {APIs: 5121-5129}, services: {web: {port: 5126, in: APIs}}}
environments: {prod: {hosts: {h1: 10.0.0.1}, place: {web: h1}}}
""")
        plan, grounds = proof(plan, status=0)
        self.assertTrue(plan["holds"])
        self.assertEqual([each["witnesses"] for each in grounds.values()], [[]] * 8)
        self.assertEqual(plan["capacity"], ["APIs (5121-5129): 1 port taken, 8 free, the next is 5121"])
        self.assertEqual(portolan("prove", ELEMENTS, "--only", "arithmetic").returncode, 0)
        self.assertEqual(portolan("prove", ELEMENTS, "--only", "luck").returncode, 2)


if __name__ == "__main__":
    main()
