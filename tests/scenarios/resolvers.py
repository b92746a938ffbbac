"""Unbound on loopback: a validating resolver that asks the servers under test and nobody else.

It runs as the current user from a folder of its own and is stopped by its process.
"""
import pathlib
import subprocess
import time

import dns.exception
import dns.message
import dns.query

from portolan_scenario import free_port, wait_until


class Unbound:
    """`zones` maps a zone's name to (address, port) of its server; `anchors` are DNSKEY or DS records as text."""

    name = "Unbound"

    def __init__(self, folder, zones, anchors, minimise=True):
        self.folder = pathlib.Path(folder)
        self.zones, self.anchors, self.minimise = zones, anchors, minimise
        self.address, self.port = "127.0.0.1", free_port()
        self.process = None

    def start(self):
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True)
        config = self.folder / "config"
        config.write_text(self.configuration())
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(["/usr/sbin/unbound", "-d", "-c", str(config)], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        wait_until(self._answers, 30, f"Unbound to answer; it said:\n{self.log}")
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
            raise AssertionError(f"Unbound ended with {self.process.returncode}:\n{self.log}")
        try:
            dns.query.udp(dns.message.make_query("localhost", "A"), self.address, port=self.port, timeout=0.5)
        except (dns.exception.Timeout, OSError):
            time.sleep(0.05)
            return False
        return True

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
  aggressive-nsec: no
  qname-minimisation: {"yes" if self.minimise else "no"}
  num-queries-per-thread: 4096
  outgoing-range: 900
  local-zone: "example." nodefault
{anchors}remote-control:
  control-enable: no
{stubs}"""
