"""portolan, its peers and the echo: each with one worker, its best fair settings, and a way to start it.

Each server runs from a folder of its own on 127.0.0.1 and a free port, in a session of its own, so
that all its processes can be counted and stopped. Proofs of other kinds may use them as well:

    with servers.started([servers.Portolan, servers.Nsd], zone, folder, cpu=0) as (portolan, nsd):
        print(nsd.endpoint, nsd.start_seconds, accounting.cpu_of(nsd.pid).total)

README.md says why the settings are as they are. They differ from those of tests/scenarios/other_servers.py,
which are for the same answers to every kind of question; these are for speed.
"""

import contextlib
import ctypes
import dataclasses
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import time

import accounting
from portolan_scenario import free_port

ADDRESS = "127.0.0.1"  # BIND listens only on addresses that an interface has
SBIN = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"))
UDP_LIMIT = 1232  # octets of a reply
OPEN_FILES = 65536
PR_SET_PDEATHSIG = 1  # prctl(2)
LIBC = ctypes.CDLL(None)


@dataclasses.dataclass(frozen=True)
class Zone:
    """What is served, in its two forms, and a question to know a server that answers by."""

    name: str
    plan: pathlib.Path  # for portolan
    text: pathlib.Path  # the master file that `portolan zone` makes of it, for the others
    probe: bytes  # a query whose answer has records
    programs: pathlib.Path  # the build folder: portolan, and tests/load in it
    cookies: bool = False  # whether the servers give DNS cookies to who wants them
    echo_octets: int = 512  # of a reply of the echo

    def with_echo_octets(self, octets):
        return dataclasses.replace(self, echo_octets=octets)


class StartError(Exception):
    """A server did not come up; the text has its own words."""


class Server:
    """One server. Subclasses say what it is and how it is configured."""

    name = ""
    package = None  # Debian's, whose version is reported
    program = ""
    is_name_server = True  # and not the echo
    speaks_tcp = True

    def __init__(self, zone, folder):
        self.zone = zone
        self.folder = pathlib.Path(folder) / type(self).__name__.lower()
        self.port = free_port(ADDRESS)
        self.process = None
        self.start_seconds = None  # from the start to the first answer
        self.start_cpu = None  # seconds of a processor that it took until then

    # -- what subclasses say

    def configure(self):
        """Writes its files into self.folder."""

    def command(self):
        raise NotImplementedError

    # -- its life

    def start(self, cpu, start_on=None, limit=300.0):
        """Starts it and waits for its first answer, then has it run on the processor `cpu` alone.

        Until then it may use the processors `start_on`; by default that one as well.
        """
        self.folder.mkdir(parents=True)
        self.configure()
        processors = set(start_on or {cpu})

        def prepare():
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # it ends with us, however we end
            os.sched_setaffinity(0, processors)
            most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            wish = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
            resource.setrlimit(resource.RLIMIT_NOFILE, (wish, most))

        begin = time.monotonic()
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen([str(word) for word in self.command()], cwd=self.folder, stdout=log,
                                            stdin=subprocess.DEVNULL, stderr=log, start_new_session=True,
                                            preexec_fn=prepare)
        self._wait_for_answer(begin + limit)
        self.start_seconds = time.monotonic() - begin
        self.start_cpu = accounting.cpu_of(self.pid).total
        accounting.pin(self.pid, {cpu})

    def stop(self):
        """Ends it and whatever it has started."""
        if self.process is None:
            return
        members = set(accounting.family(self.pid))
        if self.process.poll() is None:
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        for member in members & set(accounting.family(self.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        self.process.wait()

    @property
    def pid(self):
        return self.process.pid

    @property
    def endpoint(self):
        return f"{ADDRESS}:{self.port}"

    @property
    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def is_right(self, reply):
        """Whether a reply is the answer to the probe: no error, and records."""
        return reply[:2] == self.zone.probe[:2] and reply[2] & 0x80 and reply[3] & 0x0F == 0 and reply[7] > 0

    def _wait_for_answer(self, limit):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.connect((ADDRESS, self.port))
            asker.settimeout(0.002)
            while time.monotonic() < limit:
                if self.process.poll() is not None:
                    raise StartError(f"{self.name} ended with {self.process.returncode}:\n{self.log[-2000:]}")
                try:
                    asker.send(self.zone.probe)
                    if self.is_right(asker.recv(4096)):
                        return
                except TimeoutError:
                    continue
                except OSError:  # nobody listens yet
                    pass
                time.sleep(0.002)
        raise StartError(f"{self.name} gave no answer in time:\n{self.log[-2000:]}")

    def ask(self, query, seconds=2.0):
        """One question over UDP; returns the reply's octets."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(seconds)
            asker.connect((ADDRESS, self.port))
            asker.send(query)
            return asker.recv(65535)

    # -- what it is

    @classmethod
    def path(cls):
        """Where its program is, or None."""
        return shutil.which(cls.program, path=SBIN)

    def version(self):
        shown = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", self.package], capture_output=True, text=True)
        return shown.stdout.strip()


class Portolan(Server):
    name = "portolan"

    def command(self):
        return [self.zone.programs / "portolan", "serve", self.zone.plan, "--listen", self.endpoint, "--workers", 1,
                "--state", self.folder / "state", "--no-watch", "--log-level", "warn"]

    @classmethod
    def path(cls):
        return "built"

    def version(self):
        shown = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True,
                               cwd=pathlib.Path(__file__).parent)
        return shown.stdout.strip()


class Echo(Server):
    name = "echo"
    is_name_server = speaks_tcp = False

    def command(self):
        return [self.zone.programs / "tests/load/udp_echo", self.endpoint, self.zone.echo_octets]

    def is_right(self, reply):
        return reply[:2] == self.zone.probe[:2]

    @classmethod
    def path(cls):
        return "built"

    def version(self):
        return ""


class Nsd(Server):
    name, package, program = "NSD", "nsd", "nsd"

    def configure(self):
        (self.folder / "nsd.conf").write_text(f"""\
server:
  ip-address: {ADDRESS}@{self.port}
  server-count: 1
  reuseport: no
  username: ""
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/pid"
  xfrdfile: "{self.folder}/xfrd.state"
  zonelistfile: "{self.folder}/zone.list"
  xfrdir: "{self.folder}"
  zonefiles-check: no
  zonefiles-write: 0
  statistics: 0
  ipv4-edns-size: {UDP_LIMIT}
  minimal-responses: no
  round-robin: no
  rrl-ratelimit: 0
  answer-cookie: {"yes" if self.zone.cookies else "no"}
  tcp-count: 1000
  tcp-query-count: 0
  tcp-timeout: 120
  receive-buffer-size: 4194304
  send-buffer-size: 4194304
remote-control:
  control-enable: no
zone:
  name: "{self.zone.name}"
  zonefile: "{self.zone.text}"
""")

    def command(self):
        return [self.path(), "-d", "-c", self.folder / "nsd.conf"]


class Knot(Server):
    name, package, program = "Knot", "knot", "knotd"

    def configure(self):
        (self.folder / "knot.conf").write_text(f"""\
server:
  rundir: "{self.folder}"
  listen: {ADDRESS}@{self.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  udp-max-payload: {UDP_LIMIT}
  answer-rotation: off
  tcp-max-clients: 1000
  tcp-io-timeout: 5000
  tcp-idle-timeout: 60
database:
  storage: "{self.folder}"
template:
  - id: default
    {"global-module: mod-cookies" if self.zone.cookies else ""}
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
zone:
  - domain: {self.zone.name}
    file: "{self.zone.text}"
log:
  - target: stderr
    any: warning
""")

    def command(self):
        return [self.path(), "-c", self.folder / "knot.conf"]


class Bind(Server):
    name, package, program = "BIND", "bind9", "named"

    def configure(self):
        (self.folder / "named.conf").write_text(f"""\
options {{
  directory "{self.folder}";
  pid-file "{self.folder}/pid";
  session-keyfile none;
  listen-on port {self.port} {{ {ADDRESS}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  allow-query {{ any; }};
  allow-transfer {{ none; }};
  notify no;
  dnssec-validation no;
  empty-zones-enable no;
  zone-statistics none;
  querylog no;
  answer-cookie {"yes" if self.zone.cookies else "no"};
  minimal-responses no-auth;
  rrset-order {{ order none; }};
  max-udp-size {UDP_LIMIT};
  tcp-clients 1000;
  tcp-listen-queue 1000;
  tcp-idle-timeout 600;
  masterfile-format text;
}};
controls {{ }};
logging {{ category default {{ null; }}; }};
zone "{self.zone.name}" {{ type primary; file "{self.zone.text}"; check-names ignore; }};
""")

    def command(self):
        return [self.path(), "-f", "-4", "-n", "1", "-c", self.folder / "named.conf"]


class PowerDns(Server):
    name, package, program = "PowerDNS", "pdns-server", "pdns_server"

    def configure(self):
        (self.folder / "named.conf").write_text(
            f'zone "{self.zone.name}" {{ type master; file "{self.zone.text}"; }};\n')
        (self.folder / "pdns.conf").write_text(f"""\
launch=bind
bind-config={self.folder}/named.conf
bind-check-interval=0
local-address={ADDRESS}
local-port={self.port}
receiver-threads=1
distributor-threads=1
signing-threads=1
consistent-backends=yes
cache-ttl=86400
query-cache-ttl=86400
negquery-cache-ttl=86400
zone-cache-refresh-interval=0
udp-truncation-threshold={UDP_LIMIT}
max-tcp-connections=1000
max-tcp-connections-per-client=0
max-tcp-transactions-per-conn=0
max-tcp-connection-duration=0
tcp-idle-timeout=60
tcp-fast-open=0
socket-dir={self.folder}
guardian=no
daemon=no
disable-syslog=yes
loglevel=3
{"edns-cookie-secret=e5e973e5a6b2a43f48e7dc849e37bfcf" if self.zone.cookies else ""}
log-dns-queries=no
log-dns-details=no
query-logging=no
security-poll-suffix=
webserver=no
""")

    def command(self):
        return [self.path(), f"--config-dir={self.folder}"]


ALL = (Portolan, Echo, Nsd, Knot, Bind, PowerDns)


@contextlib.contextmanager
def started(kinds, zone, folder, cpu, start_on=None, say=lambda _: None):
    """Starts one server of each kind, one after the other; all are stopped at the end."""
    running = []
    try:
        for kind in kinds:
            running.append(kind(zone, folder))
            running[-1].start(cpu, start_on)
            say(f"{running[-1].name} answers after {running[-1].start_seconds:.2f} s")
        yield running
    finally:
        for server in reversed(running):
            server.stop()
