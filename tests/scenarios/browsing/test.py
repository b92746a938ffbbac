# ctest: timeout 120
"""People and programs browse the fleet by DNS-SD (RFC 6763), and find what serves.

A browser knows the domain alone. It asks where to browse, which service types there are, which instances of each,
and of the one that it chose its host, port and what it says of itself; each answer has the next question's name in
it. Debian's browsers ask mDNS through a daemon, so the walk is the RFC's own, by dnspython.

An instance that dies leaves the lists, one that registers is in them, nobody else's name changes, and a type that
nothing serves is known and empty. The zone is signed; BIND's, Knot's, NSD's and ldns' checkers take it, NSD and
Knot follow it, and what browsers read validates.
"""
import http.server
import threading

import dns.dnssec
import dns.name
import dns.query
import dns.rdatatype
import dns.resolver
import requests

import secondaries
from portolan_scenario import SLOWNESS, Scenario, free_port, main, portolan, rcode, run_command, wait_until

ZONE = "svc.corp.example"

PLAN = """\
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
soa: {{refresh: 60s, retry: 2s}}
dnssec: yes
browse: yes
health: {{interval: 200ms, timeout: 200ms, fall: 2, rise: 1, preserve: 100, all_down: none}}
{transfer}
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  bounds: 1024-65535
  instances: 1-2
  applications: {{hydrogen: 1, helium: 2}}
  types:
    shutdown: {{id: 1, publish: no}}
    jmx: {{id: 2, union: yes, browse: no}}
    http: {{id: 3}}
    snmp: {{id: 5, proto: udp}}
registry:
  services:
    web: {{type: http, check: {{http: /}}, endpoints: [{{host: w1, port: {port}}}, {{host: w2, port: {port}}}]}}
    idle: {{port: 5001}}
    far: {{port: 70, endpoints: [{{target: gopher.other.example.}}]}}
  dynamic: {{names: [my-service], ports: 32768-60999}}
environments:
  prod:
    hosts: {{jb1: 10.1.0.11, jb2: 10.1.0.12, w1: 127.0.0.1, w2: 127.0.0.2}}
    place: {{default: {{1: jb1, 2: jb2}}, helium: {{1: jb2}}}}
  dev:
    hosts: {{jb1: 10.2.0.11}}
"""


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Web(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # the prober closes as soon as it knows enough


class Browser:
    """What RFC 6763 has a client ask, in its order."""

    def __init__(self, server):
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.nameservers, self.resolver.port = [server.address], server.port
        self.resolver.lifetime = 5 * SLOWNESS

    def listed(self, name):
        """What PTR at a name points to; [] when it is known and lists nothing."""
        try:
            return sorted(record.target for record in self.resolver.resolve(name, "PTR"))
        except dns.resolver.NoAnswer:
            return []

    def domains(self, domain):
        return self.listed(f"b._dns-sd._udp.{domain}")

    def types(self, domain):
        return self.listed(dns.name.from_text("_services._dns-sd._udp", domain))

    def instances(self, service_type):
        return self.listed(service_type)

    def resolved(self, instance):
        """(name as a person reads it, address, port, {key: value}) of an instance."""
        (srv,), (txt,) = self.resolver.resolve(instance, "SRV"), self.resolver.resolve(instance, "TXT")
        assert (srv.priority, srv.weight) == (0, 0), srv
        pairs = dict(string.decode().split("=", 1) for string in txt.strings)
        is_ours = srv.target.is_subdomain(dns.name.from_text(ZONE))
        address = self.resolver.resolve(srv.target, "A")[0].address if is_ours else srv.target.to_text()
        return instance.labels[0].decode(), address, srv.port, pairs


class Browsing(Scenario):
    def setUp(self):
        super().setUp()
        self.web_port = free_port("127.0.0.1", "127.0.0.2")
        self.web = {address: self.start_web(address) for address in ("127.0.0.1", "127.0.0.2")}

    def start_web(self, address):
        server = Web((address, self.web_port), Quiet)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.addCleanup(self.stop_web, server)
        return server

    @staticmethod
    def stop_web(server):
        server.shutdown()
        server.server_close()

    def start(self, transfer="", *arguments, **options):
        plan = self.write("plan.yaml", PLAN.format(port=self.web_port, transfer=transfer))
        self.server = self.serve(plan, arguments=arguments, **options)
        self.browser = Browser(self.server)
        return self.server

    def names(self, service_type):
        """The labels of what is listed at a type of prod."""
        return [name.labels[0].decode()
                for name in self.browser.instances(f"{service_type}.prod.{ZONE}")]

    def wait_for_names(self, service_type, expected):
        wait_until(lambda: self.names(service_type) == expected, 10, f"{expected} at {service_type}")

    # -- the walk

    def test_a_browser_that_knows_the_domain_finds_every_endpoint(self):
        self.start()
        domains = self.browser.domains(ZONE)
        self.assertEqual([name.to_text() for name in domains], [f"dev.{ZONE}.", f"prod.{ZONE}."])
        types = self.browser.types(domains[1])
        self.assertEqual([name.to_text() for name in types],
                         [f"{label}.prod.{ZONE}." for label in
                          ("_far._tcp", "_http._tcp", "_idle._tcp", "_my-service._tcp", "_snmp._udp")])
        found = [self.browser.resolved(instance) for each in types for instance in self.browser.instances(each)]
        port = self.web_port
        self.assertEqual(sorted(found, key=str), sorted([
            ("far_gopher.other.example", "gopher.other.example.", 70, {"service": "far"}),
            ("hydrogen-1", "10.1.0.11", 10103, {"app": "hydrogen", "type": "http", "instance": "1"}),
            ("hydrogen-2", "10.1.0.12", 20103, {"app": "hydrogen", "type": "http", "instance": "2"}),
            ("helium-1", "10.1.0.12", 10203, {"app": "helium", "type": "http", "instance": "1"}),
            (f"web_w1_{port}", "127.0.0.1", port, {"service": "web", "type": "http"}),
            (f"web_w2_{port}", "127.0.0.2", port, {"service": "web", "type": "http"}),
            ("hydrogen-1", "10.1.0.11", 10105, {"app": "hydrogen", "type": "snmp", "instance": "1"}),
            ("hydrogen-2", "10.1.0.12", 20105, {"app": "hydrogen", "type": "snmp", "instance": "2"}),
            ("helium-1", "10.1.0.12", 10205, {"app": "helium", "type": "snmp", "instance": "1"}),
        ], key=str))

    def test_a_host_of_prod_finds_prod_in_its_own_domain(self):
        self.start()
        for question in ("b", "db", "lb"):
            self.assertEqual(self.server.dig("+short", "PTR", f"{question}._dns-sd._udp.prod.{ZONE}"), f"prod.{ZONE}.\n")

    def test_what_is_known_and_empty_is_no_nxdomain(self):
        self.start()
        rows = [
            ("_idle._tcp.prod", "NOERROR"),         # nothing serves it
            ("_snmp._udp.dev", "NOERROR"),          # nothing is placed there
            ("_dns-sd._udp", "NOERROR"),            # a name in between
            ("_jmx._tcp.prod", "NOERROR"),          # a union, not browsed
            ("_shutdown._tcp.prod", "NXDOMAIN"),    # not published
            ("_gopher._tcp.prod", "NXDOMAIN"),      # no such type
            ("hydrogen-3._http._tcp.prod", "NXDOMAIN"),
        ]
        for name, expected in rows:
            with self.subTest(name=name):
                answer = self.server.ask(f"{name}.{ZONE}", "PTR")
                self.assertEqual((rcode(answer), answer.answer), (expected, []))

    # -- who comes and who goes

    def test_an_instance_that_dies_leaves_the_list_and_returns_under_its_name(self):
        self.start()
        all_names = sorted(["helium-1", "hydrogen-1", "hydrogen-2", f"web_w1_{self.web_port}", f"web_w2_{self.web_port}"])
        self.wait_for_names("_http._tcp", all_names)
        dead = f"web_w1_{self.web_port}"
        self.stop_web(self.web["127.0.0.1"])
        self.wait_for_names("_http._tcp", [name for name in all_names if name != dead])
        for rrtype in ("SRV", "TXT"):
            self.assertEqual(rcode(self.server.ask(f"{dead}._http._tcp.prod.{ZONE}", rrtype)), "NXDOMAIN")
        self.stop_web(self.web["127.0.0.2"])  # and the last: the service is empty, its type is not
        self.wait_for_names("_http._tcp", ["helium-1", "hydrogen-1", "hydrogen-2"])
        self.assertIn(dns.name.from_text(f"_http._tcp.prod.{ZONE}"),
                      self.browser.types(dns.name.from_text(f"prod.{ZONE}")))
        self.start_web("127.0.0.1")
        self.wait_for_names("_http._tcp", [name for name in all_names if not name.startswith("web_w2")])

    def test_what_registers_is_listed_and_leaves_with_its_registration(self):
        api = free_port()
        self.start("", "--api", f"127.0.0.1:{api}")
        self.assertEqual(self.names("_my-service._tcp"), [])

        def put(path, **body):
            reply = requests.put(f"http://127.0.0.1:{api}/v1/agent/service/{path}", json=body or None, timeout=20)
            self.assertEqual(reply.status_code, 200, reply.text)
        for number, port in ((1, 40001), (2, 40002)):
            put("register", Name="my-service", ID=f"m{number}", Address="10.1.0.99", Port=port,
                Meta={"environment": "prod"}, Tags=["prod"])
        name = "my-service_ip-10-1-0-99_40002"
        self.wait_for_names("_my-service._tcp", ["my-service_ip-10-1-0-99_40001", name])
        self.assertEqual(self.browser.resolved(dns.name.from_text(f"{name}._my-service._tcp.prod.{ZONE}")),
                         (name, "10.1.0.99", 40002, {"service": "my-service"}))
        put("deregister/m1")
        self.wait_for_names("_my-service._tcp", [name])

    # -- what others make of it

    def test_secondaries_and_checkers_take_it_signed_and_it_validates(self):
        port = free_port("127.0.0.1")
        followers = [each(self.folder, ZONE, ("127.0.0.1", port)) for each in (secondaries.Nsd, secondaries.Knot)]
        to = ", ".join(f'"{each.address}:{each.port}"' for each in followers)
        self.start(f"transfer: {{to: [{to}], allow: [127.0.0.0/8]}}", port=port)
        for each in followers:
            self.addCleanup(each.stop)
            each.start()
        self.stop_web(self.web["127.0.0.1"])
        self.wait_for_names("_http._tcp", ["helium-1", "hydrogen-1", "hydrogen-2", f"web_w2_{self.web_port}"])
        serial = self.server.ask(ZONE, "SOA").answer[0][0].serial
        own = secondaries.records_of("127.0.0.1", port, ZONE)
        for each in followers:
            each.wait_for(serial)
            self.assertEqual(each.records(), own, each.name)

        lines = {line for message in dns.query.xfr("127.0.0.1", ZONE, port=port, lifetime=10, relativize=False)
                 for rrset in message.answer for line in rrset.to_text().splitlines()}
        path = self.write("transferred.zone", "".join(
            f"{line}\n" for line in sorted(lines, key=lambda line: (" SOA " not in line, line))))
        for checker in (["ldns-verify-zone", path], ["kzonecheck", "-d", "on", "-o", ZONE, path],
                        ["named-checkzone", ZONE, path], ["nsd-checkzone", ZONE, path]):
            run = run_command(*checker, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
            self.assertEqual(run.returncode, 0, f"{checker[0]}: {run.stdout}{run.stderr}")

        apex = dns.name.from_text(ZONE)
        keys = {apex: self.server.ask(ZONE, "DNSKEY").answer[0]}
        for name, rrtype in ((f"_http._tcp.prod.{ZONE}", "PTR"), (f"hydrogen-1._http._tcp.prod.{ZONE}", "SRV"),
                             (f"far_gopher\\.other\\.example._far._tcp.prod.{ZONE}", "TXT")):
            records, signature = self.server.ask(name, rrtype, want_dnssec=True, edns=0).answer
            self.assertEqual(signature.rdtype, dns.rdatatype.RRSIG)
            dns.dnssec.validate(records, signature, keys)

    def test_explain_tells_each_name(self):
        plan = self.write("plan.yaml", PLAN.format(port=self.web_port, transfer=""))
        rows = [
            ("_services._dns-sd._udp.prod", "Browsers find in prod (RFC 6763): _far._tcp, _http._tcp, _idle._tcp, "
                                            "_my-service._tcp and _snmp._udp."),
            ("_snmp._udp.prod", "_snmp._udp is the list of a service type in prod, for browsing (RFC 6763): "
                                "hydrogen-1, hydrogen-2 and helium-1."),
            ("_idle._tcp.dev", "_idle._tcp is the list of a service type in dev, for browsing (RFC 6763): "
                               "nothing serves it now."),
            (f"hydrogen-1._http._tcp.prod.{ZONE}.", "hydrogen-1 is an endpoint of hydrogen-http in prod, listed "
                                                    "under _http._tcp for browsing (RFC 6763)."),
            (r"far_gopher\.other\.example._far._tcp.prod", "far_gopher.other.example is an endpoint of far in prod, "
                                                           "listed under _far._tcp for browsing (RFC 6763)."),
            ("b._dns-sd._udp", "Browsers find something in prod and dev (RFC 6763)."),
        ]
        for name, sentence in rows:
            with self.subTest(name=name):
                run = portolan("explain", name, "--plan", plan)
                self.assertEqual((run.returncode, run.stderr), (0, ""))
                self.assertIn(sentence, run.stdout)
        self.assertEqual(portolan("explain", "hydrogen-9._http._tcp.prod", "--plan", plan).returncode, 1)


if __name__ == "__main__":
    main()
