"""NSD and Knot on loopback, serving master files beside portolan: second and third opinions.

Each runs as the current user from a folder of its own, with its own port, and is stopped by its
process. Where a standard leaves the choice and the server has a setting for it, the setting is
portolan's choice: at most 1232 octets over UDP, no search in other zones, no rate limit, no
authority or additional records that nobody needs.
"""
import pathlib
import socket
import subprocess
import time

import dns.exception
import dns.flags
import dns.message
import dns.query

from portolan_scenario import free_port, wait_until

UDP_LIMIT = 1232  # octets; portolan's default


class OtherServer:
    """A name server of others. `zones` maps each zone's name to its master file."""

    name = ""

    def __init__(self, folder, zones):
        self.folder = pathlib.Path(folder)
        self.zones = {name.rstrip("."): pathlib.Path(file) for name, file in zones.items()}
        self.address, self.port = "127.0.0.1", free_port()
        self.process = None

    def start(self):
        """Starts it and waits until it answers for every zone."""
        self.folder.mkdir(parents=True)
        config = self.folder / "config"
        config.write_text(self.configuration())
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(self.command(config), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for zone in self.zones:
            wait_until(lambda: self._answers(zone), 30, f"{self.name} to serve {zone}; it said:\n{self.log}")
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

    def ask(self, name, rrtype, tcp=False):
        """Asks and returns the dns.message.Message."""
        query = dns.message.make_query(name, rrtype, use_edns=-1)
        query.flags &= ~dns.flags.RD
        return (dns.query.tcp if tcp else dns.query.udp)(query, self.address, port=self.port, timeout=5)

    def _answers(self, zone):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.log}")
        query = dns.message.make_query(zone, "SOA", use_edns=-1)
        try:
            answer = dns.query.udp(query, self.address, port=self.port, timeout=0.2)
        except (dns.exception.Timeout, socket.error):
            time.sleep(0.05)
            return False
        return bool(answer.answer)

    def configuration(self):
        raise NotImplementedError

    def command(self, config):
        raise NotImplementedError


class Nsd(OtherServer):
    name = "NSD"

    def configuration(self):
        server = f"""\
server:
  ip-address: {self.address}@{self.port}
  username: ""
  server-count: 1
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/pid"
  zonelistfile: "{self.folder}/zone.list"
  xfrdfile: "{self.folder}/xfrd.state"
  xfrdir: "{self.folder}"
  tcp-count: 50
  ipv4-edns-size: {UDP_LIMIT}
  minimal-responses: yes
  confine-to-zone: yes
  refuse-any: no
  rrl-ratelimit: 0
remote-control:
  control-enable: no
"""
        return server + "".join(f'zone:\n  name: "{name}"\n  zonefile: "{file}"\n'
                                for name, file in self.zones.items())

    def command(self, config):
        return ["/usr/sbin/nsd", "-d", "-c", str(config)]


class Knot(OtherServer):
    name = "Knot"

    def configuration(self):
        server = f"""\
server:
  rundir: "{self.folder}"
  listen: {self.address}@{self.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  udp-max-payload: {UDP_LIMIT}
  tcp-idle-timeout: 60
log:
  - target: stderr
    any: warning
database:
  storage: "{self.folder}"
template:
  - id: default
    storage: "{self.folder}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
"""
        return server + "".join(f'  - domain: "{name}"\n    file: "{file}"\n' for name, file in self.zones.items())

    def command(self, config):
        return ["/usr/sbin/knotd", "-c", str(config)]
