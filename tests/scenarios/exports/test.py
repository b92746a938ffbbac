"""The plan leaves in the words of other tools, and each tool takes what it is given.

Every export is judged by the tool it is for (haproxy -c, promtool, nft -c, sysctl, getent, …), on the
elements plan and on one whose owners and descriptions hold all that such formats are afraid of.
"""

import ipaddress
import json
import os
import pathlib
import re

import jsonschema
import yaml

from portolan_scenario import PACKAGES, ZONES, Scenario, main, needs_packages, portolan, run_command

COMPOSE_SCHEMA = "schemastore/schemas/json/raw.githubusercontent.com/compose-spec/compose-spec/master/schema/compose-spec.json"
ELEMENTS = str(ZONES / "elements.yaml")

HOSTILE = r"""
zone: z.example
nameservers: {ns1: 127.0.0.1}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-2
  applications:
    yes: {id: 1, owner: "{{ lookup('pipe', 'id') }}", description: "\n  evil: \"1\" | <script>&amp;' # ` $(id) ]]> %}"}
    set: {id: 2, owner: "=cmd()", description: "a,b;\"c\"\t-- \\ */ } table inet x { chain y {"}
  types: {http: 3, ajp: 4, shutdown: 1, snmp: {id: 5, proto: udp}}
registry:
  services:
    tcp: {port: 5001, description: "'; drop table;\r\nnameserver x 1.2.3.4:53", endpoints: [{host: prod}]}
    idle: 5002
    far: {port: 443, endpoints: [{target: far.other.example.}]}
environments:
  no: {hosts: {prod: [10.0.0.1, "2001:db8::1"], default-x: 10.0.0.2}, place: {default: [prod, default-x]}}
"""

DEFAULTS = """
defaults
    mode tcp
    timeout connect 2s
    timeout client 30s
    timeout server 30s
frontend probe
    bind 127.0.0.1:8000
    default_backend {backend}
"""


def export(form, *options, plan=ELEMENTS):
    said = portolan("export", form, "-p", plan, *options)
    assert said.returncode == 0, said.stderr
    return said.stdout


def in_namespaces(script, *arguments):
    """Runs a script for a shell as root of a user, a mount and a network namespace of its own."""
    return run_command("unshare", "--map-root-user", "--mount", "--net", "sh", "-ec", script, "sh", *arguments)


class Unsafe(yaml.SafeLoader):
    """Ansible's YAML, as far as its texts that are no templates go."""


Unsafe.add_constructor("!unsafe", lambda loader, node: ("unsafe", loader.construct_scalar(node)))


class Exports(Scenario):
    def plans(self):
        return [ELEMENTS, str(self.write("hostile.yaml", HOSTILE))]

    def accepted(self, *command):
        said = run_command(*command)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        return said.stdout + said.stderr

    def test_the_list_of_formats(self):
        listed = portolan("export")
        self.assertEqual(listed.returncode, 0)
        names = [line.split()[0] for line in listed.stdout.splitlines()]
        for name in names:
            for plan in self.plans():
                self.assertTrue(export(name, plan=plan), name)
        wrong = portolan("export", "haprox", "-p", ELEMENTS)
        self.assertEqual((wrong.returncode, wrong.stdout), (2, ""))
        self.assertIn('Did you mean "haproxy"?', wrong.stderr)

    def test_what_is_left_out(self):
        for options, status, part in [
            (["--env", "pord"], 2, 'Did you mean "prod"?'),
            (["--host", "jb9"], 2, 'no plan has a host "jb9"'),
            (["--application", "oxigen"], 2, 'Did you mean "oxygen"?'),
            (["--env", "production", "--application", "oxygen", "--type", "none"], 1, "no port is left"),
        ]:
            said = portolan("export", "services", "-p", ELEMENTS, *options)
            self.assertEqual((said.returncode, said.stdout), (status, ""), options)
            self.assertIn(part, said.stderr)
        some = export("services", "--env", "production", "--host", "jb1", "--application", "oxygen", "--type", "snmp")
        self.assertEqual([line.split()[:2] for line in some.splitlines()],
                         [["oxygen-snmp-3", "30805/udp"], ["oxygen-snmp-4", "40805/udp"]])

    def test_reserved_ports_in_the_kernel(self):
        line = export("ip_local_reserved_ports", "--env", "prod", "--application", "oxygen", "--host", "jb1")
        self.assertEqual(line, "net.ipv4.ip_local_reserved_ports = 10811,30801-30806,40801-40806\n")
        for plan in self.plans():
            wanted = export("ip_local_reserved_ports", plan=plan)
            file = self.write("sysctl.conf", wanted)
            taken = in_namespaces('sysctl -q -p "$1"; cat /proc/sys/net/ipv4/ip_local_reserved_ports', file)
            self.assertEqual(taken.stderr, "")
            self.assertEqual(taken.stdout.strip(), wanted.split(" = ")[1].strip())

    def test_more_reserved_ports_than_the_kernel_takes_in_a_write(self):
        services = "\n".join(f"    s{port}: {port}" for port in range(1025, 5025, 2))
        plan = self.write("many.yaml", f"zone: z.example\nnameservers: {{ns1: 127.0.0.1}}\nregistry:\n  services:\n{services}\n")
        file = self.write("sysctl.conf", export("ip_local_reserved_ports", plan=plan))
        taken = in_namespaces('sysctl -q -p "$1"; cat /proc/sys/net/ipv4/ip_local_reserved_ports', file)
        self.assertEqual((taken.stdout, taken.stderr), ("1025-5023\n", ""))

    def test_services_in_the_name_service(self):
        for plan, questions in [
            (ELEMENTS, [("hydrogen-ajp", "hydrogen-ajp-1 10104/tcp hydrogen-ajp"), ("40805/udp", "oxygen-snmp-4 40805/udp"),
                        ("sodium-mcast-prod", "sodium-mcast-prod 11111/udp")]),
            (self.plans()[1], [("5001/tcp", "tcp 5001/tcp"), ("idle", "idle 5002/tcp"), ("evil:", ""), ("nameserver", "")]),
        ]:
            file = self.write("services", export("services", plan=plan))
            for question, answer in questions:
                said = in_namespaces('mount --bind "$1" /etc/services; getent -s files services "$2" || true', file, question)
                self.assertEqual((" ".join(said.stdout.split()), said.stderr), (answer, ""))

    def test_haproxy(self):
        for plan, backend in [(ELEMENTS, "hydrogen-ajp.prod"), (self.plans()[1], "tcp.no")]:
            config = self.write("haproxy.cfg", export("haproxy", plan=plan))
            front = self.write("front.cfg", DEFAULTS.format(backend=backend))
            self.assertIn("Configuration file is valid", self.accepted("haproxy", "-c", "-f", config, "-f", front))

    def test_prometheus(self):
        for plan in self.plans():
            self.write("targets.json", export("prometheus-http-sd", plan=plan))
            by_file = self.write("by-file.yml", "scrape_configs: [{job_name: a, file_sd_configs: [{files: [targets.json]}]}]\n")
            by_dns = self.write("by-dns.yml", export("prometheus-dns-sd", plan=plan))
            for config in (by_file, by_dns):
                self.assertIn("SUCCESS", self.accepted("promtool", "check", "config", config))
        self.write("broken.json", '[{"targets": "x"}]')
        broken = self.write("broken.yml", "scrape_configs: [{job_name: a, file_sd_configs: [{files: [broken.json]}]}]\n")
        self.assertNotEqual(run_command("promtool", "check", "config", broken).returncode, 0)  # it does look into them
        targets = json.loads(export("prometheus-http-sd", "--env", "prod", "--application", "oxygen", "--type", "jmx"))
        self.assertEqual([each["targets"] for each in targets],
                         [[f"jb{2 - n // 3}.prod.svc.corp.example:{n}0802"] for n in (1, 2, 3, 4)])

    def test_nftables(self):
        for plan in self.plans():
            rules = self.write("rules.nft", export("nftables", plan=plan))
            said = in_namespaces('nft -c -f "$1"; nft -f "$1"; nft -j list table inet portolan', rules)
            self.assertEqual((said.returncode, said.stderr), (0, ""))
            sets = {each["set"]["name"] for each in json.loads(said.stdout)["nftables"] if "set" in each}
            self.assertIn("host_jb1.prod.tcp" if plan == ELEMENTS else "env_no.tcp.v6", sets)
        used = self.write("used.nft", export("nftables") + "table inet portolan {\n chain input {\n"
                          "  ip daddr . tcp dport @env_prod.tcp.v4 accept\n  udp dport @host_jb1.prod.udp accept\n }\n}\n")
        self.assertEqual(in_namespaces('nft -f "$1"', used).stderr, "")

    def test_ansible(self):
        said = yaml.load(export("ansible"), Unsafe)["portolan_services"]["prod"]["oxygen-snmp"]
        self.assertEqual([each["port"] for each in said["endpoints"] if each["host"] == "jb1"], [30805, 40805])
        hostile = yaml.load(export("ansible", plan=self.plans()[1]), Unsafe)["portolan_services"]
        self.assertEqual(hostile["no"]["yes-http"]["owner"], ("unsafe", "{{ lookup('pipe', 'id') }}"))
        self.assertEqual(set(hostile), {"no"})

    def test_xml_is_well_formed(self):
        for plan in self.plans():
            for form in ("tomcat", "jboss"):
                self.accepted("xmllint", "--noout", self.write(f"{form}.xml", export(form, plan=plan)))
        server = export("tomcat", "--env", "prod", "--application", "hydrogen", "--host", "jb1")
        for line in ['<Server port="10101" shutdown="SHUTDOWN">', '<Connector port="10104" protocol="AJP/1.3"/>',
                     "<!-- snmp: 10105/udp -->"]:
            self.assertIn(line, server)
        bindings = export("jboss", "--env", "prod", "--application", "oxygen")
        for line in ["<!-- instance 4: port-offset 30000 -->", '<socket-binding name="repl" port="10806"/>',
                     'fixed-port="true" multicast-address="239.1.11.1" multicast-port="10811"']:
            self.assertIn(line, bindings)

    def test_ajp_keeps_the_order_of_the_plan(self):
        workers = export("mod_jk", "--env", "prod", "--application", "hydrogen")
        for line in ["worker.list=hydrogen-ajp_prod", "worker.hydrogen-ajp_prod.balance_workers=hydrogen-ajp_prod_1,hydrogen-ajp_prod_2",
                     "worker.hydrogen-ajp_prod_2.port=20104", "worker.hydrogen-ajp_prod_2.distance=20"]:
            self.assertIn(line + "\n", workers)
        self.assertIn('BalancerMember "ajp://jb2.prod.svc.corp.example:20104" route=hydrogen-ajp_prod_2 status=+H\n',
                      export("mod_proxy_ajp", "--env", "prod", "--application", "hydrogen"))

    @needs_packages
    def test_compose_and_kubernetes_by_their_published_schemas(self):
        schema = json.loads((PACKAGES / COMPOSE_SCHEMA).read_text())
        compose = jsonschema.Draft201909Validator(schema)
        self.assertTrue(list(compose.iter_errors({"services": {"a": {"ports": [{"published": []}]}}})), "it accepts anything")
        for plan in self.plans():
            self.assertEqual([], [each.message for each in compose.iter_errors(yaml.safe_load(export("compose", plan=plan)))])
            self.assertEqual("", self.by_kubernetes(export("kubernetes", plan=plan)))
        broken = json.loads(export("kubernetes"))
        broken["items"] = broken["items"][:1]
        broken["items"][0]["spec"]["ports"][0]["port"] = "80"
        self.assertIn("port must be integer", self.by_kubernetes(json.dumps(broken)))

    def by_kubernetes(self, text):
        script = pathlib.Path(__file__).with_name("kubernetes.mjs")
        said = run_command("node", str(script), stdin=text, env={**os.environ, "PACKAGES": str(PACKAGES)})
        self.assertEqual(said.stderr, "")
        return said.stdout

    def test_the_shape_of_compose_kubernetes_and_consul(self):
        """What published schemas do not say of names, numbers and families; and Consul, which publishes none."""
        label = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
        for plan in self.plans():
            for ports in yaml.safe_load(export("compose", plan=plan))["services"].values():
                self.assertTrue(all(re.fullmatch(r"(\d+):\1/(tcp|udp|sctp)", each) for each in ports["ports"]))
            for item in json.loads(export("kubernetes", plan=plan))["items"]:
                data = item["metadata"]
                self.assertTrue(label.fullmatch(data["name"]) and label.fullmatch(data["namespace"]), data)
                ports = item["spec"]["ports"] if item["kind"] == "Service" else item["ports"]
                self.assertIn(ports[0]["protocol"], ("TCP", "UDP", "SCTP"))
                if item["kind"] == "EndpointSlice":
                    self.assertEqual({ipaddress.ip_address(a).version for each in item["endpoints"] for a in each["addresses"]},
                                     {4 if item["addressType"] == "IPv4" else 6})
                    self.assertTrue(label.fullmatch(data["labels"]["kubernetes.io/service-name"]))
            services = json.loads(export("consul", plan=plan))["services"]
            self.assertEqual(len({each["id"] for each in services}), len(services))
            self.assertTrue(all(0 < each["port"] < 65536 and each["address"] for each in services))

    def test_nagios_objects(self):
        for plan in self.plans():
            text = export("nagios", plan=plan)
            self.assertNotIn(";", text)
            for line in text.splitlines():
                self.assertRegex(line, r"^(define (host|service) \{|    \w+ +\S.*|\})$")
        self.assertIn("check_command        check_tcp!10104\n", export("nagios", "--env", "prod"))


if __name__ == "__main__":
    main()
