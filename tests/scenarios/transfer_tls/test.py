"""A DNS administrator gives the zone to BIND and NSD over TLS alone, by their certificates (RFC 9103).

`transfer: {over: tls, certificate: [...]}` in the plan, beside addresses and key. What they hold is what the
primary holds, at first by a large AXFR, then by IXFR after each change. Who comes in the clear, without the
certificate, or without the key, is refused and told so in the log. Knot of Debian 12 knows no TLS: it goes on
in the clear where the plan says so.
"""
# ctest: timeout 240
# ctest: tsan

import re
import socket
import ssl
import struct
import sys

import dns.message
import dns.rcode
import dns.rdatatype
import dns.tsigkeyring

import secondaries
from over_tls import Authority, TlsClient
from portolan_scenario import SLOWNESS, Scenario, free_port, main, portolan, wait_until

ZONE = "svc.corp.example"
NAME = "ns1.corp.example"
KEY_NAME = "transfer.corp.example"
CHANGES = 5

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
soa: {{refresh: 60s, retry: 2s}}
transfer: {transfer}
records: large.zone
environments:
  prod:
    hosts: {{app1: 10.1.0.11, app2: 10.1.{number}.12}}
"""


class OverTls(Scenario):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder, "authority")
        self.clients = Authority(self.folder, "clients")
        self.port, self.tls_port = free_port(), free_port()
        run = portolan("key", "tsig", KEY_NAME, "--file", self.folder / "transfer.key")
        self.assertEqual(run.returncode, 0, run.stderr)
        text = (self.folder / "transfer.key").read_text()
        self.key = (KEY_NAME, re.search(r"algorithm (\S+);", text)[1], re.search(r'secret "(\S+)";', text)[1])

    def start(self, transfer, lines=50, tls=True):
        self.write("large.zone", "".join(f"t{i} 60 TXT {'x' * 250}\n" for i in range(lines)))
        self.transfer = transfer
        self.write("plan.yaml", PLAN.format(transfer=transfer, number=0))
        certificate, key = self.authority.certify(NAME)
        options = ["--listen-tls", f"127.0.0.1:{self.tls_port}", "--tls-certificate", certificate, "--tls-key", key,
                   "--tls-client-ca", self.clients.root] if tls else []
        self.server = self.serve(self.folder / "plan.yaml", port=self.port, arguments=["--workers", 2, *options])

    def serial(self):
        return self.server.ask(ZONE, "SOA").answer[0][0].serial

    def change(self, number):
        before = self.serial()
        self.replace("plan.yaml", PLAN.format(transfer=self.transfer, number=number))
        self.server.reload()
        wait_until(lambda: self.serial() != before, 10, "the change to be served")
        return self.serial()

    def counts(self):
        times = self.server.log.count("transfers: whole") + 1
        self.server.signal(10)
        line = self.server.wait_for_log(r"transfers: whole (\d+), differences (\d+), refused (\d+), failed (\d+)",
                                        times=times)
        return dict(zip(("whole", "differences", "refused", "failed"), map(int, line.groups())))

    def connect(self, name=None, authority=None):
        """Over TLS, with a certificate of this name."""
        context = ssl.create_default_context(cafile=str(self.authority.root))
        context.set_alpn_protocols(["dot"])
        if name:
            context.load_cert_chain(*map(str, (authority or self.clients).certify(name)))
        return TlsClient("127.0.0.1", self.tls_port, context, seconds=20)

    def query(self, rrtype="AXFR", key=True):
        query = dns.message.make_query(ZONE, rrtype, use_edns=-1)
        if key:
            query.use_tsig(dns.tsigkeyring.from_text({self.key[0]: (self.key[1], self.key[2])}), KEY_NAME)
        return query.to_wire()


class SecondariesFollow(OverTls):
    def follow(self, each, certificate):
        follower = each(self.folder, ZONE, ("127.0.0.1", self.tls_port), self.key,
                        secondaries.PrimaryOverTls(NAME, self.authority.root, self.clients.certify(certificate)))
        self.addCleanup(follower.stop)
        return follower

    def test_by_certificate_and_key(self):
        followers = [self.follow(secondaries.Bind, "bind.corp.example"), self.follow(secondaries.Nsd, "nsd.corp.example")]
        knot = secondaries.Knot(self.folder, ZONE, ("127.0.0.1", self.port), self.key)
        self.addCleanup(knot.stop)
        to = ", ".join(f'"{each.address}:{each.port}"' for each in followers)
        self.start(f'{{over: tls, certificate: [bind.corp.example, nsd.corp.example], key: {{file: transfer.key}}, '
                   f'to: [{to}, {{address: "{knot.address}:{knot.port}", over: any}}]}}', lines=8000)
        followers.append(knot)
        for each in followers:
            each.start()
        for each in followers:
            each.wait_for(self.serial(), 60)
        at_first = self.counts()
        for number in range(1, CHANGES + 1):
            serial = self.change(number)
            for each in followers:
                each.wait_for(serial)
        own = secondaries.records_of(knot.address, knot.port, ZONE)
        self.assertGreater(len(own), 8000)
        for each in followers:
            with self.subTest(each.name):
                self.assertEqual(each.records(), own)
        now = self.counts()
        print(f"{now['whole']} whole zones, {now['differences']} differences, {now['refused']} refused", file=sys.stderr)
        self.assertEqual(now["whole"], at_first["whole"])
        self.assertGreaterEqual(now["differences"] - at_first["differences"], 3 * CHANGES)
        # NSD 4.6 shows its certificate from its second connection on.
        self.assertLessEqual(at_first["refused"], 1, self.server.log)
        self.assertEqual((now["refused"], now["failed"]), (at_first["refused"], 0), self.server.log)


class WhoMay(OverTls):
    def rcode(self, client, **options):
        with client:
            client.send(self.query(**options))
            return dns.rcode.to_text(client.receive()[3] & 15)

    def test_the_clear_the_certificate_and_the_key(self):
        self.start("{over: tls, certificate: NS2.corp.example, key: {file: transfer.key}, allow: [127.0.0.0/8]}")
        rows = [
            ("in the clear", self.server.tcp, {}, "REFUSED", "with this key, not over TLS"),
            ("in the clear, by IXFR", self.server.tcp, {"rrtype": "IXFR"}, "REFUSED", ""),
            ("without a certificate", self.connect, {}, "REFUSED", "with this key, over TLS without a certificate"),
            ("by another name", lambda: self.connect("ns3.corp.example"), {}, "REFUSED", "over TLS as ns3.corp.example"),
            ("without the key", lambda: self.connect("ns2.corp.example"), {"key": False}, "REFUSED",
             "without a key, over TLS as ns2.corp.example"),
            ("as it should be", lambda: self.connect("ns2.corp.example"), {}, "NOERROR", "AXFR of svc.corp.example"),
        ]
        for what, connect, options, code, words in rows:
            with self.subTest(what):
                self.assertEqual(self.rcode(connect(), **options), code)
                self.server.wait_for_log(words)
        with self.assertRaises((ssl.SSLError, ConnectionResetError)):
            self.rcode(self.connect("ns2.corp.example", self.authority))
        self.assertEqual(dns.rcode.to_text(self.server.udp(self.query("IXFR"))[3] & 15), "REFUSED")

    def test_over_tls_without_certificates(self):
        self.start("{over: tls, allow: [127.0.0.1]}")
        self.assertEqual(self.rcode(self.connect(), key=False), "NOERROR")
        self.assertEqual(self.rcode(self.server.tcp(), key=False), "REFUSED")

    def test_what_the_command_line_does_not_offer_is_told(self):
        self.start("{over: tls, allow: [127.0.0.1]}", tls=False)
        self.server.wait_for_log("the plan gives svc.corp.example. over TLS alone, and nothing listens for it: --listen-tls")


class Troubles(OverTls):
    def setUp(self):
        super().setUp()
        self.start("{over: tls, allow: [127.0.0.0/8]}", lines=30000)

    def records_of_stream(self, client):
        """How many records come, until the SOA again."""
        count, soas = 0, 0
        while soas < 2:
            message = dns.message.from_wire(client.receive(), one_rr_per_rrset=True, xfr=True)
            count += len(message.answer)
            soas += sum(rrset.rdtype == dns.rdatatype.SOA for rrset in message.answer)
        return count

    def test_queries_behind_a_transfer_on_the_same_connection(self):
        with self.connect() as client:
            for _ in range(2):
                client.send(self.query("SOA", key=False), self.query(key=False), self.query("SOA", key=False))
                self.assertEqual(struct.unpack("!H", client.receive()[6:8])[0], 1)
                self.assertGreater(self.records_of_stream(client), 30000)
                self.assertEqual(struct.unpack("!H", client.receive()[6:8])[0], 1)

    def test_clients_that_vanish_or_stall(self):
        for abort in (False, True):
            client = self.connect()
            client.send(self.query(key=False))
            client.receive()
            if abort:   # a reset
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        stalled = [self.connect() for _ in range(5)]
        for client in stalled:
            self.addCleanup(client.close)
            client.send(self.query(key=False))
        with self.connect() as client:
            client.send(self.query(key=False))
            self.assertGreater(self.records_of_stream(client), 30000)
        wait_until(lambda: self.counts()["failed"] >= 7, 40, "those who stall to be dropped")
        self.assertEqual(dns.rcode.to_text(self.server.ask(ZONE, "SOA").rcode()), "NOERROR")

    def test_ending_while_one_is_sent(self):
        client = self.connect()
        self.addCleanup(client.close)
        client.send(self.query(key=False))
        client.receive()
        self.server.process.terminate()
        self.assertEqual(self.server.process.wait(15 * SLOWNESS), 0)


if __name__ == "__main__":
    main()
