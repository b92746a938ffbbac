"""The proof of `tools/prove registrations`.

Clients register and deregister at a fixed rate, each on a connection of its own. The server is killed in the midst of
it, and started again: what was acknowledged must be there, what was acknowledged as withdrawn, or seen to have expired,
must not, and the store must pass its check. What was under way may have happened or not.
"""
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = str(ROOT / "build" / "portolan")
ROUNDS = int(os.environ.get("PORTOLAN_ROUNDS", "200"))
RATE = int(os.environ.get("PORTOLAN_RATE", "2000"))  # registrations a second
CLIENTS = 24
KEEP = 50  # registrations a client has at a time; beyond, it withdraws one for each new one

PLAN = """
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry: {dynamic: {names: [worker, leased], ports: 1024-60999}}
environments: {dev: {networks: [10.0.0.0/8], hosts: {box1: 10.0.0.11}}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Connection:
    """HTTP with no more than this needs, since the clients must not be what is slow."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)

    def ask(self, method, path, body=""):
        """The status; an OSError when the server is gone."""
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        head, received = -1, b""
        while head < 0:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionResetError
            received += more
            head = received.find(b"\r\n\r\n")
        length = int(received[:head].partition(b"Content-Length: ")[2].split(b"\r\n")[0])
        while len(received) < head + 4 + length:
            received += self.socket.recv(65536)
        status = int(received[9:12])
        if status not in (200, 404):
            sys.exit(f"{path} was refused: {received!r}")
        return status

    def close(self):
        self.socket.close()


class Client(threading.Thread):
    """Registers w-NUMBER-COUNT at its rate until the server is gone; knows what was acknowledged."""

    def __init__(self, number, api, there, first):
        super().__init__()
        self.number, self.api, self.there, self.place = number, api, there, first
        self.unsure, self.withdrawn, self.acknowledged = set(), set(), 0

    def run(self):
        connection = Connection(self.api)
        begun, count = time.monotonic(), 0
        try:
            while True:
                ahead = begun + count * CLIENTS / RATE - time.monotonic()
                if ahead > 0:
                    time.sleep(ahead)
                count += 1
                self.register(connection)
                if len(self.there) > KEEP:
                    self.withdraw(connection, next(iter(self.there)))
        except OSError:
            connection.close()

    def register(self, connection):
        """Each time at a place where nobody was."""
        self.place += 1
        name = f"w-{self.number}-{self.place}"
        address = f"10.{self.number + 1}.{self.place // 250 % 250}.{self.place % 250 + 1}"
        self.unsure.add(name)
        status = connection.ask("PUT", "/v1/agent/service/register", json.dumps({
            "Name": "worker", "ID": name, "Address": address, "Port": 1024 + self.place // 62500,
            "Check": {"TTL": "600s"}}))
        if status == 200:
            self.there[name] = True
            self.unsure.discard(name)
            self.acknowledged += 1

    def withdraw(self, connection, name):
        del self.there[name]
        self.unsure.add(name)
        if connection.ask("PUT", f"/v1/agent/service/deregister/{name}") == 200:
            self.unsure.discard(name)
            self.withdrawn.add(name)


class Server:
    def __init__(self, folder):
        self.folder, self.api, self.dns = folder, free_port(), free_port()
        self.state = folder / "state"
        (folder / "plan.yaml").write_text(PLAN)

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", self.folder / "plan.yaml", "--state", self.state, "--listen", f"127.0.0.1:{self.dns}",
             "--api", f"127.0.0.1:{self.api}", "--log-level", "error"], stdout=subprocess.PIPE, stderr=self.log)
        if b"answering" not in self.process.stdout.readline():
            sys.exit(f"the server did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def ids(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/v1/agent/services", timeout=60) as answer:
            return set(json.load(answer))

    def check(self):
        done = subprocess.run([PROGRAM, "store", "check", "--state", self.state], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"the store is not sound: {done.stdout}{done.stderr}")


def expire_one(server, number):
    """A registration with a lease that nobody renews; returns its id once it is seen to be gone."""
    name = f"leased-{number}"
    connection = Connection(server.api)
    connection.ask("PUT", "/v1/portolan/registrations", json.dumps(
        {"service": "leased", "id": name, "address": "10.200.0.1", "port": 2000, "lease": "150ms"}))
    while connection.ask("GET", f"/v1/portolan/registrations/{name}") == 200:
        time.sleep(0.01)
    connection.close()
    return name


def main():
    with tempfile.TemporaryDirectory(prefix="portolan-registrations-") as folder:
        server = Server(pathlib.Path(folder))
        there = [{} for _ in range(CLIENTS)]
        places = [0] * CLIENTS
        gone, total, seconds = set(), 0, 0.0
        server.start()
        for number in range(1, ROUNDS + 1):
            clients = [Client(each, server.api, there[each], places[each]) for each in range(CLIENTS)]
            begun = time.monotonic()
            for each in clients:
                each.start()
            gone.add(expire_one(server, number))
            time.sleep(random.uniform(0.1, 0.6))
            server.kill()
            seconds += time.monotonic() - begun
            for each in clients:
                each.join()
            server.check()
            server.start()
            found = server.ids()
            unsure = set().union(*(each.unsure for each in clients))
            gone |= set().union(*(each.withdrawn for each in clients))
            acknowledged = {name for each in there for name in each}
            lost, back = acknowledged - found, (gone & found) - unsure
            if lost or back:
                sys.exit(f"round {number}: lost {sorted(lost)[:5]} ({len(lost)}), back {sorted(back)[:5]} ({len(back)})")
            stray = found - acknowledged - unsure
            if stray:
                sys.exit(f"round {number}: nobody asked for {sorted(stray)[:5]}")
            for client, own in zip(clients, there):  # what was under way is known now
                for name in client.unsure & found:
                    own.setdefault(name, True)
            places = [each.place for each in clients]
            total += sum(each.acknowledged for each in clients)
            if number % 20 == 0 or number == ROUNDS:
                print(f"{number} of {ROUNDS}: {total} registrations acknowledged at {total / seconds:.0f} a second, "
                      f"none lost, none back; {len(gone)} withdrawn or expired", flush=True)
        server.kill()


if __name__ == "__main__":
    main()
