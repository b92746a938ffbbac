# ctest: timeout 120
# ctest: serial
"""A flood of queries in a victim's name: the victim gets back no more octets than were sent for it, and a
client with a cookie is served as if nothing were.

All of it happens in a network namespace of its own, where whole networks are at home and so can be forged. That
needs root.
"""
import random
import socket
import struct
import threading
import time

import dns.edns
import dns.flags
import dns.message
import dns.rcode

import own_network
import portolan_scenario as scenario

NAME = "_oxygen-ajp._tcp.prod.svc.corp.example"  # four SRV records and their addresses
SERVER, PORT, CLIENT = "10.65.0.1", 53, "10.65.0.2"
VICTIMS = "10.66.{}.{}"
SECONDS, QUERIES = 3, 4000  # of a flood, at least
BURST = 100  # forged queries for one of the client's: fewer than a socket's buffer holds
ETH_P_IP, SO_RCVBUFFORCE = 0x0800, 33
IP_AND_UDP = 28  # octets of the headers


def datagram(source, payload):
    """An IPv4 packet from any address, and a random port that is none of a client of ours. The kernel fills in
    length and checksum."""
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0, socket.inet_aton(source),
                       socket.inet_aton(SERVER))
    return head + struct.pack("!HHHH", random.randrange(1024, 10240), PORT, 8 + len(payload), 0) + payload


class Octets:
    """What the server sends to the victims, counted on the interface, headers included."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.socket.bind(("lo", ETH_P_IP))
        self.socket.settimeout(0.2)
        self.count = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        here, there = socket.inet_aton(SERVER), socket.inet_aton(VICTIMS.format(0, 0))[:2]
        while True:
            try:
                packet, origin = self.socket.recvfrom(65535)
            except socket.timeout:
                if self.is_over.is_set():
                    return
                continue
            is_arrival = origin[2] == socket.PACKET_HOST  # on lo, each goes out and comes in
            is_udp = packet[9] == socket.IPPROTO_UDP  # and no "port unreachable"
            if is_arrival and is_udp and packet[12:16] == here and packet[16:18] == there:
                self.count += len(packet)

    def stop(self):
        self.is_over.set()
        self.thread.join()
        self.socket.close()
        return self.count


class Flood(scenario.Scenario):
    @classmethod
    def setUpClass(cls):
        own_network.enter(f"addr add {SERVER}/24 dev lo", f"addr add {CLIENT}/24 dev lo",
                          "route add local 10.66.0.0/16 dev lo")

    def client(self, server, cookie):
        option = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, cookie)
        query = dns.message.make_query(NAME, "SRV", use_edns=0, payload=1232, options=[option])
        return server.exchange(query)

    def flood(self, server, names, networks=1):
        """Asks with forged addresses, as fast as it goes. Returns the octets sent, those sent back, and how
        often a client with a cookie was answered meanwhile, which it is each time."""
        first = self.client(server, bytes(range(8)))
        cookie = next(option.to_wire() for option in first.options if option.otype == dns.edns.OptionType.COOKIE)
        packets = [datagram(VICTIMS.format(random.randrange(networks), random.randrange(256)),
                            scenario.wire_query(name, "SRV", use_edns=0, payload=1232))
                   for name in names for _ in range(20 * networks)]
        octets, sent, replies = Octets(), 0, 0
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end or sent < QUERIES * (IP_AND_UDP + 60):
                for packet in random.sample(packets, min(BURST, len(packets))):
                    sent += raw.sendto(packet, (SERVER, 0))
                reply = self.client(server, cookie)
                self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
                self.assertFalse(reply.flags & dns.flags.TC)
                replies += 1
        return sent, octets.stop(), replies

    def serve_here(self, *arguments):
        """With one worker, whose queue is empty once a client has its reply: what is lost is not for want of room."""
        return self.serve(addresses=(SERVER,), port=PORT, arguments=["--workers", "1", *arguments])

    def assert_no_amplification(self, outcome):
        sent, back, replies = outcome
        self.assertGreater(back, 0)
        self.assertLessEqual(back, sent)
        self.assertGreater(replies, 5)

    def test_without_a_limit_the_victim_gets_several_times_the_octets(self):
        sent, back, _ = self.flood(self.serve_here(), [NAME])
        self.assertGreater(back, 2 * sent)

    def test_one_question_in_the_name_of_one_network(self):
        server = self.serve_here("--rate-limit", "20")
        self.assert_no_amplification(self.flood(server, [NAME]))
        server.signal(scenario.signal.SIGUSR1)
        self.assertGreater(int(server.wait_for_log(r"limited (\d+)")[1]), 1000)

    def test_made_up_names(self):
        names = [f"x{number}.prod.svc.corp.example" for number in range(100)]
        self.assert_no_amplification(self.flood(self.serve_here("--rate-limit", "20"), names))

    def test_several_networks(self):
        # Each has a limit of its own, so the flood must be large beside what all are allowed.
        self.assert_no_amplification(self.flood(self.serve_here("--rate-limit", "5"), [NAME], networks=4))


if __name__ == "__main__":
    scenario.main()
