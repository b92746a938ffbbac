"""Asking one server many queries: many in flight, matched by id, asked again when lost."""
import socket
import struct

UDP_BATCH = 64  # in flight
TCP_BATCH = 256
TRIES = 8


class NoReply(Exception):
    """A query that got no reply, though asked several times."""


def ask_udp(address, port, queries, seconds=1.0):
    """The replies' octets, in the order of the queries."""
    replies = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.connect((address, port))
        client.settimeout(seconds)
        for first in range(0, len(queries), UDP_BATCH):
            replies += _ask_batch(client, first, queries[first:first + UDP_BATCH])
    return replies


def _ask_batch(client, first, queries):
    waiting = {(first + i) & 0xFFFF: i for i in range(len(queries))}
    replies = [None] * len(queries)
    for _ in range(TRIES):
        for number, i in waiting.items():
            client.send(struct.pack("!H", number) + queries[i][2:])
        try:
            while waiting:
                reply = client.recv(65535)
                i = waiting.pop(int.from_bytes(reply[:2], "big"), None)
                if i is not None:
                    replies[i] = reply
        except socket.timeout:
            continue
        return replies
    raise NoReply(f"over UDP, of {len(waiting)}; the first is {queries[min(waiting.values())].hex()}")


def ask_tcp(address, port, queries, seconds=10.0):
    """The same over one connection, pipelined (RFC 7766 6.2.1.1)."""
    replies = []
    with socket.create_connection((address, port), seconds) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = bytearray()
        for first in range(0, len(queries), TCP_BATCH):
            batch = queries[first:first + TCP_BATCH]
            client.sendall(b"".join(struct.pack("!HH", len(octets), i) + octets[2:] for i, octets in enumerate(batch)))
            replies += _receive_batch(client, received, len(batch))
    return replies


def _receive_batch(client, received, count):
    replies = [None] * count
    missing = count
    while missing:
        while len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2], "big"):
            more = client.recv(65536)
            if not more:
                raise NoReply(f"over TCP: the server closed the connection, {missing} replies are missing")
            received += more
        end = 2 + int.from_bytes(received[:2], "big")
        reply = bytes(received[2:end])
        del received[:end]
        replies[int.from_bytes(reply[:2], "big")] = reply
        missing -= 1
    return replies
