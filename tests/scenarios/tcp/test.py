"""Clients come over TCP, and not all of them behave.

A client may send many queries at once, split them anywhere, and close its side as soon as it has asked: it
gets every answer (RFC 7766 6.2.1). One that is silent, dribbles, or opens more connections than its share
is cut off, and nobody else notices.
"""
# ctest: tsan

import contextlib
import socket
import struct
import time
import unittest

import dns.message
import dns.rcode
from portolan_scenario import SANITIZED, SLOWNESS, ZONES, Scenario, Server, main, wait_until, wire_query

ELEMENTS = ZONES / "elements.yaml"
NAME = "_hydrogen-ajp._tcp.prod.svc.corp.example"


def query(number, rrtype="SRV", name=NAME):
    return wire_query(name, rrtype, id=number)


def framed(message):
    return struct.pack("!H", len(message)) + message


class AClientAsks(Scenario):
    def setUp(self):
        super().setUp()
        self.server = self.serve(ELEMENTS, arguments=["--workers", 2])

    def assert_answers(self, client, numbers):
        for number in numbers:
            answer = dns.message.from_wire(client.receive())
            self.assertEqual((answer.id, answer.rcode(), len(answer.answer[0])), (number, dns.rcode.NOERROR, 2))

    def test_many_queries_in_one_segment(self):
        with self.server.tcp() as client:
            client.send(*(query(number) for number in range(400)))
            self.assert_answers(client, range(400))

    def test_one_query_after_the_other(self):
        with self.server.tcp() as client:
            for number in range(20):
                client.send(query(number))
                self.assert_answers(client, [number])

    def test_split_anywhere(self):
        octets = framed(query(1)) + framed(query(2))
        for split in (1, 2, 3, len(octets) // 2, len(octets) // 2 + 1, len(octets) - 1):
            with self.subTest(split=split), self.server.tcp() as client:
                client.send_raw(octets[:split])
                time.sleep(0.02)
                client.send_raw(octets[split:])
                self.assert_answers(client, [1, 2])

    def test_the_length_in_two_segments(self):
        with self.server.tcp() as client:
            for octet in framed(query(7)):
                client.send_raw(bytes([octet]))
                time.sleep(0.002)
            self.assert_answers(client, [7])

    def test_closing_its_side_before_the_answers(self):
        with self.server.tcp() as client:
            client.send(*(query(number) for number in range(300)))
            client.half_close()
            self.assert_answers(client, range(300))
            self.assertIsNone(client.receive())

    def test_reading_late(self):
        """More answers than the sockets hold wait until the client takes them; none is lost."""
        with self.server.tcp() as client:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            client.send(*(query(number) for number in range(1500)))
            time.sleep(0.3)
            client.half_close()
            self.assert_answers(client, range(1500))

    def test_with_the_largest_message(self):
        with self.server.tcp() as client:
            padded = query(1) + bytes(65535 - len(query(1)))   # octets behind the question: FORMERR
            client.send(padded, query(2))
            self.assertEqual(client.receive()[:2], b"\x00\x01")
            self.assert_answers(client, [2])

    def test_with_length_zero(self):
        with self.server.tcp() as client:
            client.send_raw(framed(query(1)) + b"\0\0" + framed(query(2)))
            self.assert_answers(client, [1])
            self.assertIsNone(client.receive())

    def test_with_an_answer_instead_of_a_query(self):
        response = bytearray(query(1))
        response[2] |= 0x80
        with self.server.tcp() as client:
            client.send(bytes(response), query(2))
            self.assert_answers(client, [2])

    def test_with_junk(self):
        with self.server.tcp() as client:
            client.send(b"\x01", bytes(11), b"\xff" * 40, query(3))
            while True:
                reply = client.receive()
                if reply[:2] == b"\x00\x03":
                    break
            self.assertEqual(len(dns.message.from_wire(reply).answer[0]), 2)


class AClientMisbehaves(Scenario):
    def assert_closed_after(self, client, least, most):
        begin = time.monotonic()
        self.assertIsNone(client.receive(seconds=most))
        self.assertGreater(time.monotonic() - begin, least)

    def test_silent_from_the_start(self):
        server = self.serve(ELEMENTS, arguments=["--tcp-idle", "1"])
        with server.tcp() as client:
            self.assert_closed_after(client, 0.8, 5)

    def test_silent_after_an_answer(self):
        server = self.serve(ELEMENTS, arguments=["--tcp-idle", "1"])
        with server.tcp() as client:
            time.sleep(0.6)
            client.send(query(1))
            self.assertIsNotNone(client.receive())
            self.assert_closed_after(client, 0.8, 5)

    def test_active_beyond_the_idle_limit(self):
        server = self.serve(ELEMENTS, arguments=["--tcp-idle", "1"])
        with server.tcp() as client:
            for number in range(5):
                client.send(query(number))
                self.assertIsNotNone(client.receive())
                time.sleep(0.4)

    def test_dribbling_a_message(self):
        """Every octet comes in time, the message never does."""
        server = self.serve(ELEMENTS, arguments=["--tcp-idle", "60"])
        with server.tcp(seconds=0.2 / SLOWNESS) as client:
            begin = time.monotonic()
            client.send_raw(b"\xff\xff")
            with self.assertRaises(OSError):
                while time.monotonic() - begin < 20 * SLOWNESS:
                    client.send_raw(b"x")
                    time.sleep(0.1)
            self.assertLess(time.monotonic() - begin, 12 * SLOWNESS)

    def test_more_connections_than_its_share(self):
        server = self.serve(ELEMENTS, arguments=["--tcp-per-client", "5", "--workers", 2])
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(server.tcp()) for _ in range(5)]
            for client in clients:
                client.send(query(1))
                self.assertIsNotNone(client.receive())
            greedy = stack.enter_context(server.tcp())
            self.assertIsNone(greedy.receive())
            other = stack.enter_context(server.tcp(source="127.0.0.2"))
            other.send(query(2))
            self.assertIsNotNone(other.receive())
            clients[0].send(query(3))
            self.assertIsNotNone(clients[0].receive())
            clients[1].close()
            wait_until(lambda: self.is_served(server), what="the place that became free")

    def test_all_places_taken(self):
        """A new client is served at the cost of the one that has been idle longest."""
        server = self.serve(ELEMENTS, arguments=["--tcp-clients", "10", "--workers", 1])
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(server.tcp()) for _ in range(10)]
            for client in clients:
                client.send(query(1))
                self.assertIsNotNone(client.receive())
            self.assertTrue(self.is_served(server))
            self.assertIsNone(clients[0].receive())
            clients[1].send(query(2))
            self.assertIsNotNone(clients[1].receive())

    @staticmethod
    def is_served(server):
        with server.tcp() as client:
            try:
                client.send(query(9))
                return client.receive() is not None
            except OSError:
                return False


# UBSan's check of virtual calls opens a pipe to see whether memory is there, and takes "no descriptor
# left" for "no memory": under it this very situation is a false alarm.
@unittest.skipIf(SANITIZED == "asan", "the sanitizer needs descriptors of its own")
class DescriptorsRunOut(Scenario):
    FILES = 60

    def setUp(self):
        super().setUp()
        self.server = Server([ELEMENTS], self.folder / "server", arguments=["--workers", 1, "--tcp-idle", 60])
        self.server.command[:0] = ["prlimit", f"--nofile={self.FILES}:{self.FILES}", "--"]
        self.addCleanup(self.server.stop_and_judge)
        self.server.start()

    def test_while_clients_are_busy(self):
        """Who is in the middle of a message is not thrown out: new clients wait until others leave."""
        with contextlib.ExitStack() as stack:
            busy = []
            for _ in range(self.FILES):
                busy.append(stack.enter_context(self.server.tcp()))
                busy[-1].send_raw(b"\x00")
                time.sleep(0.01)   # for the server to see that this one is busy before the next one comes
            self.server.wait_for_log("cannot accept TCP clients")
            waiting = stack.enter_context(self.server.tcp(seconds=10))
            waiting.send(query(1))
            for _ in range(50):
                self.assertEqual(len(self.server.srv(NAME)), 2)
            for client in busy:
                client.close()
            self.assertIsNotNone(waiting.receive())
        self.assertEqual(self.server.log.count("cannot accept TCP clients"), 1)

    def test_while_clients_are_idle(self):
        with contextlib.ExitStack() as stack:
            idle = [stack.enter_context(self.server.tcp()) for _ in range(2 * self.FILES)]
            idle[-1].send(query(1))
            self.assertIsNotNone(idle[-1].receive())
            self.assertEqual(len(self.server.srv(NAME)), 2)
            self.assertEqual(len(self.server.srv(NAME, tcp=True)), 2)


if __name__ == "__main__":
    main()
