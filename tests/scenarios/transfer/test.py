"""A DNS administrator lets BIND, NSD and Knot follow the zone as secondaries.

The plan names them and a key: `transfer: {to: [...], key: {file: ...}}`. They are told of each change and
fetch it, the difference alone when they can (IXFR), signed by the key (TSIG). What each holds is what the
primary holds, record for record, also after a burst of changes, a `kill -9` and a restart. Who has not
the key, or asks in a wrong way, gets the error that the RFCs have for it, and a line in the log.
"""
# ctest: timeout 300
# ctest: tsan

import base64
import os
import random
import re
import socket
import struct
import sys
import time
import unittest.mock

import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.tsigkeyring
import dns.update

import secondaries
from portolan_scenario import SLOWNESS, Scenario, free_port, main, portolan, rcode, wait_until

ZONE = "svc.corp.example"
KEY_NAME = "transfer.corp.example"

# Changes that the secondaries follow; tools/prove transfers makes them more.
ONE_BY_ONE = int(os.environ.get("PORTOLAN_ONE_BY_ONE", "5"))
IN_A_BURST = int(os.environ.get("PORTOLAN_IN_A_BURST", "30"))

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
soa: {{refresh: 60s, retry: 2s}}
{transfer}
registry:
  services:
    user-api: {{port: 5001, endpoints: [{{host: app1}}, {{host: app2}}]}}
    orders: {{port: 5002, endpoints: [{{host: app2}}]}}
environments:
  prod:
    hosts: {{{hosts}}}
"""


def plan(transfer, hosts=()):
    all_hosts = {"app1": "10.1.0.11", "app2": "10.1.0.12", **dict(hosts)}
    return PLAN.format(transfer=transfer, hosts=", ".join(f"{name}: {at}" for name, at in all_hosts.items()))


def exchange_ixfr(server, query, tcp):
    """The reply, with equal records left apart: SOAs come several times."""
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, server.address, port=server.port, timeout=5 * SLOWNESS, one_rr_per_rrset=True)


def count_soas(reply):
    return sum(rrset.rdtype == dns.rdatatype.SOA for rrset in reply.answer)


class ATransfer(Scenario):
    def setUp(self):
        super().setUp()
        self.port = free_port("127.0.0.1")
        self.own_transfers = 0
        run = portolan("key", "tsig", KEY_NAME, "--file", self.folder / "transfer.key")
        self.assertEqual(run.returncode, 0, run.stderr)
        text = (self.folder / "transfer.key").read_text()
        self.assertEqual(os.stat(self.folder / "transfer.key").st_mode & 0o777, 0o600)
        self.key = (KEY_NAME, re.search(r"algorithm (\S+);", text)[1], re.search(r'secret "(\S+)";', text)[1])
        self.keyring = dns.tsigkeyring.from_text({self.key[0]: (self.key[1], self.key[2])})

    def start(self, transfer, hosts=(), **options):
        self.transfer = transfer
        self.write("plan.yaml", plan(transfer, hosts))
        self.server = self.serve(self.folder / "plan.yaml", port=self.port, state=self.folder / "state", **options)
        return self.server

    def serial(self):
        return self.server.ask(ZONE, "SOA").answer[0][0].serial

    def change(self, hosts):
        """Edits the plan, and waits until the change is served."""
        before = self.serial()
        self.replace("plan.yaml", plan(self.transfer, hosts))
        self.server.reload()
        wait_until(lambda: self.serial() != before, 10, "the change to be served")
        after = self.serial()
        self.assertGreater(after, before)
        return after

    def transfer_text(self, followers):
        to = ", ".join(f'"{each.address}:{each.port}"' for each in followers)
        return f"transfer: {{to: [{to}], key: {{file: transfer.key}}}}"

    def counts(self):
        times = self.server.log.count("transfers: whole") + 1
        self.server.signal(10)
        line = self.server.wait_for_log(r"transfers: whole (\d+), differences (\d+), refused (\d+), failed (\d+)",
                                        times=times)
        return dict(zip(("whole", "differences", "refused", "failed"), map(int, line.groups())))

    def followers(self):
        made = [each(self.folder, ZONE, ("127.0.0.1", self.port), self.key) for each in secondaries.ALL]
        for each in made:
            self.addCleanup(each.stop)
        return made

    def own_records(self):
        self.own_transfers += 1
        return secondaries.records_of("127.0.0.1", self.port, ZONE, self.key)

    def assert_equal_to(self, followers):
        serial = self.serial()
        for each in followers:
            each.wait_for(serial)
        ours = self.own_records()
        for each in followers:
            self.assertEqual(each.records(), ours, each.name)


class SecondariesFollow(ATransfer):
    def allow_ourselves(self, followers):
        text = self.transfer_text(followers)
        return text.replace("key:", "allow: [127.0.0.1], key:")

    def test_changes_in_turn_and_in_a_burst_and_over_kill_9(self):
        followers = self.followers()
        chance = random.Random(1)
        hosts = {f"h{i}": f"10.2.0.{i}" for i in range(1, 40)}
        self.start(self.allow_ourselves(followers), hosts)
        for each in followers:
            each.start()
        self.assert_equal_to(followers)
        at_first = self.counts()
        self.assertGreaterEqual(at_first["whole"], 3)

        def change_some():
            for _ in range(chance.randrange(1, 4)):
                name = f"h{chance.randrange(1, 60)}"
                if name in hosts and chance.random() < 0.3:
                    del hosts[name]
                else:
                    hosts[name] = f"10.2.{chance.randrange(256)}.{chance.randrange(1, 255)}"
            hosts["mark"] = f"10.3.{chance.randrange(256)}.{chance.randrange(1, 255)}"

        for _ in range(ONE_BY_ONE):
            change_some()
            serial = self.change(hosts)
            for each in followers:
                each.wait_for(serial)
        self.assert_equal_to(followers)
        for _ in range(IN_A_BURST // 2):
            change_some()
            self.change(hosts)
        self.assert_equal_to(followers)
        now = self.counts()
        self.assertGreaterEqual(now["differences"] - at_first["differences"], 3 * ONE_BY_ONE)
        self.assertEqual(now["failed"], 0)
        # The transfers of the test itself are whole ones; the secondaries' were differences.
        self.assertEqual(now["whole"] - at_first["whole"], self.own_transfers - 1)

        change_some()
        serial = self.change(hosts)
        self.server.expected_status = -9
        self.server.process.kill()  # while the secondaries are about to fetch it
        self.server.process.wait()
        self.server = self.serve(self.folder / "plan.yaml", port=self.port, state=self.folder / "state")
        self.assertEqual(self.serial(), serial)
        for _ in range(IN_A_BURST // 2):
            change_some()
            self.change(hosts)
        self.own_transfers = 0
        self.assert_equal_to(followers)
        after = self.counts()
        self.assertGreaterEqual(after["differences"], 3, "the journal did not survive")
        self.assertEqual(after["whole"], self.own_transfers)
        print(f"{now['differences'] + after['differences']} differences, {now['whole'] - 1} whole zones "
              f"of which {at_first['whole'] - 1} at first", file=sys.stderr)


class WrongRequests(ATransfer):
    """Each gets the standard's answer and a line in the log, and the zone goes on being served."""

    def setUp(self):
        super().setUp()
        self.start("transfer: {allow: [127.0.0.0/30], key: {file: transfer.key}}")
        self.change({"app3": "10.1.0.13"})

    def query(self, rrtype="AXFR", keyring=None, fudge=300, serial=None):
        query = dns.message.make_query(ZONE, rrtype, use_edns=-1)
        query.flags &= ~dns.flags.RD
        if serial is not None:
            soa = f"ns1.{ZONE}. dns.corp.example. {serial} 60 2 1209600 5"
            query.authority.append(dns.rrset.from_text(ZONE + ".", 0, "IN", "SOA", soa))
        if keyring is not None:
            query.use_tsig(keyring, fudge=fudge)
        return query

    def wire(self, query, at=None):
        """Signed as if it were another time."""
        with unittest.mock.patch("time.time", lambda: at or time.mktime(time.localtime())):
            return query.to_wire()

    def raw(self, wire, tcp=True):
        """The reply's octets: rcode, the TSIG's error, whether it has a MAC, and the number of answers."""
        if tcp:
            with self.server.tcp() as client:
                client.send(wire)
                octets = client.receive()
        else:
            octets = self.server.udp(wire)
        self.assertIsNotNone(octets)
        _, flags, _, answers, _, additional = struct.unpack("!6H", octets[:12])
        error, has_mac = None, None
        if additional:
            name = octets.rindex(b"\x0bhmac-")
            rest = octets[octets.index(b"\0", name) + 1:]
            mac = struct.unpack("!H", rest[8:10])[0]
            error, has_mac = struct.unpack("!H", rest[12 + mac:14 + mac])[0], mac > 0
        return flags & 15, error, has_mac, answers

    def test_signatures(self):
        now = int(time.time())
        other = dns.tsigkeyring.from_text({"other.example": (self.key[1], self.key[2])})
        wrong = dns.tsigkeyring.from_text({self.key[0]: (self.key[1], base64.b64encode(b"x" * 32).decode())})
        good = self.wire(self.query(keyring=self.keyring))
        tsig = good[good.index(b"\0\0\xfc\0\x01") + 5:]
        doubled = bytearray(good + tsig)
        doubled[11] = 2
        short = self.with_mac_of(good, 16)
        rows = [  # what, the message, rcode, TSIG error, has a MAC
            ("an unknown key", self.wire(self.query(keyring=other)), 9, 17, False),
            ("a wrong secret", self.wire(self.query(keyring=wrong)), 9, 16, False),
            ("expired", self.wire(self.query(keyring=self.keyring), now - 1000), 9, 18, True),
            ("from the future", self.wire(self.query(keyring=self.keyring), now + 1000), 9, 18, True),
            ("truncated, as far as may be", short, 9, 22, True),
            ("truncated too far", self.with_mac_of(good, 8), 1, None, None),
            ("doubled", bytes(doubled), 1, None, None),
            ("none", self.wire(self.query()), 5, None, None),
            ("a SOA query with a wrong secret", self.wire(self.query("SOA", wrong)), 9, 16, False),
        ]
        for what, message, code, error, has_mac in rows:
            with self.subTest(what):
                self.assertEqual(self.raw(message), (code, error, has_mac, 0))
                if "SOA" in what:
                    self.assertEqual(self.raw(message, tcp=False), (code, error, has_mac, 0))
        for words in ("BADKEY", "BADSIG", "BADTIME", "BADTRUNC", "malformed TSIG", "without a key"):
            self.assertIn(words, self.server.log)
        self.assertEqual(rcode(self.server.ask(ZONE, "SOA")), "NOERROR")

    @staticmethod
    def with_mac_of(message, size):
        """The message with its 32 octets of MAC cut to `size`."""
        start = message.rindex(b"\0 ", 0, len(message) - 6 - 32) + 2
        assert start + 32 + 6 == len(message)
        cut = 32 - size
        message = bytearray(message[:start + size] + message[start + 32:])
        struct.pack_into("!H", message, start - 2, size)
        at = message.rindex(b"\x0bhmac-") - 2
        struct.pack_into("!H", message, at, struct.unpack_from("!H", message, at)[0] - cut)
        return bytes(message)

    def test_a_signed_query_is_answered_signed(self):
        for tcp in (False, True):
            reply = self.server.exchange(self.query("SOA", self.keyring), tcp=tcp)  # verified by dnspython
            self.assertTrue(reply.had_tsig)
            self.assertEqual(reply.answer[0].rdtype, dns.rdatatype.SOA)

    def test_serials(self):
        before = self.serial()
        after = self.change({"app3": "10.1.0.14"})
        rows = [  # what, the client's serial, over TCP, SOAs in the answer
            ("ours", after, True, 1),
            ("from the future", after + 1000, True, 1),
            ("from the future, over UDP", after + 1000, False, 1),
            ("long past: the whole zone", 1, True, 2),
            ("long past, over UDP: the SOA alone", 1, False, 1),
            ("the one before: a difference", before, True, 4),
            ("the one before, over UDP", before, False, 4),
        ]
        for what, serial, tcp, soas in rows:
            with self.subTest(what):
                reply = exchange_ixfr(self.server, self.query("IXFR", self.keyring, serial=serial), tcp)
                self.assertEqual(count_soas(reply), soas)
                self.assertTrue(reply.had_tsig)

    def test_malformed_and_unsupported(self):
        notify = dns.message.make_query(ZONE, "SOA", use_edns=-1)
        notify.set_opcode(dns.opcode.NOTIFY)
        update = dns.update.Update(ZONE)
        update.add("new", 60, "A", "192.0.2.1")
        elsewhere = dns.message.make_query("other.example", "AXFR")
        below = dns.message.make_query(f"prod.{ZONE}", "AXFR")
        rows = [  # what, message, over TCP, rcode
            ("IXFR without a SOA", self.query("IXFR", self.keyring), True, "FORMERR"),
            ("IXFR without a SOA over UDP", self.query("IXFR", self.keyring), False, "FORMERR"),
            ("AXFR over UDP", self.query("AXFR", self.keyring), False, "FORMERR"),
            ("AXFR of a zone that is not here", elsewhere, True, "NOTAUTH"),
            ("AXFR of what is below the zone", below, True, "NOTAUTH"),
            ("NOTIFY", notify, False, "NOTIMP"),
            ("UPDATE", update, True, "NOTIMP"),
        ]
        for what, message, tcp, code in rows:
            with self.subTest(what):
                self.assertEqual(rcode(self.server.exchange(message, tcp=tcp)), code)

    def test_an_address_outside_the_plan(self):
        wire = self.query("AXFR", self.keyring).to_wire()
        with self.server.tcp(source="127.0.0.99") as client:
            client.send(wire)
            self.assertEqual(client.receive()[3] & 15, 5)

    def test_queries_behind_a_transfer_on_the_same_connection(self):
        with self.server.tcp() as client:
            client.send(self.query("SOA"), self.query("AXFR", self.keyring), self.query("SOA"))
            replies = [client.receive() for _ in range(3)]
        self.assertEqual([struct.unpack("!H", reply[6:8])[0] for reply in (replies[0], replies[2])], [1, 1])
        self.assertGreater(struct.unpack("!H", replies[1][6:8])[0], 10)


class Troubles(ATransfer):
    def large_zone(self, serial):
        """More than the system's own buffers take: 8 MB."""
        lines = [f"$TTL 60\n@ SOA ns dns {serial} 60 2 1209600 5\n@ NS ns\nns A 192.0.2.53\n"]
        lines += [f"t{i} TXT {'x' * 250}\n" for i in range(30000)]
        self.replace("large.zone", "".join(lines))

    def test_clients_that_stall_are_dropped_and_disturb_nobody(self):
        self.large_zone(1)
        self.write("plan.yaml", f"zone: {ZONE}\nrecords: large.zone\ntransfer: {{allow: [127.0.0.0/8]}}\n")
        self.server = self.serve(self.folder / "plan.yaml", port=self.port, arguments=["--workers", "1"])
        query = dns.message.make_query(ZONE, "AXFR").to_wire()
        stalled = []
        for _ in range(20):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", self.port))
            client.sendall(struct.pack("!H", len(query)) + query)
            stalled.append(client)
            self.addCleanup(client.close)
        vanished = socket.create_connection(("127.0.0.1", self.port))
        vanished.sendall(struct.pack("!H", len(query)) + query)
        vanished.close()
        self.assertEqual(len(secondaries.records_of("127.0.0.1", self.port, ZONE)), 30003)
        for _ in range(20):
            began = time.monotonic()
            self.assertEqual(rcode(self.server.ask(ZONE, "SOA")), "NOERROR")
            self.assertLess(time.monotonic() - began, 0.5 * SLOWNESS)
        self.large_zone(2)   # while they hold what they are sent
        self.server.reload()
        wait_until(lambda: self.serial() == 2, 20, "the change to be served")
        wait_until(lambda: self.counts()["failed"] >= 20, 40, "the stalled clients to be dropped")

    def test_a_folder_that_cannot_be_written_any_more(self):
        self.start("transfer: {allow: [127.0.0.1]}")
        first = self.serial()
        state = self.folder / "state"
        (state / "svc.corp.example.journal.new").mkdir()   # so that the journal cannot be begun
        self.change({"app3": "10.1.0.13"})
        self.server.wait_for_log(r"cannot write the journal .*\.journal")
        self.assertNotEqual(self.serial(), first)
        query = dns.message.make_query(ZONE, "IXFR")
        soa = f"ns1.{ZONE}. dns.corp.example. {first} 60 2 1209600 5"
        query.authority.append(dns.rrset.from_text(ZONE + ".", 0, "IN", "SOA", soa))
        self.assertEqual(count_soas(exchange_ixfr(self.server, query, tcp=True)), 4)   # from memory

    def test_key_files_that_are_no_good(self):
        self.start("transfer: {allow: [127.0.0.1], key: {file: transfer.key}}")
        key = self.folder / "transfer.key"
        good = key.read_text()
        for text, mode, words in (("key \"a\" {", 0o600, "key-file"), (good, 0o644, "all users may read"),
                                  (good.replace("hmac-sha256", "hmac-md5"), 0o600, "none of those that are safe")):
            with self.subTest(words):
                key.write_text(text)
                key.chmod(mode)
                self.server.reload()
                self.server.wait_for_log(words)
                self.assertNotEqual(self.own_records(), [])   # as it was
                run = portolan("check", self.folder / "plan.yaml")
                self.assertEqual(run.returncode, 2)


if __name__ == "__main__":
    main()
