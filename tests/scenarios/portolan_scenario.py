"""What the scenario tests share: a server of their own, and clients that ask it.

A scenario is a folder here with a test.py. Its docstring comes first and tells the user's story that
it shows; then it goes like this:

    from portolan_scenario import Scenario, main

    class AnOperatorAsks(Scenario):
        def test_for_a_port(self):
            server = self.serve(self.write("plan.yaml", PLAN))
            self.assertEqual(server.srv("_hydrogen-ajp._tcp.prod.svc.corp.example")[0][2], 10104)

    if __name__ == "__main__":
        main()

ctest runs it (tools/test -R scenario/NAME); by hand, with the server that tools/build made:

    PYTHONPATH=tests/scenarios /usr/bin/python3 tests/scenarios/NAME/test.py -v

The environment: PORTOLAN, the program; PORTOLAN_LAUNCHER, words to put before it;
PORTOLAN_SANITIZED, asan or tsan when it was built so (it is slower then). Lines "# ctest: …" in
test.py say how ctest runs it: tests/CMakeLists.txt explains them.

Servers listen on the loopback addresses only, on free ports, and are stopped by their process id. A
server that ends with another status than 0, or whose log holds a sanitizer's complaint, fails its test.
"""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONES = ROOT / "zones"
PACKAGES = ROOT / "build" / "javascript" / "node_modules"  # npm's, by tools/javascript
PROGRAM = os.environ.get("PORTOLAN") or str(ROOT / "build" / "portolan")
LAUNCHER = os.environ.get("PORTOLAN_LAUNCHER", "").split()
SANITIZED = os.environ.get("PORTOLAN_SANITIZED", "")
SLOWNESS = {"": 1, "asan": 3, "tsan": 10}[SANITIZED]  # how many times longer things may take

needs_packages = unittest.skipUnless(PACKAGES.is_dir(), "tools/javascript has not put npm's packages there")

ANSWERING = re.compile(r"^portolan: answering", re.MULTILINE)
COMPLAINT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w+Sanitizer")


def free_port(*addresses):
    """A port that is free for UDP and TCP on all the addresses (127.0.0.1 when none is named).

    It lies below Linux's ephemeral ports, so that no client's own socket takes it meanwhile.
    """
    chance = random.SystemRandom()
    for _ in range(200):
        port = chance.randrange(10240, 30000)
        if all(_is_free(address, port) for address in addresses or ("127.0.0.1",)):
            return port
    raise RuntimeError(f"no free port on {addresses}")


def _is_free(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(family, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def endpoint_text(address, port):
    """ADDR:PORT as the command line has it: [::1]:53 for IPv6."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def wait_until(condition, seconds=10.0, what="the condition"):
    """Waits until condition() is true and returns what it returned; an AssertionError after the time."""
    limit = time.monotonic() + seconds * SLOWNESS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise AssertionError(f"waited {seconds * SLOWNESS:.0f} s in vain for {what}")
        time.sleep(0.02)


def run_command(*arguments, stdin="", seconds=30.0, env=None, cwd=None):
    """Runs a program to its end: a CompletedProcess with text in stdout and stderr."""
    return subprocess.run([str(argument) for argument in arguments], input=stdin, text=True, cwd=cwd,
                          capture_output=True, timeout=seconds * SLOWNESS,
                          env=None if env is None else {**os.environ, **env})


def portolan(*arguments, **options):
    """Runs one of portolan's commands: portolan("check", plan).returncode. Options as of run_command."""
    return run_command(*LAUNCHER, PROGRAM, *arguments, **options)


class Server:
    """One running server: where it listens, its log, and ways to ask it.

    `address` and `port` are those of the first listen address; `endpoints` has all, as (address, port).
    """

    def __init__(self, plans, folder, addresses=("127.0.0.1",), port=None, arguments=(), state=None, env=None,
                 cwd=None):
        self.folder = pathlib.Path(folder)
        self.port = port or free_port(*addresses)
        self.endpoints = [(address, self.port) for address in addresses]
        self.address = addresses[0]
        self.state = pathlib.Path(state or self.folder / "state")
        self.command = [*LAUNCHER, PROGRAM, "serve", *map(str, plans), "--state", str(self.state)]
        for address in addresses:
            self.command += ["--listen", endpoint_text(address, self.port)]
        self.command += map(str, arguments)
        self.env = env
        self.cwd = cwd
        self.process = None
        self.expected_status = 0

    # -- its life

    def start(self, wait=True):
        """Starts the process; with `wait`, returns when it says that it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "out", "ab") as out, open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                            cwd=self.cwd, env=None if self.env is None else {**os.environ, **self.env})
        if wait:
            self.wait_until_answering()
        return self

    def wait_until_answering(self, seconds=20.0):
        def answering():
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode} before it answered:\n{self.log}")
            return ANSWERING.search(self.out)
        wait_until(answering, seconds, f"the server to answer; it said:\n{self.log}")

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self):
        """Asks it to read its plans again (SIGHUP). Follow with wait_for_log or wait_until."""
        self.signal(signal.SIGHUP)

    def stop(self, seconds=10.0):
        """SIGTERM, and SIGKILL when that does not end it in time. Returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(seconds * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def stop_and_judge(self):
        """Stops it; an AssertionError when it did not end well or a sanitizer complained."""
        status = self.stop()
        if COMPLAINT.search(self.log):
            raise AssertionError(f"a sanitizer complained:\n{self.log}")
        if status != self.expected_status:
            raise AssertionError(f"the server ended with {status}, not {self.expected_status}:\n{self.log[-4000:]}")

    # -- what it says and takes

    @property
    def out(self):
        """Its standard output: the line that says that it answers."""
        return _text(self.folder / "out")

    @property
    def log(self):
        """All that it said, on standard output and standard error."""
        return self.out + _text(self.folder / "log")

    def wait_for_log(self, pattern, seconds=10.0, times=1):
        """Waits until the log matches the regular expression (that many times); returns the last match."""
        expression = re.compile(pattern, re.MULTILINE)

        def found():
            matches = list(expression.finditer(self.log))
            return matches[-1] if len(matches) >= times else None
        try:
            return wait_until(found, seconds)
        except AssertionError:
            raise AssertionError(f"the log does not hold {pattern!r} ({times} times):\n{self.log}") from None

    def resident_kib(self):
        """Its resident memory in KiB."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE).group(1))

    def open_files(self):
        """How many file descriptors it holds."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def socket_drops(self):
        """How many datagrams the kernel has dropped because a UDP socket of this port was full."""
        drops = 0
        for table in ("/proc/net/udp", "/proc/net/udp6"):
            for line in _text(pathlib.Path(table)).splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == self.port:
                    drops += int(fields[-1])
        return drops

    # -- asking with programs of others; all return the program's text

    def dig(self, *arguments):
        """dig("SRV", "_x._tcp.example", "+short"): what dig printed. It asks once, over UDP unless told."""
        return self._client("dig", f"@{self.address}", "-p", self.port, "+tries=1", "+time=5", *arguments)

    def kdig(self, *arguments):
        return self._client("kdig", f"@{self.address}", "-p", self.port, "+retry=0", "+time=5", *arguments)

    def drill(self, name, rrtype="A", *options):
        return self._client("drill", "-p", self.port, *options, name, f"@{self.address}", rrtype)

    @staticmethod
    def _client(*command):
        result = run_command(*command)
        if result.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))} ended with {result.returncode}:\n"
                                 f"{result.stdout}{result.stderr}")
        return result.stdout

    # -- asking with dnspython

    def ask(self, name, rrtype="A", tcp=False, edns=None, payload=1232, want_dnssec=False, seconds=5.0, rrclass="IN"):
        """Asks and returns the dns.message.Message. edns: None for no OPT, 0 for EDNS(0).

        A truncated answer comes back as it is: nothing falls back to TCP.
        """
        query = dns.message.make_query(name, rrtype, rdclass=rrclass, use_edns=-1 if edns is None else edns,
                                       payload=payload, want_dnssec=want_dnssec)
        query.flags &= ~dns.flags.RD
        return self.exchange(query, tcp=tcp, seconds=seconds)

    def exchange(self, query, tcp=False, seconds=5.0):
        """Sends a dns.message.Message and returns the answer; an exception when none comes in time."""
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, self.address, port=self.port, timeout=seconds * SLOWNESS)

    def srv(self, name, **options):
        """The SRV records of a name, as (priority, weight, port, target) in that order."""
        answer = self.ask(name, "SRV", **options)
        return sorted((record.priority, record.weight, record.port, record.target.to_text().rstrip("."))
                      for rrset in answer.answer if rrset.rdtype == dns.rdatatype.SRV for record in rrset)

    # -- octets

    def udp(self, octets, seconds=1.0, source=None):
        """Sends one datagram and returns the reply's octets, or None when none comes in time."""
        with self.udp_socket(source) as client:
            client.settimeout(seconds * SLOWNESS)
            client.send(octets)
            try:
                return client.recv(65535)
            except socket.timeout:
                return None

    def udp_socket(self, source=None):
        """A UDP socket connected to the server; from `source` (an address) when given."""
        client = socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET, socket.SOCK_DGRAM)
        if source:
            client.bind((source, 0))
        client.connect((self.address, self.port))
        return client

    def tcp(self, seconds=5.0, source=None):
        """A TCP connection to the server: a TcpClient."""
        return TcpClient(self.address, self.port, seconds * SLOWNESS, source)


class TcpClient:
    """A TCP connection that can behave well and badly. Use it in a with statement."""

    def __init__(self, address, port, seconds, source=None):
        self.socket = socket.create_connection((address, port), seconds, (source, 0) if source else None)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send_raw(self, octets):
        """Octets as they are, without a length before them."""
        self.socket.sendall(octets)

    def send(self, *messages):
        """Messages with their two octets of length (RFC 1035 4.2.2), all in one write (RFC 7766 8)."""
        self.socket.sendall(b"".join(struct.pack("!H", len(message)) + message for message in map(_wire, messages)))

    def half_close(self):
        """Says that no more queries come; answers may still."""
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self, seconds=None):
        """The next message's octets; None when the server has closed the connection. Raises socket.timeout."""
        if seconds is not None:
            self.socket.settimeout(seconds * SLOWNESS)
        header = self._take(2)
        return None if header is None else self._take(struct.unpack("!H", header)[0])

    def _take(self, count):
        while len(self.received) < count:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self.received += more
        taken, self.received = self.received[:count], self.received[count:]
        return taken


def _wire(message):
    return message if isinstance(message, bytes) else message.to_wire()


def _text(path):
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""


def wire_query(name, rrtype="A", **options):
    """A query's octets. Options as of dns.message.make_query."""
    query = dns.message.make_query(name, rrtype, **options)
    query.flags &= ~dns.flags.RD
    return query.to_wire()


def records(section):
    """A section of a dns.message.Message as a set of lines "owner ttl class type rdata", to compare as sets."""
    return {line for rrset in section for line in rrset.to_text().splitlines()}


def rcode(message):
    """NOERROR, NXDOMAIN …"""
    return dns.rcode.to_text(message.rcode())


class Scenario(unittest.TestCase):
    """A test with a folder of its own and servers that end with it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="portolan-scenario-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self._servers = 0

    def write(self, name, text):
        """Writes a file (text or octets) into the test's folder and returns its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def replace(self, name, text):
        """Like write, but in one step: who reads meanwhile sees the old file or the new one."""
        fresh = self.write(name + ".fresh", text)
        fresh.replace(self.folder / name)
        return self.folder / name

    def serve(self, *plans, wait=True, **options):
        """Starts a server for the plans (zones/ when none is named) and stops it after the test.

        Options as of Server: addresses, port, arguments, state, env, cwd.
        """
        self._servers += 1
        server = Server(plans or [ZONES], self.folder / f"server{self._servers}", **options)
        self.addCleanup(server.stop_and_judge)
        return server.start(wait)


def main():
    """Runs the tests of the calling file. No test at all is a failure too."""
    program = unittest.main(module="__main__", verbosity=2, exit=False)
    sys.exit(0 if program.result.testsRun > 0 and program.result.wasSuccessful() else 1)
