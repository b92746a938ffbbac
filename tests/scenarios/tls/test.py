"""Clients ask over TLS, and the certificate is replaced under them.

DNS over TLS (RFC 7858) is TLS 1.3 with ALPN "dot" on a port of its own: `--listen-tls`, with
`--tls-certificate` and `--tls-key`. Clients pipeline as over TCP. Who does not shake hands is cut off, and
nobody else notices. Where certificates of clients are asked for, wrong ones are refused. Files that are no
good are told with their cure: at the start it ends there, under SIGHUP the old certificate stays.
"""
# ctest: tsan
# ctest: timeout 240

import contextlib
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import time

import dns.edns
import dns.message
import dns.rcode
from over_tls import Authority, TlsClient
from portolan_scenario import (PROGRAM, LAUNCHER, SLOWNESS, ZONES, Scenario, free_port, main, run_command, wait_until,
                               wire_query)

ELEMENTS = ZONES / "elements.yaml"
NAME = "_hydrogen-ajp._tcp.prod.svc.corp.example"


def query(number, rrtype="SRV", name=NAME):
    return wire_query(name, rrtype, id=number)


def framed(message):
    return struct.pack("!H", len(message)) + message


class OverTls(Scenario):
    """`authority` signs the server's certificate, `clients` those of clients."""

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder, "authority")
        self.clients = Authority(self.folder, "clients")
        self.certificate, self.key = self.authority.certify("ns1.corp.example")
        self.port = free_port()

    def start(self, *arguments):
        self.server = self.serve(ELEMENTS, arguments=[
            "--workers", 2, "--listen-tls", f"127.0.0.1:{self.port}", "--tls-certificate", self.certificate,
            "--tls-key", self.key, *arguments])
        return self.server

    def context(self, alpn=("dot",), certificate=None, newest=None):
        context = ssl.create_default_context(cafile=str(self.authority.root))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if certificate:
            context.load_cert_chain(*map(str, certificate))
        if newest:
            context.maximum_version = newest
        return context

    def connect(self, context=None, **options):
        return TlsClient("127.0.0.1", self.port, context or self.context(), **options)

    def assert_answers(self, client, numbers):
        for number in numbers:
            answer = dns.message.from_wire(client.receive())
            self.assertEqual((answer.id, answer.rcode(), len(answer.answer[0])), (number, dns.rcode.NOERROR, 2))

    def assert_served(self, context=None):
        with self.connect(context) as client:
            client.send(query(9))
            self.assert_answers(client, [9])

    def assert_closed_after(self, client, least, most):
        """The client's plain socket sees the end within these seconds."""
        client.settimeout(most * SLOWNESS)
        begin = time.monotonic()
        with contextlib.suppress(ConnectionResetError):
            while client.recv(4096):
                pass
        self.assertGreater(time.monotonic() - begin, least)

    def counts(self):
        times = self.server.log.count("queries: udp") + 1
        self.server.signal(10)  # SIGUSR1
        found = self.server.wait_for_log(r"tls: accepted (\d+), failed (\d+)", times=times)
        return tuple(map(int, found.groups()))

    def assert_counts(self, accepted, failed):
        """In a moment: a client may see its end before the server has counted it."""
        wait_until(lambda: self.counts() == (accepted, failed), what=f"{accepted} accepted, {failed} failed")


class AClientAsks(OverTls):
    def setUp(self):
        super().setUp()
        self.start()

    def test_with_kdig_and_dig(self):
        kdig = run_command("kdig", "@127.0.0.1", "-p", self.port, f"+tls-ca={self.authority.root}",
                           "+tls-hostname=ns1.corp.example", NAME, "SRV")
        self.assertEqual(kdig.returncode, 0, kdig.stderr)
        self.assertIn("TLS1.3", kdig.stdout)
        self.assertIn("10 100 10104 jb1.prod", kdig.stdout)
        dig = run_command("dig", "@127.0.0.1", "-p", self.port, "+tls", f"+tls-ca={self.authority.root}",
                          "+tls-hostname=ns1.corp.example", "+short", NAME, "SRV")
        self.assertIn("10 100 10104 jb1.prod", dig.stdout)

    def test_with_kdig_by_the_pin_that_the_log_tells(self):
        pin = self.server.wait_for_log(r"pin-sha256 (\S+)").group(1)
        ask = ["kdig", "@127.0.0.1", "-p", self.port, "+retry=0", NAME, "SRV"]
        self.assertEqual(run_command(*ask, f"+tls-pin={pin}").returncode, 0)
        wrong = "A" * 43 + "="
        self.assertNotIn("10104", run_command(*ask, f"+tls-pin={wrong}").stdout)

    def test_padding_with_kdig(self):
        ask = ["kdig", "@127.0.0.1", "-p", self.port, "+tls", NAME, "SRV"]
        self.assertRegex(run_command(*ask, "+padding").stdout, r"PADDING: \d+ B[^$]*;; Received 468 B")
        self.assertNotIn("PADDING", run_command(*ask, "+nopadding").stdout)
        self.assertIn("PADDING", run_command(*ask).stdout)   # kdig pads by itself over TLS

    def test_keepalive(self):
        asked = dns.message.make_query(NAME, "SRV", options=[dns.edns.GenericOption(11, b"")])
        with self.connect() as client:
            client.send(asked.to_wire())
            told = dns.message.from_wire(client.receive()).options
        self.assertEqual([(each.otype, each.data) for each in told], [(11, b"\0\x64")])   # ten seconds

    def test_many_queries_at_once(self):
        with self.connect() as client:
            client.send(*(query(number) for number in range(400)))
            self.assert_answers(client, range(400))

    def test_one_query_a_record(self):
        """What TLS has taken from the system is not told of again."""
        with self.connect() as client:
            for number in range(4000):
                client.socket.send(framed(query(number)))
            self.assert_answers(client, range(4000))

    def test_more_than_one_turn_reads(self):
        with self.connect(seconds=20) as client:
            large = query(1)[:-1] + b"\x01" + bytes(60000)   # octets behind the question: FORMERR
            for _ in range(3):
                client.send(*[large] * 12, query(2))
                for _ in range(12):
                    self.assertEqual(client.receive()[:2], b"\x00\x01")
                self.assert_answers(client, [2])

    def test_split_anywhere(self):
        octets = framed(query(1)) + framed(query(2))
        for split in (1, 2, 3, len(octets) // 2, len(octets) - 1):
            with self.subTest(split=split), self.connect() as client:
                client.send_raw(octets[:split])
                time.sleep(0.02)
                client.send_raw(octets[split:])
                self.assert_answers(client, [1, 2])

    def test_closing_its_side_before_the_answers(self):
        with self.connect() as client:
            client.send(*(query(number) for number in range(300)))
            client.half_close()
            self.assert_answers(client, range(300))
            self.assertIsNone(client.receive())

    def test_reading_late(self):
        with self.connect(seconds=20) as client:
            for number in range(15000):
                client.send_raw(framed(query(number)))
                if number == 3000:
                    client.socket.settimeout(0.3)
                    break
            time.sleep(0.3)
            client.socket.settimeout(20)
            self.assert_answers(client, range(3001))

    def test_protocols(self):
        rows = [  # ALPN, newest version, what was chosen (None: refused)
            (("dot",), None, "dot"),
            (("h2", "dot"), None, "dot"),
            ((), None, ""),
            (("h2",), None, None),
            (("DOT",), None, None),
            (("dot",), ssl.TLSVersion.TLSv1_2, None),
        ]
        for alpn, newest, chosen in rows:
            with self.subTest(alpn=alpn, newest=newest):
                context = self.context(alpn, newest=newest)
                if chosen is None:
                    with self.assertRaises(ssl.SSLError):
                        self.connect(context).close()
                else:
                    with self.connect(context) as client:
                        self.assertEqual(client.socket.selected_alpn_protocol() or "", chosen)
                        self.assertEqual(client.socket.version(), "TLSv1.3")
                        client.send(query(1))
                        self.assert_answers(client, [1])
        self.server.wait_for_log("cannot speak TLS with 127.0.0.1:[0-9]+: no application protocol")
        self.assert_counts(len(rows), 3)

    def test_resuming_a_session_at_any_worker(self):
        context = self.context()
        with self.connect(context) as client:
            client.send(query(1))
            self.assert_answers(client, [1])
            session = client.socket.session
        for _ in range(8):
            with self.connect(context, session=session) as client:
                self.assertTrue(client.socket.session_reused)
                client.send(query(1))
                self.assert_answers(client, [1])

    def test_early_data_is_not_taken(self):
        told = run_command("openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-alpn", "dot", stdin="Q\n")
        self.assertNotRegex(told.stdout, "Max Early Data: [1-9]")


class AClientMisbehaves(OverTls):
    def test_in_the_handshake(self):
        """It says nothing, half of something, or octet after octet: five seconds, no more."""
        self.start("--tcp-idle", 60)
        hello = self.first_octets()
        begin = time.monotonic()
        with contextlib.ExitStack() as stack:
            silent, half, dribbling = (stack.enter_context(socket.create_connection(("127.0.0.1", self.port)))
                                       for _ in range(3))
            half.sendall(hello[:len(hello) // 2])
            with self.assertRaises(OSError):
                for octet in hello[:-1]:
                    dribbling.sendall(bytes([octet]))
                    time.sleep(0.1)
                    if time.monotonic() - begin > 3:
                        self.assert_served()
            self.assertGreater(time.monotonic() - begin, 4)
            self.assertLess(time.monotonic() - begin, 12 * SLOWNESS)
            self.assert_closed_after(silent, 0, 12)
            self.assert_closed_after(half, 0, 12)

    def first_octets(self):
        """What a client sends first."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.context().wrap_bio(incoming, outgoing, server_hostname="ns1.corp.example")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        return outgoing.read()

    def test_with_something_else_than_tls(self):
        self.start()
        rows = [b"GET / HTTP/1.0\r\n\r\n", framed(query(1)), os.urandom(3000), b"\x16\x03\x01\xff\xff" + bytes(70000),
                b"\x16\x03\x01\x00\x05hello", b"\x15\x03\x03\x00\x02\x02\x28"]
        for octets in rows:
            with self.subTest(octets=octets[:20]), socket.create_connection(("127.0.0.1", self.port)) as client:
                with contextlib.suppress(ConnectionError):
                    client.sendall(octets)
                self.assert_closed_after(client, 0, 3)
        self.assert_served()
        self.assert_counts(len(rows) + 1, len(rows))

    def test_leaving_in_the_middle(self):
        self.start()
        hello = self.first_octets()
        files = self.server.open_files()
        for size in (0, 1, 5, 100, len(hello)):
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", self.port)) as client:
                    client.sendall(hello[:size])
        wait_until(lambda: self.server.open_files() <= files, what="their descriptors to be closed")
        self.assert_served()

    def test_altered_octets_after_the_handshake(self):
        self.start()
        with self.connect() as client:
            socket.socket.send(client.socket, b"\x17\x03\x03\x00\x20" + bytes(32))
            with self.assertRaises((ssl.SSLError, ConnectionResetError)):
                client.socket.recv(1)
        self.assert_served()

    def test_silent_it_is_told_goodbye(self):
        self.start("--tcp-idle", 1)
        with self.connect() as client:
            begin = time.monotonic()
            self.assertEqual(client.socket.recv(1), b"")   # SSLEOFError without close_notify
            self.assertGreater(time.monotonic() - begin, 0.8)

    def test_dribbling_a_message(self):
        self.start("--tcp-idle", 60)
        with self.connect(seconds=0.2) as client:
            begin = time.monotonic()
            client.send_raw(b"\xff\xff")
            with self.assertRaises(OSError):
                while time.monotonic() - begin < 20 * SLOWNESS:
                    client.send_raw(b"x")
                    time.sleep(0.1)
            self.assertLess(time.monotonic() - begin, 12 * SLOWNESS)

    def test_more_connections_than_its_share(self):
        """Those over TCP and those over TLS are counted together."""
        self.start("--tcp-per-client", 4)
        with contextlib.ExitStack() as stack:
            for _ in range(2):
                clear = stack.enter_context(self.server.tcp())
                clear.send(query(1))
                self.assert_answers(clear, [1])  # so it has been taken in, and counts
                stack.enter_context(self.connect())
            with self.assertRaises(OSError):
                self.connect().close()
            other = stack.enter_context(self.connect(source="127.0.0.2"))
            other.send(query(2))
            self.assert_answers(other, [2])

    def test_while_the_server_ends(self):
        self.start()
        with self.connect() as busy, socket.create_connection(("127.0.0.1", self.port)):
            busy.send(query(1))
            self.assert_answers(busy, [1])
            self.server.process.terminate()
            self.assertEqual(busy.socket.recv(1), b"")
            self.assertEqual(self.server.process.wait(10 * SLOWNESS), 0)


class ClientsHaveCertificates(OverTls):
    def rows(self):
        """What they show, and whether it is good."""
        return [(None, None), (self.clients.certify("resolver.corp.example"), True),
                (self.authority.certify("other.corp.example"), False),
                (self.clients.certify("old.corp.example", days=-1), False)]

    def is_served(self, certificate):
        try:
            self.assert_served(self.context(certificate=certificate))
        except (ssl.SSLError, ConnectionResetError):
            return False
        return True

    def test_who_may_do_without(self):
        self.start("--tls-client-ca", self.clients.root)
        for certificate, good in self.rows():
            with self.subTest(certificate=certificate):
                self.assertEqual(self.is_served(certificate), good is not False)
        self.server.wait_for_log("cannot speak TLS with .*: certificate verify failed: ")

    def test_who_must_not(self):
        self.start("--tls-client-ca", self.clients.root, "--tls-require-client")
        for certificate, good in self.rows():
            with self.subTest(certificate=certificate):
                self.assertEqual(self.is_served(certificate), good is True)
        self.server.wait_for_log("peer did not return a certificate")


class TheCertificateIsReplaced(OverTls):
    def serial(self):
        with self.connect() as client:
            return client.socket.getpeercert()["serialNumber"]

    def reload(self):
        times = len(re.findall("reloaded: nothing changed", self.server.log))
        self.server.reload()
        self.server.wait_for_log("reloaded: nothing changed", times=times + 1)

    def test_by_its_file(self):
        self.start()
        first = self.serial()
        self.authority.certify("ns1.corp.example")
        wait_until(lambda: self.serial() != first, what="the new certificate")

    def test_under_sighup(self):
        self.start("--no-watch")
        first = self.serial()
        with self.connect() as before:
            certificate, key = self.authority.certify("ns1.corp.example")   # over the old files
            second = run_command("openssl", "x509", "-noout", "-serial", "-in", certificate).stdout.split("=")[1].strip()
            self.assertEqual(self.serial(), first)
            self.reload()
            wait_until(lambda: self.serial() == second, what="the new certificate")
            good = key.read_text()
            for text, mode, words in (("", 0o600, "holds none in PEM"), (good[:100], 0o600, "holds none in PEM"),
                                      (good, 0o644, "all users may read"),
                                      (self.clients.key.read_text(), 0o600, "is not that of the certificate")):
                with self.subTest(words):
                    key.write_text(text)
                    key.chmod(mode)
                    self.server.reload()
                    self.server.wait_for_log("TLS goes on with the certificate that it has: .*" + words)
                    self.assertEqual(self.serial(), second)
            self.assertNotIn(good.splitlines()[1], self.server.log)
            key.write_text(good)
            key.chmod(0o600)
            before.send(query(5))
            self.assert_answers(before, [5])

    def test_a_reload_without_a_new_one_keeps_sessions(self):
        self.start()
        context = self.context()
        with self.connect(context) as client:
            client.send(query(1))
            self.assert_answers(client, [1])
            session = client.socket.session
        self.reload()
        with self.connect(context, session=session) as client:
            self.assertTrue(client.socket.session_reused)


class TheFilesAreNoGood(OverTls):
    def refusal(self, *arguments):
        run = run_command(*LAUNCHER, PROGRAM, "serve", ELEMENTS, "--listen", f"127.0.0.1:{free_port()}", *arguments)
        self.assertNotEqual(run.returncode, 0)
        return run.stderr

    def test_at_the_start(self):
        encrypted = self.folder / "encrypted.key"
        run_command("openssl", "pkey", "-in", self.key, "-aes256", "-passout", "pass:secret", "-out", encrypted)
        encrypted.chmod(0o600)
        open_key = self.folder / "open.key"
        shutil.copy(self.key, open_key)
        open_key.chmod(0o644)
        junk = self.write("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        other = self.authority.certify("other.corp.example")[1]
        listen = ["--listen-tls", f"127.0.0.1:{self.port}"]
        good = ["--tls-certificate", self.certificate, "--tls-key", self.key]
        rows = [
            (good, "options are for --listen-tls"),
            (listen, "needs --tls-certificate and --tls-key.*openssl req -x509"),
            (listen + good[:2], "needs --tls-certificate and --tls-key"),
            (listen + good + ["--tls-require-client"], "needs --tls-client-ca"),
            (["--listen-tls", "853", *good], "the port is missing"),
            (listen + ["--tls-certificate", "/nowhere", *good[2:]], "cannot read the certificate /nowhere: No such file"),
            (listen + good[:2] + ["--tls-key", "/nowhere"], "cannot read the private key /nowhere: No such file"),
            (listen + ["--tls-certificate", self.folder, *good[2:]], "cannot read the certificate .*: Is a directory"),
            (listen + ["--tls-certificate", self.key, *good[2:]], "holds no certificate in PEM"),
            (listen + ["--tls-certificate", junk, *good[2:]], "the certificate .*junk.pem is damaged"),
            (listen + good[:2] + ["--tls-key", self.certificate], "holds none in PEM|all users may read"),
            (listen + good[:2] + ["--tls-key", other], "is not that of the certificate"),
            (listen + good[:2] + ["--tls-key", encrypted], "has a passphrase.*openssl pkey"),
            (listen + good[:2] + ["--tls-key", open_key], "all users may read.*chmod o-r"),
            (listen + good + ["--tls-client-ca", self.key], "the clients' CA .* holds no certificate in PEM"),
        ]
        for arguments, words in rows:
            with self.subTest(words):
                self.assertRegex(self.refusal(*arguments), words)

    def test_an_expired_certificate_is_served_with_a_warning(self):
        self.certificate, self.key = self.authority.certify("ns1.corp.example", days=-1)
        self.start()
        self.assertRegex(self.server.log, "the certificate .* has expired on 20")
        context = self.context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.assert_served(context)

    def test_a_port_that_another_program_has(self):
        with socket.create_server(("127.0.0.1", self.port)):
            self.assertRegex(self.refusal("--listen-tls", f"127.0.0.1:{self.port}", "--tls-certificate",
                                          self.certificate, "--tls-key", self.key), "another program has the port")


if __name__ == "__main__":
    main()
