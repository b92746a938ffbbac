"""Somebody has ports in a wiki table, in /etc/services, in a zone file, and wants a plan of them.

What an import says is in the plan or in the list of what was skipped; `check` never refuses the
plan; a flat list shows its convention and its mistakes; and what portolan has exported comes back.
"""

# ctest: timeout 300
import csv
import io
import json
import os
import random

from portolan_scenario import ZONES, Scenario, main, portolan, run_command

ELEMENTS = str(ZONES / "elements.yaml")
FORMATS = ["csv", "iana", "json", "markdown", "services", "zone"]

ODD = r"""
zone: z.example
nameservers: {ns1: 127.0.0.1}
convention:
  pattern: YYZ
  fields: {YY: application, Z: type}
  applications: {yes: {id: 10, owner: "{{ x }}", description: "\n  a|b: \"1\" <script>&amp;' # ` *_~ \\"}, b: {id: 11, owner: "=1+1"}}
  types: {http: 3, snmp: {id: 5, proto: udp}}
registry:
  ranges: {"1": 5000-5099}
  services:
    api: {port: 5001, in: "1", description: "true"}
    far: {port: 443, endpoints: [{target: far.other.example.}]}
environments:
  no: {hosts: {h1: [10.0.0.1, "2001:db8::1"], h2: 10.0.0.2}, place: {yes: {1: h1}, b: {1: h2}}}
"""


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def export(form, plan, *options):
    said = portolan("export", form, "-p", plan, *options)
    assert said.returncode == 0, said.stderr
    return said.stdout


def without(text, *columns):
    return [{key: value for key, value in row.items() if key not in columns} for row in rows_of(text)]


class Imports(Scenario):
    def bring(self, form, text, *options):
        """Imports the text, and holds the plan against `check`: (status, path of the plan or None, messages)."""
        file = self.write("import.txt", text) if isinstance(text, str) else self.write_octets("import.txt", text)
        said = portolan("import", form, file, *options)
        self.assertIn(said.returncode, (0, 1, 2), said.stderr)
        self.assertEqual(said.stdout == "", said.returncode == 2, said.stderr)
        if said.returncode == 2:
            self.assertTrue(said.stderr)
            return 2, None, said.stderr
        plan = self.write("imported.yaml", said.stdout)
        checked = portolan("check", plan)
        self.assertLess(checked.returncode, 2, checked.stdout)
        return said.returncode, plan, said.stderr

    def write_octets(self, name, octets):
        path = self.folder / name
        path.write_bytes(octets)
        return path

    def test_a_flat_list_with_three_mistakes(self):
        rows = rows_of(portolan("ports", ELEMENTS, "-e", "dev", "-f", "csv").stdout)
        self.assertEqual(len(rows), 168)
        for seed in range(5):
            chance = random.Random(seed)
            chance.shuffle(rows)
            wrong = {number: int(rows[number]["port"]) + chance.choice([-100, 1, 10, 9000])
                     for number in chance.sample(range(168), 3)}
            for table in (
                ["application,instance,type,port,proto"] +
                [f"{r['application']},{r['instance']},{r['type']},{wrong.get(n, r['port'])},{r['proto']}" for n, r in enumerate(rows)],
                [f"{r['application']} {r['type']} {r['instance']} {wrong.get(n, r['port'])}/{r['proto']}" for n, r in enumerate(rows)],
            ):
                status, plan, said = self.bring("csv", "\n".join(table) + "\n", "--infer")
                self.assertEqual(status, 1)
                self.assertIn("XYYZZ explains 165 of 168 ports", said)
                self.assertEqual(said.count("[exception]"), 3, said)
                for number, port in wrong.items():
                    row = rows[number]
                    place = f"import.txt:{number + 1 + (len(table) - 168)}: warning: {row['application']} {row['type']}"
                    self.assertIn(place, said)
                    self.assertIn(f"{port}/{row['proto']} here, and {row['port']} by XYYZZ", said)
                for row in rows[::19]:
                    number = portolan("port", row["application"], row["type"], row["instance"], "--plan", plan)
                    self.assertEqual(number.stdout.strip(), row["port"])

    def test_a_list_without_a_convention(self):
        chance = random.Random(1)
        text = "application,instance,type,port\n" + "".join(
            f"a{n % 9},{n % 3 + 1},t{n % 7},{chance.randrange(1024, 30000)}\n" for n in range(60))
        status, _, said = self.bring("csv", text, "--infer")
        self.assertEqual(status, 1)
        self.assertIn("no convention explains more than half", said)

    def test_what_was_exported_comes_back(self):
        for plan in (ELEMENTS, str(self.write("odd.yaml", ODD))):
            before = export("json", plan)
            status, again, said = self.bring("json", before)
            self.assertEqual((status, said), (0, ""))
            self.assertEqual(json.loads(export("json", again)), json.loads(before))
            table = export("csv", plan)
            for form in ("csv", "markdown"):
                _, again, said = self.bring(form, export(form, plan), "--infer")
                self.assertEqual(said.count("warning"), 0, said)
                left = ("srv",) if plan != ELEMENTS else ()
                key = lambda row: tuple(row.values())
                self.assertEqual(sorted(without(export("csv", again, ), *left), key=key), sorted(without(
                    table.replace("z.example", "svc.corp.example"), *left), key=key), form)
            lines = export("services", plan)
            _, again, _ = self.bring("services", lines)
            names = lambda text: sorted(line.split()[:2] for line in text.splitlines())
            self.assertEqual(names(export("services", again)), names(lines))

    def test_a_zone_file(self):
        zone = portolan("zone", ELEMENTS).stdout
        file = self.write("z.zone", zone)
        self.assertEqual(run_command("named-checkzone", "-q", "svc.corp.example", file).returncode, 0)
        status, plan, said = self.bring("zone", zone)
        self.assertEqual((status, said.count("warning")), (0, 0), said)
        facts = lambda rows: {(row["environment"], row["service"], row["port"], row["host"], row["addresses"])
                              for row in rows if row["srv"] and not row["type"] == "mcast" and "mcast" not in row["service"]}
        self.assertEqual(facts(rows_of(export("csv", plan))), facts(rows_of(export("csv", ELEMENTS))))
        for text, reason in [
            ("a.example. 60 IN A 10.0.0.1\n", "no SOA record tells the name of the zone"),
            ("$ORIGIN z.example.\n@ 60 IN SOA ns hm 1 1 1 1 1\n@ 60 NS ns\nns 60 A 10.0.0.1\n_x._tcp 60 SRV 0 0 0 .\nb 60 SRV 0 0 80 ns\n",
             "_x._tcp.z.example. is said not to be served"),
        ]:
            self.assertIn(reason, self.bring("zone", text)[2])

    def test_the_registry_of_iana(self):
        text = ("Service Name,Port Number,Transport Protocol,Description,Reference\n"
                "tcpmux,1,tcp,TCP Port Service Multiplexer,x\nrje,5,udp,\"Remote, Job\nEntry\",\n,4,tcp,Unassigned,\n"
                "x11,6000-6063,tcp,X,\nnoport,,,none,\nnotransport,77,,none,\n8f,99,dccp,x,\n")
        status, plan, said = self.bring("iana", text)
        self.assertEqual(status, 1)
        for part in ["1 rows without a name", "1 rows without a port", "1 rows without a transport", 'column "Reference"']:
            self.assertIn(part, said)
        self.assertEqual([row["service"] for row in rows_of(export("csv", plan))], ["tcpmux", "rje", "8f"])

    def test_bad_input_of_every_format(self):
        junk = random.Random(1).randbytes(4096)
        texts = [
            b"", b"\n\n", junk, b"\x00\x01", b"\xff\xfe\x00a", b'"', b"{", b"[[[[", b'{"plans": [{"plan": {"zone": 1}}]}',
            b'[{"port": "80"}, 1, {"port": {"a": []}, "name": "x"}]', b"name,port\r\nweb,\"80", b"\xef\xbb\xbfname,port\r\nweb,80\r\n",
            b"|port|name|\n|---|---|\n|80|\n|x\\", b"name,port\n" + b"a" * 100000 + b",80\n", b"port,port\n1,2\n",
            b"name,port,host,ip\nx,1,..,10.0.0.1\ny,2,-,::1\nz,3,mcast,10.0.0.2\n,4,default,10.0.0.3\n",
            b"name,port,env\ndefault,1,ns1\nmcast,2,NS1\nns1,3,\xc3\xbc\n", b"a" * 70 + b" 80/tcp\n" + b"a" * 71 + b" 81/tcp\n",
            b"$ORIGIN .\n@ SOA a b 1 2 3 4 5\n", b"$INCLUDE /etc/passwd\nz. SOA a. b. 1 2 3 4 5\n_a._tcp.z. SRV 1 1 80 h.z.\n",
            b"application,type,instance,port\na,t,1,1\na,t,1,2\nb,t,1,1\nb,t,9999,65535\n",
            b"Service Name,Port Number,Transport Protocol\na,1,tcp\na,1,tcp\nb,1,tcp\n",
        ]
        for form in FORMATS:
            for text in texts:
                for options in ([], ["--infer"]):
                    with self.subTest(form=form, text=text[:40], options=options):
                        self.bring(form, text, *options)
        missing = portolan("import", "csv", self.folder / "nowhere")
        self.assertEqual((missing.returncode, missing.stdout), (2, ""))
        unknown = portolan("import", "cvs", self.folder / "nowhere")
        self.assertIn('Did you mean "csv"?', unknown.stderr)
        listed = portolan("import")
        for form in FORMATS:
            self.assertIn(f"\n{form} " if form != "csv" else "csv ", listed.stdout)

    def test_standard_input_and_json(self):
        said = portolan("import", "services", "-", "--json", "--zone", "x.example", stdin="http 80/tcp\nbad\n")
        whole = json.loads(said.stdout)
        self.assertEqual(said.returncode, 1)
        self.assertTrue(whole["plan"].startswith("zone: x.example\n"))
        self.assertEqual([(each["file"], each["line"]) for each in whole["findings"]], [("standard input", 2)])

    def test_a_program_is_told_its_port(self):
        def run(*words, **more):
            return portolan("run", "-p", ELEMENTS, *words, **more)
        told = run("--service", "oxygen-snmp", "--env", "production", "--instance", "4", "--",
                   "sh", "-c", 'echo "$PORT $PORTOLAN_HOST $1"; exit 7', "sh", "--env")
        self.assertEqual((told.returncode, told.stdout), (7, "40805 jb1 --env\n"))
        by_environment = run("--", "printenv", "PORT", env={"PORTOLAN_SERVICE": "hydrogen-ajp", "PORTOLAN_ENVIRONMENT": "dev", "PORTOLAN_INSTANCE": "2"})
        self.assertEqual(by_environment.stdout, "20104\n")
        for words, status, part in [
            (["--service", "oxygen-snmp", "--env", "prod", "--", "true"], 2, "several ports"),
            (["--service", "oxigen-snmp", "--", "true"], 2, 'Did you mean "oxygen-snmp"?'),
            (["--service", "hydrogen-ajp", "-e", "dev", "-i", "1", "--", "/nowhere"], 127, "cannot be started"),
            (["--service", "hydrogen-ajp", "-e", "dev", "-i", "1", "--", os.devnull], 126, "cannot be started"),
        ]:
            said = run(*words)
            self.assertEqual((said.returncode, said.stdout), (status, ""), words)
            self.assertIn(part, said.stderr)


if __name__ == "__main__":
    main()
