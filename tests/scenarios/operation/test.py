"""An administrator runs the server: starts it, looks at it, restarts it, stops it.

What is wrong is said before it answers, with the way to put it right. It answers from the address that was
asked, keeps its serials across restarts, and goes only when it has answered what it had received.
"""
# ctest: tsan

import json
import os
import re
import signal
import socket
import struct
import time

from portolan_scenario import SLOWNESS, ZONES, Scenario, free_port, main, portolan, wire_query

ELEMENTS = ZONES / "elements.yaml"
NAME = "_hydrogen-ajp._tcp.prod.svc.corp.example"

PLAN = """\
zone: a.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
registry:
  services:
    user-api: {{port: {port}, endpoints: [{{host: app1}}]}}
environments:
  prod:
    hosts: {{app1: 10.1.0.11}}
"""


def plan(port=5001):
    return PLAN.format(port=port)


class AnAdministratorStarts(Scenario):
    def fails(self, status, *arguments, says):
        result = portolan("serve", *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertRegex(result.stderr, says)
        self.assertEqual(result.stdout, "")

    def test_with_errors_in_a_plan(self):
        path = self.write("a.yaml", plan().replace("app1}", "app9}", 1))
        self.fails(2, path, "--listen", "127.0.0.1:0", says=r"a\.yaml:6:\d+: error: ")

    def test_with_a_plan_that_does_not_exist(self):
        self.fails(2, self.folder / "none.yaml", "--listen", "127.0.0.1:0", says=r"none\.yaml")

    def test_on_a_taken_port(self):
        path = self.write("a.yaml", plan())
        for kind, word in ((socket.SOCK_DGRAM, "udp"), (socket.SOCK_STREAM, "tcp")):
            with self.subTest(word), socket.socket(socket.AF_INET, kind) as other:
                port = free_port()
                other.bind(("127.0.0.1", port))
                if kind == socket.SOCK_STREAM:
                    other.listen()
                self.fails(1, path, "--listen", f"127.0.0.1:{port}",
                           says=f"cannot listen on {word} 127.0.0.1:{port}: .*another program has the port")

    def test_a_second_server_on_the_same_port(self):
        """SO_REUSEPORT would let two servers share the queries in silence."""
        path = self.write("a.yaml", plan())
        first = self.serve(path)
        self.fails(1, path, "--listen", f"127.0.0.1:{first.port}", says="another program has the port")

    def test_on_what_is_no_address(self):
        path = self.write("a.yaml", plan())
        for text, says in (("localhost:53", "names are not resolved"), ("127.0.0.1", "port is missing"),
                           ("::1:53", "brackets"), ("192.0.2.1:5300", "no interface of this host")):
            self.fails(1 if "interface" in says else 2, path, "--listen", text, says=says)

    def test_with_a_state_folder_that_cannot_be_written(self):
        path = self.write("a.yaml", plan())
        self.fails(1, path, "--listen", "127.0.0.1:0", "--state", "/proc/none", says="cannot keep state in '/proc/none'")

    def test_and_reads_where_it_answers(self):
        path = self.write("a.yaml", plan())
        server = self.serve(path)
        self.assertRegex(server.out, rf"\Aportolan: answering 1 zone, \d+ records on udp\+tcp 127\.0\.0\.1:{server.port}\n\Z")

    def test_on_any_free_port(self):
        path = self.write("a.yaml", plan())
        server = self.serve(path, wait=False, arguments=["--listen", "127.0.0.1:0"])
        server.wait_until_answering()
        port = int(re.search(r"127\.0\.0\.1:(\d+)$", server.out).group(1))
        self.assertNotIn(port, (0, server.port))
        query = wire_query("a.example", "SOA")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(query, ("127.0.0.1", port))
            self.assertEqual(client.recv(1000)[:2], query[:2])


class AClientAsks(Scenario):
    """The reply's source is the address that was asked: others are dropped by clients and firewalls."""

    def test_any_address_of_a_wildcard(self):
        port = free_port("0.0.0.0", "::")
        server = self.serve(ELEMENTS, addresses=("0.0.0.0", "::"), port=port)
        for address in ("127.0.0.1", "127.0.0.2", "127.200.3.4", "::1"):
            with self.subTest(address):
                server.address = address
                self.assertEqual([record[2] for record in server.srv(NAME)], [10104, 20104])
                self.assertEqual([record[2] for record in server.srv(NAME, tcp=True)], [10104, 20104])

    def test_several_addresses(self):
        server = self.serve(ELEMENTS, addresses=("127.0.0.1", "127.0.0.3", "::1"))
        for address in ("127.0.0.1", "127.0.0.3", "::1"):
            server.address = address
            self.assertEqual([record[2] for record in server.srv(NAME)], [10104, 20104])
        server.address = "127.0.0.2"
        self.assertIsNone(self.reply_or_none(server))

    @staticmethod
    def reply_or_none(server):
        try:
            return server.udp(wire_query(NAME, "SRV"), seconds=0.5)
        except ConnectionRefusedError:
            return None

    def test_more_workers_than_one_get_their_share(self):
        server = self.serve(ELEMENTS, arguments=["--workers", 4])
        for _ in range(60):
            self.assertEqual(len(server.srv(NAME)), 2)   # a new port each time, so another worker
        for _ in range(20):
            self.assertEqual(len(server.srv(NAME, tcp=True)), 2)


class AnAdministratorRestarts(Scenario):
    def serial_after_a_run(self, expected_status=0):
        server = self.serve(self.folder / "a.yaml", state=self.folder / "state")
        serial = server.ask("a.example", "SOA").answer[0][0].serial
        self.assertEqual(server.stop(), expected_status)
        return serial

    def test_and_finds_the_serial(self):
        self.write("a.yaml", plan())
        first = self.serial_after_a_run()
        self.assertLess(abs(first - time.time()), 600, "the first one is the time")
        time.sleep(1.1)
        self.assertEqual(self.serial_after_a_run(), first, "nothing has changed")
        self.write("a.yaml", plan(5002))
        second = self.serial_after_a_run()
        self.assertGreater(second, first)
        self.write("a.yaml", plan())
        self.assertGreater(self.serial_after_a_run(), second, "also back to what it was is a change")

    def test_after_a_clock_that_ran_ahead(self):
        self.write("a.yaml", plan())
        first = self.serial_after_a_run()
        state = self.folder / "state" / "a.example.serial"
        ahead = first + 100000
        state.write_text(self.checked(state.read_text().replace(f"serial {first}\n", f"serial {ahead}\n")))
        self.assertEqual(self.serial_after_a_run(), ahead)
        self.write("a.yaml", plan(5002))
        self.assertEqual(self.serial_after_a_run(), ahead + 1)

    @staticmethod
    def checked(text):
        """The state file's text with its last line, an FNV-1a hash of the others, made right."""
        body = text[:text.index("check ")]
        value = 0xcbf29ce484222325
        for octet in body.encode():
            value = (value ^ octet) * 0x100000001b3 % 2**64
        return f"{body}check {value:016x}\n"

    def test_with_damaged_state(self):
        self.write("a.yaml", plan())
        first = self.serial_after_a_run()
        state = self.folder / "state" / "a.example.serial"
        whole = state.read_bytes()
        time.sleep(1.1)
        for text in (b"", whole[:-3], whole.replace(b"serial ", b"serial 9"), os.urandom(200)):
            state.write_bytes(text)
            server = self.serve(self.folder / "a.yaml", state=self.folder / "state")
            self.assertGreater(server.ask("a.example", "SOA").answer[0][0].serial, first)
            self.assertRegex(server.log, "a.example.serial: damaged")
            server.stop()

    def test_while_the_old_one_still_runs(self):
        self.write("a.yaml", plan())
        server = self.serve(self.folder / "a.yaml", state=self.folder / "state")
        result = portolan("serve", self.folder / "a.yaml", "--listen", "127.0.0.1:0", "--state", server.state)
        self.assertEqual(result.returncode, 1)
        self.assertIn("another portolan is using it", result.stderr)

    def test_at_once_on_the_same_port(self):
        """Connections of the old run do not keep the new one from its port."""
        path = self.write("a.yaml", plan())
        port = free_port()
        for _ in range(3):
            server = self.serve(path, port=port)
            with server.tcp() as client:
                client.send(wire_query("a.example", "SOA"))
                self.assertIsNotNone(client.receive())
                self.assertEqual(server.stop(), 0)


class AnAdministratorStops(Scenario):
    def test_while_queries_are_on_their_way(self):
        """SIGTERM: what has been received is answered, on UDP and TCP, and the server ends with 0."""
        server = self.serve(ELEMENTS, arguments=["--workers", 1])
        query = wire_query(NAME, "SRV")
        with server.tcp() as client, server.udp_socket() as udp:
            udp.settimeout(5)
            os.kill(server.pid, signal.SIGSTOP)
            for number in range(100):
                udp.send(struct.pack("!H", number) + query[2:])
            client.send(*([query] * 100))
            server.signal(signal.SIGTERM)
            os.kill(server.pid, signal.SIGCONT)
            self.assertEqual({udp.recv(2000)[:2] for _ in range(100)}, {struct.pack("!H", n) for n in range(100)})
            for _ in range(100):
                self.assertIsNotNone(client.receive())
            self.assertIsNone(client.receive())
        self.assertEqual(server.process.wait(10), 0)

    def test_with_idle_and_half_spoken_clients(self):
        server = self.serve(ELEMENTS)
        with server.tcp(), server.tcp() as half:
            half.send_raw(b"\0")
            begin = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - begin, 5)

    def test_impatiently(self):
        """A client that takes no answers holds the end up for a few seconds; a second signal does not wait."""
        server = self.serve(ELEMENTS, arguments=["--workers", 1])
        with server.tcp() as deaf:
            deaf.socket.settimeout(2)   # well before the server's own limit for clients that do not read
            try:
                for _ in range(200):
                    deaf.send(*([wire_query(NAME, "SRV")] * 1000))
            except socket.timeout:
                pass
            begin = time.monotonic()
            server.signal(signal.SIGINT)
            server.wait_for_log("SIGINT: answering what has been received")
            time.sleep(0.3)
            self.assertTrue(server.is_running(), "it waits for the client")
            server.signal(signal.SIGINT)
            self.assertEqual(server.process.wait(10), 1)
            self.assertLess(time.monotonic() - begin, 4 * SLOWNESS)
        server.expected_status = 1


class AnAdministratorLooks(Scenario):
    def test_at_the_counters(self):
        server = self.serve(ELEMENTS)
        for _ in range(3):
            server.srv(NAME)
        server.srv(NAME, tcp=True)
        server.ask("none.svc.corp.example")
        server.ask("elsewhere.example")
        server.signal(signal.SIGUSR1)
        line = server.wait_for_log(r"queries: .*$").group()
        for part in ("udp 5", "tcp 1", "answer 4", "nxdomain 1", "refused 1", "accepted 1"):
            self.assertIn(part, line)

    def test_at_the_log_as_json(self):
        path = self.write("odd \"name\"/a.yaml", plan())
        server = self.serve(path, arguments=["--log-format", "json"])
        self.write("odd \"name\"/a.yaml", "zone: [\u00e9\n")
        server.wait_for_log("nothing was reloaded")
        server.stop()
        entries = [json.loads(line) for line in server.log[len(server.out):].splitlines()]
        self.assertGreater(len(entries), 3)
        for entry in entries:
            self.assertEqual(sorted(entry), ["level", "message", "time"])
        self.assertTrue(any(entry["level"] == "error" and 'odd "name"/a.yaml' in entry["message"] for entry in entries))

    def test_at_quiet_logs(self):
        server = self.serve(ELEMENTS, arguments=["--log-level", "error"])
        server.reload()
        server.srv(NAME)
        server.stop()
        self.assertEqual(server.log, server.out)


if __name__ == "__main__":
    main()
