"""BIND, NSD and Knot on loopback as secondaries of a zone, each with an address of its own."""
import pathlib
import socket
import subprocess
import time

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.tsigkeyring
import dns.zone

from portolan_scenario import free_port, wait_until


class PrimaryOverTls:
    """How to know a primary over TLS, and what to show it: paths of a root, and of a certificate and its key."""

    def __init__(self, name, root, certificate=None):
        self.name, self.root, self.certificate = name, root, certificate


class Secondary:
    """`key` is (name, algorithm, secret), or None for transfers without; `tls` a PrimaryOverTls, or None."""

    name = ""
    address = ""

    def __init__(self, folder, zone, primary, key=None, tls=None):
        self.folder = pathlib.Path(folder) / self.name.lower()
        self.zone = zone
        self.primary = primary  # (address, port)
        self.key = key
        self.tls = tls
        self.port = free_port(self.address)
        self.process = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "config"
        config.write_text(self.configuration())
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(config), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder)
        return self

    def stop(self):
        if self.process is None or self.process.poll() is not None:
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

    def serial(self):
        """Its serial of the zone; None while it has none."""
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.log}")
        query = dns.message.make_query(self.zone, "SOA", use_edns=-1)
        try:
            answer = dns.query.udp(query, self.address, port=self.port, timeout=0.5)
        except (dns.exception.Timeout, OSError):
            return None
        return next((rrset[0].serial for rrset in answer.answer if rrset.rdtype == dns.rdatatype.SOA), None)

    def wait_for(self, serial, seconds=30):
        def there():
            return self.serial() == serial
        try:
            wait_until(there, seconds)
        except AssertionError:
            raise AssertionError(f"{self.name} has serial {self.serial()}, not {serial}:\n{self.log[-3000:]}") from None

    def records(self):
        """All that it holds, asked for by AXFR: lines, without the SOA twice."""
        try:
            return records_of(self.address, self.port, self.zone)
        except EOFError:  # NSD ends the processes that answer whenever it has a new zone
            return records_of(self.address, self.port, self.zone)


def records_of(address, port, zone, key=None):
    """A zone by AXFR, as sorted lines. Does not mind what dns.zone would: a set of records is a set of records."""
    options = {}
    if key is not None:
        name, algorithm, secret = key
        options = {"keyring": dns.tsigkeyring.from_text({name: (algorithm, secret)}), "keyname": name,
                   "keyalgorithm": algorithm}
    lines = []
    for message in dns.query.xfr(address, zone, port=port, relativize=False, timeout=20, lifetime=60, **options):
        lines += [line.lower() for rrset in message.answer for line in rrset.to_text().splitlines()]
    assert lines and lines[0] == lines[-1], "a transfer begins and ends with the SOA"
    return sorted(lines[:-1])


class Bind(Secondary):
    name, address = "BIND", "127.0.0.1"  # it takes addresses only that an interface has

    def configuration(self):
        key, by_key = "", ""
        if self.key:
            name, algorithm, secret = self.key
            key = f'key "{name}" {{ algorithm {algorithm}; secret "{secret}"; }};\n'
            by_key = f' key "{name}"'
        tls, by_tls = "", ""
        if self.tls:
            own = 'cert-file "{}"; key-file "{}"; '.format(*self.tls.certificate) if self.tls.certificate else ""
            tls = f'tls primary {{ ca-file "{self.tls.root}"; remote-hostname "{self.tls.name}"; {own}}};\n'
            by_tls = " tls primary"
        address, port = self.primary
        return key + tls + f"""\
options {{
  directory "{self.folder}";
  pid-file "{self.folder}/pid";
  session-keyfile "{self.folder}/session.key";
  listen-on port {self.port} {{ {self.address}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  allow-transfer {{ any; }};
  serial-query-rate 1000;
}};
controls {{ }};
logging {{ channel all {{ stderr; severity info; print-category yes; }}; category default {{ all; }}; }};
zone "{self.zone}" {{
  type secondary;
  file "{self.folder}/zone";
  masterfile-format text;
  transfer-source {self.address};
  primaries port {port} {{ {address}{by_key}{by_tls}; }};
  min-refresh-time 1;
  min-retry-time 1;
}};
"""

    def command(self, config):
        return ["/usr/sbin/named", "-f", "-c", str(config)]


class Nsd(Secondary):
    name, address = "NSD", "127.0.0.22"

    def configuration(self):
        key, named = "", "NOKEY"
        if self.key:
            named, algorithm, secret = self.key
            key = f'key:\n  name: "{named}"\n  algorithm: {algorithm}\n  secret: "{secret}"\n'
        bundle, tls, by_tls = "", "", ""
        if self.tls:
            own = '  client-cert: "{}"\n  client-key: "{}"\n'.format(*self.tls.certificate) if self.tls.certificate else ""
            bundle = f'  tls-cert-bundle: "{self.tls.root}"\n'
            tls = f'tls-auth:\n  name: primary\n  auth-domain-name: "{self.tls.name}"\n{own}'
            by_tls = " primary"
        address, port = self.primary
        return f"""\
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
  xfrd-reload-timeout: 0
  verbosity: 2
{bundle}remote-control:
  control-enable: no
{key}{tls}zone:
  name: "{self.zone}"
  zonefile: "{self.folder}/zone"
  request-xfr: {address}@{port} {named}{by_tls}
  allow-notify: {address} {named}
  provide-xfr: 0.0.0.0/0 NOKEY
  outgoing-interface: {self.address}
  min-refresh-time: 1
  min-retry-time: 1
"""

    def command(self, config):
        return ["/usr/sbin/nsd", "-d", "-c", str(config)]


class Knot(Secondary):
    name, address = "Knot", "127.0.0.23"

    def configuration(self):
        key, by_key = "", ""
        if self.key:
            name, algorithm, secret = self.key
            key = f'key:\n  - id: "{name}"\n    algorithm: {algorithm}\n    secret: "{secret}"\n'
            by_key = f'\n    key: "{name}"'
        address, port = self.primary
        return f"""\
server:
  rundir: "{self.folder}"
  listen: {self.address}@{self.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 2
  tcp-io-timeout: 0
log:
  - target: stderr
    any: info
database:
  storage: "{self.folder}"
{key}remote:
  - id: primary
    address: {address}@{port}
    via: {self.address}{by_key}
acl:
  - id: told
    address: {address}{by_key}
    action: notify
  - id: all
    address: 127.0.0.0/8
    action: transfer
zone:
  - domain: "{self.zone}"
    storage: "{self.folder}"
    file: zone
    master: primary
    acl: [told, all]
    zonefile-sync: -1
    zonefile-load: none
    refresh-min-interval: 2
    retry-min-interval: 2
"""

    def command(self, config):
        return ["/usr/sbin/knotd", "-c", str(config)]


ALL = (Bind, Nsd, Knot)
