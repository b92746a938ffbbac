# ctest: timeout 300
"""Whatever is sent, and whatever is written into a plan: the server lives, and answers the next one.

Slow and silent TCP clients are in ../tcp; a mistake in a plan that an operator makes is in ../reload.
"""
import struct

import portolan_scenario as scenario
from packets import Packets, bad_names
from wire import QR, Malformed, decode

PACKETS = 200000
BURST = 40  # hostile packets before each good query
SOCKETS = 4  # so that each of the server's workers gets some
SEED = 20240101
WARM_UP = PACKETS // 10
GROWTH_KIB = 2048  # that memory may vary by once it is warm

GOOD = scenario.wire_query("_hydrogen-ajp._tcp.prod.svc.corp.example", "SRV", use_edns=0, payload=1232)


class HostilePackets(scenario.Scenario):
    def setUp(self):
        super().setUp()
        self.server = self.serve(scenario.ZONES / "elements.yaml")
        self.good = self.server.udp(GOOD)
        self.assertEqual(len(decode(self.good).answer), 2)

    def test_200000_over_udp(self):
        packets, warm = Packets(SEED), None
        clients = [self.server.udp_socket() for _ in range(SOCKETS)]
        for client in clients:
            self.addCleanup(client.close)
            client.settimeout(5 * scenario.SLOWNESS)
        answered = 0
        for sent in range(0, PACKETS, BURST):
            client = clients[sent // BURST % SOCKETS]
            burst = [packets.next() for _ in range(BURST)]
            for packet in burst:
                client.send(packet)
            client.send(GOOD)
            answered += self.replies_before_the_good_one(client, burst)
            if warm is None and sent >= WARM_UP:
                warm = self.server.resident_kib()
        self.assertTrue(self.server.is_running())
        self.assertEqual(self.server.socket_drops(), 0)
        self.assertGreater(answered, PACKETS // 10)
        if not scenario.SANITIZED:  # a sanitizer keeps freed memory back
            self.assertLess(self.server.resident_kib() - warm, GROWTH_KIB)

    def replies_before_the_good_one(self, client, burst):
        """How many of the burst were answered: well-formed, short enough, each to one that was sent."""
        ids = {bytes(packet[:2]) for packet in burst}
        for count in range(len(burst) + 1):
            reply = client.recv(65535)
            if reply == self.good:
                return count
            self.assertIn(reply[:2], ids)
            self.assertLessEqual(len(reply), 1232)
            self.assertTrue(self.read(reply).flags & QR)
        self.fail("the good query was not answered")

    def read(self, reply):
        try:
            return decode(reply)
        except Malformed as error:
            self.fail(f"a malformed reply: {error}: {reply.hex()}")

    def test_over_tcp(self):
        packets, warm = Packets(SEED + 1), None
        for turn in range(200):
            with self.server.tcp() as client:
                client.send(*(bytes(packets.next()) for _ in range(BURST)))
                client.half_close()
                while (reply := client.receive()) is not None:
                    self.read(reply)
            if turn % 20 == 0:
                self.assert_good_over_tcp()
            warm = self.server.resident_kib() if turn == 50 else warm
        if not scenario.SANITIZED:
            self.assertLess(self.server.resident_kib() - warm, GROWTH_KIB)

    def test_names_that_never_end(self):
        """As QNAME and as the owner of a record behind a good question, over UDP and TCP."""
        question = scenario.wire_query("jb1.prod.svc.corp.example", "A")
        rows = [("QNAME", GOOD[:12] + name + b"\0\1\0\1") for name in bad_names(12)]
        rows += [("owner", question[:10] + b"\0\1" + question[12:] + name + b"\0\1\0\1\0\0\0\0\0\0")
                 for name in bad_names(len(question))]
        for what, message in rows:
            with self.subTest(what, message=message):
                reply = self.server.udp(message)
                self.assertIsNotNone(reply)
                self.assertEqual(self.read(reply).rcode, 1)  # FORMERR
                with self.server.tcp() as client:
                    client.send(message)
                    self.assertEqual(self.read(client.receive()).rcode, 1)
        self.assertEqual(self.server.udp(GOOD), self.good)

    def test_64_kib_over_tcp(self):
        question = scenario.wire_query("jb1.prod.svc.corp.example", "A")
        padding = 65535 - len(question) - 11 - 4
        with_padding = (question[:10] + b"\0\1" + question[12:] + b"\0" + struct.pack("!HHIH", 41, 1232, 0, padding + 4)
                        + struct.pack("!HH", 12, padding) + bytes(padding))
        rows = [
            ("an option of 64 KiB", with_padding, 0),
            ("64 KiB behind the question", question + bytes(65535 - len(question)), 1),
            ("64 KiB of pointers", question[:12] + b"\xc0\x0c" * 32761 + b"\0", 1),
            ("64 KiB of labels", question[:12] + b"\1a" * 32761 + b"\0", 1),
        ]
        for what, message, rcode in rows:
            with self.subTest(what):
                self.assertEqual(len(message), 65535)
                with self.server.tcp() as client:
                    client.send(message, GOOD)
                    self.assertEqual(self.read(client.receive()).rcode, rcode)
                    self.assertEqual(len(self.read(client.receive()).answer), 2)

    def assert_good_over_tcp(self):
        with self.server.tcp() as client:
            client.send(GOOD)
            self.assertEqual(self.read(client.receive()).answer, decode(self.good).answer)


PLAN = """\
zone: bad.example
nameservers: {ns1: 192.0.2.53}
contact: dns@bad.example
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  bounds: 1024-65535
  instances: 1-2
  applications: {hydrogen: 1, helium: 2}
  types: {http: 3, ajp: 4}
registry:
  services:
    orders: {port: 7001, endpoints: [{host: a1}]}
environments:
  prod:
    networks: [10.9.0.0/16]
    hosts: {a1: 10.9.0.1, a2: 10.9.0.2}
    place: {default: {1: a1, 2: a2}}
records: records.zone
"""
RECORDS = """\
$TTL 1h
www     A       10.9.0.80
"""


def plan(old, new):
    assert old in PLAN, old
    return PLAN.replace(old, new).encode("utf-8", "surrogateescape")


def growing_aliases():
    """Twelve lines that are ten to the twelfth values (a "billion laughs")."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefghijk", "bcdefghijkl"):
        lines.append(f"{name}: &{name} [{', '.join(['*' + before] * 10)}]")
    return (PLAN + "\n".join(lines) + "\n").encode()


# What is wrong, the file that is written anew, what the log says of it.
MISTAKES = [
    ("a key twice", "plan.yaml", plan("contact:", "zone: other.example\ncontact:"),
     r"plan\.yaml:3:1: error: zone is given twice; first at \S*plan\.yaml:1:1"),
    ("an application twice", "plan.yaml", plan("helium: 2", "hydrogen: 2"),
     r"plan\.yaml:9:31: error: hydrogen is given twice"),
    ("a merge key", "plan.yaml", plan("types: {", "types: {<<: {jmx: 2}, "), r"plan\.yaml:10:11: error: .*<<"),
    ("a cycle through an alias", "plan.yaml", plan("  prod:\n", "  prod: &prod\n    aliases: *prod\n"),
     r"plan\.yaml:16:14: error: an alias inside its own anchor"),
    ("aliases that grow", "plan.yaml", growing_aliases(), r"plan\.yaml:\d+:\d+: error: aliases of aliases"),
    ("an alias of nothing", "plan.yaml", plan("7001", "*nowhere"), r"plan\.yaml:13:20: error: an alias of an anchor"),
    ("an octal-looking number", "plan.yaml", plan("7001", "07001"), r"plan\.yaml:13:20: error: 07001 is octal"),
    ("invalid UTF-8", "plan.yaml", plan("dns@", "d\udcffns@"), r"plan\.yaml:3:11: error: .*not UTF-8"),
    ("a control character", "plan.yaml", plan("dns@", "d\0ns@"), r"plan\.yaml:3:11: error: control character 0x00"),
    ("an unterminated quote", "plan.yaml", plan("contact: ", 'contact: "'), r"plan\.yaml:3:10: error: .*never closed"),
    ("several documents", "plan.yaml", PLAN.encode() + b"---\nzone: two.example\n",
     r"plan\.yaml:20:1: error: a second document"),
    ("500 levels", "plan.yaml", PLAN.encode() + b"extra: " + b"[" * 500 + b"]" * 500 + b"\n",
     r"plan\.yaml:20:71: error: nested more"),
    ("500 levels of lines", "plan.yaml", PLAN.encode() + b"".join(b" " * i + b"k:\n" for i in range(500)),
     r"plan\.yaml:\d+:\d+: error: nested more"),
    ("port 70000", "plan.yaml", plan("7001", "70000"), r"plan\.yaml:13:20: error: 70000 is out of range"),
    ("id 100 in two digits", "plan.yaml", plan("helium: 2", "helium: 100"), r"plan\.yaml:9:\d+: error: .*100"),
    ("an include loop", "plan.yaml", b"include: plan.yaml\n" + PLAN.encode(),
     r"plan\.yaml:1:10: error: an include loop"),
    ("an include of nothing", "plan.yaml", b"include: gone.yaml\n" + PLAN.encode(),
     r"plan\.yaml:1:10: error: .*gone\.yaml"),
    ("a slip of the pen", "plan.yaml", plan("instances:", "instnaces:"),
     r"plan\.yaml:8:3: error: instnaces(.|\n)*Did you mean instances"),
    ("a list for a number", "plan.yaml", plan("7001", "[1, 2]"),
     r"plan\.yaml:13:20: error: expected a port, not a list"),
    ("a host that is not there", "plan.yaml", plan("host: a1", "host: a9"), r"plan\.yaml:13:\d+: error: .*a9"),
    ("nothing at all", "plan.yaml", b"", r"plan\.yaml\S* error: the file holds no plan"),
    ("noise", "plan.yaml", bytes(range(256)) * 16, r"plan\.yaml:\d+:\d+: error: "),
    ("port 70000 in a record", "records.zone", RECORDS + "_x._tcp SRV 0 0 70000 www\n",
     r'records\.zone:3:17: error: port "70000"'),
    ("an $INCLUDE loop", "records.zone", RECORDS + "$INCLUDE records.zone\n",
     r"records\.zone:3:10: error: \$INCLUDE goes round"),
    ("an $INCLUDE of nothing", "records.zone", RECORDS + "$INCLUDE gone.zone\n",
     r"records\.zone:3:10: error: \S*gone\.zone cannot"),
    ("an open parenthesis", "records.zone", RECORDS + 'x TXT ( "a"\n', r"records\.zone:3:7: error: .*never closed"),
    ("an open quote", "records.zone", RECORDS + 'x TXT "a\n', r"records\.zone:3:7: error: .*not closed"),
    ("an address of 256", "records.zone", RECORDS + "x A 10.9.0.256\n", r"records\.zone:3:5: error: address"),
    ("a type of nobody", "records.zone", RECORDS + "x NOSUCH 1\n", r"records\.zone:3:3: error: .*NOSUCH"),
    ("a name elsewhere", "records.zone", RECORDS + "x.other. A 10.9.0.2\n",
     r"records\.zone:3:\d+: error: .*not in the zone"),
    ("a label of 64 octets", "records.zone", RECORDS + "x" * 64 + " A 10.9.0.2\n",
     r"records\.zone:3:1: error: .*63 octets"),
    ("too much to generate", "records.zone", RECORDS + "$GENERATE 0-4294967295 x$ A 10.9.0.2\n",
     r"records\.zone:3:\d+: error: "),
    ("a CNAME beside data", "records.zone", RECORDS + "www CNAME x\n",
     r"records\.zone:3:\d+: error: .*alias has no other data"),
    ("a folder of that name", "records.zone", None, r"records\.zone\S* error: "),
]


# The same for a plan whose master file is all of the zone.
WHOLE = """\
$TTL 1h
@       SOA     ns1 hostmaster 1 1h 10m 2w 5m
        NS      ns1
ns1     A       10.9.0.53
www     A       10.9.0.80
"""
MISTAKES_IN_WHOLE = [
    ("no SOA", "records.zone", WHOLE.replace("@       SOA", "soa     TXT"), r"plan\.yaml:1:7: error: .*no SOA"),
    ("no $TTL", "records.zone", WHOLE.replace("$TTL 1h", ""), r"records\.zone:2:9: error: .*no TTL"),
    ("two SOAs", "records.zone", WHOLE + "@ SOA ns1 other 1 1h 10m 2w 5m\n", r"records\.zone:6:3: error: .*SOA"),
    ("no NS", "records.zone", WHOLE.replace("        NS", "www     NS"), r"plan\.yaml:1:7: error: .*no NS"),
]


class BadFiles(scenario.Scenario):
    """Each is given to a running server by SIGHUP: it says what is wrong and where, and serves on as before."""

    def start(self, plan, records):
        self.good = {"plan.yaml": plan, "records.zone": records}
        for name, text in self.good.items():
            self.write(name, text)
        self.plan = self.folder / "plan.yaml"
        self.server = self.serve(self.plan, arguments=("--no-watch",))
        self.before = self.state()

    def state(self):
        """What clients see of the zone, the serial included."""
        names = [("bad.example", "SOA"), ("_orders._tcp.prod.bad.example", "SRV"),
                 ("_hydrogen-http._tcp.prod.bad.example", "SRV"), ("www.bad.example", "A"), ("x.bad.example", "A")]
        return [scenario.records(answer.answer) | {scenario.rcode(answer)}
                for answer in (self.server.ask(name, rrtype) for name, rrtype in names)]

    def test_of_a_plan_leave_the_server_as_it_was(self):
        self.start(PLAN, RECORDS)
        self.judge(MISTAKES)
        self.serves_what_is_right(RECORDS)

    def test_of_a_whole_zone_leave_the_server_as_it_was(self):
        self.start("zone: bad.example\nrecords: records.zone\n", WHOLE)
        self.judge(MISTAKES_IN_WHOLE)
        self.serves_what_is_right(WHOLE)

    def judge(self, mistakes):
        self.assertIn("NXDOMAIN", self.before[-1])
        for what, name, octets, expected in mistakes:
            with self.subTest(what):
                seen = len(self.server.log)
                self.put(name, octets)
                self.server.reload()
                scenario.wait_until(lambda: "nothing was reloaded" in self.server.log[seen:], 10,
                                    "the log to tell of it")
                self.assertRegex(self.server.log[seen:], expected)
                self.assertEqual(self.state(), self.before)
                checked = scenario.portolan("check", self.plan)
                self.assertEqual(checked.returncode, 2)
                self.assertRegex(checked.stdout + checked.stderr, expected)
            for file, text in self.good.items():
                self.put(file, text)

    def serves_what_is_right(self, records):
        """And it has not lost the way: good files are served."""
        self.put("records.zone", records + "x A 10.9.0.2\n")
        self.server.reload()
        scenario.wait_until(lambda: self.state()[-1] == {"NOERROR", "x.bad.example. 3600 IN A 10.9.0.2"}, 10,
                            "the good files to be served")

    def put(self, name, octets):
        path = self.folder / name
        if path.is_dir():
            path.rmdir()
        if octets is None:
            path.unlink()
            path.mkdir()
        else:
            self.replace(name, octets)


if __name__ == "__main__":
    scenario.main()
