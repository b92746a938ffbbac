"""Validating resolvers on loopback, which ask the servers under test and nobody else.

Each runs as the current user from a folder of its own and is stopped by its process.
"""
import os
import pathlib
import subprocess
import time

import dns.exception
import dns.message
import dns.query

from portolan_scenario import free_port, wait_until

PATHS = os.environ["PATH"] + ":/usr/sbin:/sbin"


class Resolver:
    """`zones` maps a zone's name to (address, port) of its server; `anchors` are DNSKEY records as text."""

    name: str

    def __init__(self, folder, zones, anchors):
        self.folder = pathlib.Path(folder)
        self.zones, self.anchors = zones, anchors
        self.address, self.port = "127.0.0.1", free_port()
        self.process = None

    def command(self, config):
        raise NotImplementedError

    def configuration(self):
        raise NotImplementedError

    def start(self):
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True)
        config = self.folder / "config"
        config.write_text(self.configuration())
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(self.command(config), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, env={**os.environ, "PATH": PATHS})
        wait_until(self._answers, 30, f"{self.name} to answer; it said:\n{self.log}")
        return self

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.log}")
        try:
            dns.query.udp(dns.message.make_query("localhost", "A"), self.address, port=self.port, timeout=0.5)
        except (dns.exception.Timeout, OSError):
            time.sleep(0.05)
            return False
        return True


class Unbound(Resolver):
    name = "Unbound"

    def __init__(self, folder, zones, anchors, minimise=True, aggressive=False):
        super().__init__(folder, zones, anchors)
        self.minimise, self.aggressive = minimise, aggressive

    def command(self, config):
        return ["unbound", "-d", "-c", config]

    def configuration(self):
        anchors = "".join(f'  trust-anchor: "{anchor}"\n' for anchor in self.anchors)
        stubs = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {address}@{port}\n'
                        for zone, (address, port) in self.zones.items())
        return f"""\
server:
  interface: {self.address}
  port: {self.port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 0
  val-log-level: 2
  do-not-query-localhost: no
  module-config: "validator iterator"
  val-permissive-mode: no
  aggressive-nsec: {"yes" if self.aggressive else "no"}
  qname-minimisation: {"yes" if self.minimise else "no"}
  num-queries-per-thread: 4096
  outgoing-range: 900
  local-zone: "example." nodefault
{anchors}remote-control:
  control-enable: no
{stubs}"""


class Bind(Resolver):
    """Aggressive NSEC is its default (synth-from-dnssec)."""

    name = "BIND"

    def command(self, config):
        return ["named", "-g", "-n", "1", "-c", config]

    def configuration(self):
        def anchor(text):
            words = text.split()
            at = words.index("DNSKEY")
            numbers, key = " ".join(words[at + 1:at + 4]), "".join(words[at + 4:])
            return f'  "{words[0]}" static-key {numbers} "{key}";\n'
        anchors = "".join(map(anchor, self.anchors))
        # A forwarder may have a port of its own, which the server of a static-stub may not.
        zones = "".join(f'zone "{zone}" {{ type forward; forward only; forwarders {{ {address} port {port}; }}; }};\n'
                        for zone, (address, port) in self.zones.items())
        return f"""\
options {{
  directory "{self.folder}";
  pid-file none;
  session-keyfile "{self.folder}/session.key";
  listen-on port {self.port} {{ {self.address}; }};
  listen-on-v6 {{ none; }};
  recursion yes;
  dnssec-validation yes;
  empty-zones-enable no;
}};
controls {{ }};
trust-anchors {{
{anchors}}};
{zones}"""


class KnotResolver(Resolver):
    """Aggressive NSEC is its only way of caching."""

    name = "Knot Resolver"

    def command(self, config):
        return ["kresd", "--noninteractive", "-c", config, self.folder]

    def configuration(self):
        forwards = "".join(f"policy.add(policy.suffix(policy.FORWARD('{address}@{port}'), "
                           f"policy.todnames({{'{zone}'}})))\n" for zone, (address, port) in self.zones.items())
        anchors = "".join(f"trust_anchors.add('{anchor}')\n" for anchor in self.anchors)
        return f"""\
net.listen('{self.address}', {self.port}, {{ kind = 'dns' }})
trust_anchors.remove('.')
{anchors}modules = {{ 'policy' }}
{forwards}cache.size = 10 * MB
"""
