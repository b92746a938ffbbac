# ctest: timeout 120
# ctest: tsan
"""People look at the port map in a browser: its files, its data, and what they are told as it changes."""
import concurrent.futures
import json
import pathlib
import select
import socket
import time

import requests

from portolan_scenario import SLOWNESS, ZONES, Scenario, free_port, main, portolan, wait_until

PAGE = pathlib.Path(__file__).resolve().parents[3] / "src" / "page"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

PLAN = """
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
health: {{interval: 200ms, timeout: 200ms, fall: 1, rise: 1, preserve: 100}}
registry:
  ranges:
    APIs <b>: {{ports: 7000-7009, owner: "<img src=x onerror=alert(1)>"}}
  services:
    web: {{port: {up}, check: tcp, description: "</script><script>alert(1)</script>", endpoints: [{{host: h1}}]}}
    feed: {{port: 7003, in: "APIs <b>", endpoints: []}}
  dynamic: {{names: [job], ports: 20000-20999, environments: [prod]}}
environments:
  prod: {{aliases: [live], networks: [127.0.0.0/8], hosts: {{h1: 127.0.0.1}}}}
"""

LARGE = f"""
zone: svc.corp.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  instances: 1-4
  applications: {{{", ".join(f"app{n}: {n}" for n in range(1, 100))}}}
  types: {{{", ".join(f"type{n}: {n}" for n in range(1, 26))}}}
registry: {{services: {{web: 8080}}}}
environments:
  prod: {{hosts: {{jb1: 10.1.0.11, jb2: 10.1.0.12}}, place: {{default: [jb1, jb2, jb1, jb2]}}}}
"""


class Reader:
    """Reads server-sent events."""

    def __init__(self, api):
        host, port = api.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.sendall(f"GET /v1/events HTTP/1.1\r\nHost: {api}\r\n\r\n".encode())
        self.lines = self.socket.makefile("rb")
        self.head = b"".join(iter(self.lines.readline, b"\r\n")).decode()

    def next(self, wanted, seconds=10.0):
        """The data of the next event of that name; what comes before it is passed over."""
        end = time.monotonic() + seconds
        name = ""
        while True:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            line = self.lines.readline().decode()
            if not line:
                raise AssertionError("the stream has ended")
            if line.startswith("event: "):
                name = line[7:].strip()
            if line.startswith("data: ") and name == wanted:
                return json.loads(line[6:])

    def close(self):
        self.lines.close()
        self.socket.close()


class PeopleLookAtTheMap(Scenario):
    def start(self, *plans, **options):
        self.api = f"127.0.0.1:{free_port('127.0.0.1')}"
        self.server = self.serve(*plans, arguments=["--api", self.api], **options)

    def start_with_web(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        self.start(self.write("plan.yaml", PLAN.format(up=self.port)))
        wait_until(lambda: self.web()["verdict"] == "passing", what="the first check")

    def get(self, path, status=200, **options):
        answer = requests.get(f"http://{self.api}{path}", timeout=20, **options)
        self.assertEqual(answer.status_code, status, answer.text)
        return answer

    def rows(self, environment="prod"):
        return self.get(f"/v1/map?zone=svc.corp.example&environment={environment}").json()["rows"]

    def web(self):
        return next(row for row in self.rows() if row["service"] == "web")

    def read(self):
        reader = Reader(self.api)
        self.addCleanup(reader.close)
        return reader

    # --- the page's files

    def test_the_page_is_held_to_its_own_origin(self):
        self.start(ZONES / "elements.yaml")
        for file in sorted(PAGE.iterdir()):
            path = "/" if file.name == "index.html" else f"/page/{file.name}"
            answer = self.get(path)
            self.assertEqual(answer.content, file.read_bytes(), path)
            self.assertEqual(answer.headers["Content-Type"], TYPES[file.suffix], path)
            self.assertEqual(answer.headers["Content-Security-Policy"], POLICY)
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(answer.headers["Cache-Control"], "no-cache")
            again = self.get(path, 304, headers={"If-None-Match": answer.headers["ETag"]})
            self.assertEqual((again.content, again.headers["ETag"]), (b"", answer.headers["ETag"]))
            self.get(path, headers={"If-None-Match": '"another"'})
        for path in ("/page/nothing.js", "/page/..%2fapi.cpp", "/page/", "/page/index.html/"):
            self.assertIn(requests.get(f"http://{self.api}{path}", timeout=10).status_code, (404, 200), path)
        self.get("/page/nothing.js", 404)
        self.get("/page/..%2f..%2fetc%2fpasswd", 404)

    # --- the data

    def test_the_map_of_the_elements(self):
        self.start(ZONES / "elements.yaml")
        whole = self.get("/v1/map").json()
        self.assertRegex(whole["now"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        zone, = whole["zones"]
        self.assertEqual((zone["zone"], zone["pattern"], zone["instances"]),
                         ("svc.corp.example", "XYYZZ", {"first": 1, "last": 4}))
        self.assertEqual([each["name"] for each in zone["environments"]],
                         ["dev", "qa", "itl", "prj", "preprod", "prod"])
        oxygen = next(each for each in zone["applications"] if each["name"] == "oxygen")
        self.assertEqual((oxygen["id"], oxygen["owner"]), (8, "life-team"))
        mcast = [(each["id"], each["environment"]) for each in zone["types"] if each["name"] == "mcast"]
        self.assertIn((11, "prod"), mcast)
        ephemeral = next(each for each in zone["findings"] if each["rule"] == "ephemeral-range")
        self.assertEqual((len(ephemeral["ports"]), min(ephemeral["ports"]), max(ephemeral["ports"])),
                         (72, 40101, 41206))
        rows = self.rows()
        row, = (each for each in rows if each["port"] == 40805)
        self.assertEqual({key: row[key] for key in ("service", "application", "type", "instance", "protocol", "host",
                                                    "srv", "priority", "weight", "verdict", "owner", "findings")},
                         {"service": "oxygen-snmp", "application": "oxygen", "type": "snmp", "instance": "4",
                          "protocol": "udp", "host": "jb1", "srv": "_oxygen-snmp._udp.prod.svc.corp.example",
                          "priority": 40, "weight": 100, "verdict": "unchecked", "owner": "life-team",
                          "findings": ["ephemeral-range"]})
        # Each of the 12 x 6 unicast numbers of each of 4 instances has a row, placed or not.
        unicast = [each for each in rows if each["type"] != "mcast"]
        self.assertEqual(sorted(each["port"] for each in unicast),
                         [x * 10000 + y * 100 + z for x in range(1, 5) for y in range(1, 13) for z in range(1, 7)])
        table, = json.loads(portolan("ports", ZONES / "elements.yaml", "--format", "json").stdout)
        self.assertEqual({(each["port"], each["host"]) for each in rows if each["host"]},
                         {(each["port"], each["host"]) for each in table["ports"] if each["environment"] == "prod"})
        self.assertEqual({each["verdict"] for each in rows if not each["host"]}, {""})
        self.get("/v1/map?zone=svc.corp.example&environment=nowhere", 404)
        self.get("/v1/map?zone=other.example&environment=prod", 404)

    def test_a_large_map_holds_nobody_up(self):
        self.start(self.write("plan.yaml", LARGE))
        host, port = self.api.split(":")
        connections = []
        for _ in range(2):
            connections.append(socket.create_connection((host, int(port)), timeout=60))
            self.addCleanup(connections[-1].close)
        first = []
        for path, each in zip(("/v1/map?environment=prod", "/live"), connections):
            each.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.api}\r\nConnection: close\r\n\r\n".encode())
        first, _, _ = select.select(connections, [], [], 60)
        self.assertEqual(first, connections[1:], "what is asked later is answered while the map is put together")
        text = b"".join(iter(lambda: connections[0].recv(1 << 16), b""))
        rows = json.loads(text.split(b"\r\n\r\n", 1)[1])["rows"]
        self.assertEqual(sorted(row["port"] for row in rows),
                         sorted([8080, *(x * 10000 + y * 100 + z for x in range(1, 5) for y in range(1, 100)
                                         for z in range(1, 26))]))

    def test_hostile_names_are_data(self):
        self.start_with_web()
        answer = self.get("/v1/map")
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        zone, = answer.json()["zones"]
        self.assertEqual(zone["services"][0]["description"], "</script><script>alert(1)</script>")
        apis, = zone["ranges"]
        self.assertEqual((apis["name"], apis["owner"]), ("APIs <b>", "<img src=x onerror=alert(1)>"))
        self.assertEqual(apis["holders"], [{"first": 7003, "last": 7003, "text": "feed"}])
        self.assertEqual(apis["gaps"], [{"first": 7000, "last": 7002}, {"first": 7004, "last": 7009}])
        self.assertEqual(zone["dynamic"], {"first": 20000, "last": 20999, "names": ["job"]})

    # --- what changes

    def test_a_killed_endpoint_is_seen_within_a_second(self):
        self.start_with_web()
        readers = [self.read() for _ in range(20)]
        for reader in readers:
            self.assertIn("200 OK", reader.head)
            self.assertIn("text/event-stream", reader.head)
            self.assertEqual(reader.next("hello")["zones"][0]["zone"], "svc.corp.example")
        killed = time.monotonic()
        self.listener.close()
        for reader in readers:
            told = reader.next("rows")
            self.assertEqual((told["zone"], told["environment"], told["service"], told["protocol"]),
                             ("svc.corp.example", "prod", "web", "tcp"))
            self.assertEqual([(row["host"], row["verdict"]) for row in told["rows"]], [("h1", "critical")])
        self.assertLess(time.monotonic() - killed, 1.0 * SLOWNESS)
        self.assertEqual(told["rows"], [self.web()])
        change, = self.get("/v1/history?zone=svc.corp.example&environment=prod&service=web").json()["changes"]
        self.assertEqual((change["host"], change["port"], change["from"], change["to"]),
                         ("h1", self.port, "passing", "critical"))
        self.assertIn("refused", change["why"])
        self.assertEqual(self.get("/v1/history?zone=svc.corp.example&environment=prod&service=feed").json(),
                         {"changes": []})

    def test_another_plan_is_told(self):
        self.start_with_web()
        reader = self.read()
        reader.next("hello")
        self.replace("plan.yaml", PLAN.format(up=self.port).replace("port: 7003", "port: 7004"))
        self.server.reload()
        self.assertEqual(reader.next("plan"), {"zone": "svc.corp.example"})
        self.assertEqual([row["port"] for row in self.rows() if row["service"] == "feed"], [7004])
        self.assertEqual(self.get("/v1/map").json()["zones"][0]["ranges"][0]["holders"][0]["first"], 7004)

    def test_what_registers_is_a_row(self):
        self.start_with_web()
        reader = self.read()
        one = {"service": "job", "id": "job-1", "address": "127.0.0.9", "port": 20001, "lease": "5m"}
        path = f"http://{self.api}/v1/portolan/registrations"
        self.assertEqual(requests.put(path, json=one, timeout=10).status_code, 200)
        row, = reader.next("rows")["rows"]
        self.assertEqual((row["registration"], row["port"], row["addresses"], row["verdict"], row["aside"]),
                         ("job-1", 20001, ["127.0.0.9"], "passing", ""))
        self.assertIn("Its lease of 5m ends", row["expiry"][0])
        requests.put(f"{path}/job-1/aside?reason=a+new+disk", timeout=10)
        row, = reader.next("rows")["rows"]
        self.assertEqual((row["verdict"], row["aside"], row["withheld"]), ("maintenance", "a new disk", True))
        requests.put(f"{path}/h1.prod:{self.port}/aside?reason=moving", timeout=10)
        while reader.next("rows")["rows"][0]["verdict"] != "maintenance":
            pass
        self.assertEqual((self.web()["aside"], self.web()["verdict"]), ("moving", "maintenance"))
        requests.delete(f"{path}/job-1", timeout=10)
        wait_until(lambda: not any("registration" in row for row in self.rows() if row["service"] == "job"))
        changes = self.get("/v1/history?zone=svc.corp.example&environment=prod&service=job").json()["changes"]
        self.assertEqual([(each["from"], each["to"], each["why"]) for each in changes],
                         [("maintenance", "", "it was withdrawn, or ended"),
                          ("passing", "maintenance", "a new disk"), ("", "passing", "")])

    def test_who_goes_gives_the_place_back(self):
        self.start_with_web()
        readers = [Reader(self.api) for _ in range(50)]
        for reader in readers:
            reader.next("hello")
        self.assertGreaterEqual(self.connections(), 50)
        for reader in readers:
            reader.close()
        wait_until(lambda: self.connections() < 5, what="the readers' places")

    def connections(self):
        return next(int(line.split()[1]) for line in self.get("/metrics").text.splitlines()
                    if line.startswith("portolan_api_connections "))

    # --- what if

    def test_what_would_follow_is_what_the_command_says(self):
        self.start(ZONES / "elements.yaml")
        rows = (("add application aluminium", ["add", "application", "aluminium"]),
                ("add application aluminium --id 14", ["add", "application", "aluminium", "--id", "14"]),
                ("add type admin udp", ["add", "type", "admin", "--proto", "udp"]),
                ("instances 6", ["instances", "6"]),
                ("pattern XYYYZ", ["pattern", "XYYYZ"]),
                ("move oxygen 4 prod jb2", ["move", "oxygen", "4", "prod", "jb2"]))

        def ask(change):
            return requests.get(f"http://{self.api}/v1/whatif", timeout=60,
                                params={"zone": "svc.corp.example", "change": change})

        with concurrent.futures.ThreadPoolExecutor(len(rows)) as pool:
            answers = list(pool.map(ask, [change for change, _ in rows]))
        for (change, words), answer in zip(rows, answers):
            said = portolan("whatif", *words, "--plan", ZONES / "elements.yaml", "--json")
            self.assertEqual((answer.status_code, answer.headers["Content-Type"]),
                             (200 if said.stdout else 400, answer.headers["Content-Type"]), answer.text)
            if said.stdout:
                self.assertEqual(answer.json(), json.loads(said.stdout), change)
        self.assertTrue(answers[0].json()["clean"] in (True, False))
        self.assertTrue(any(each.startswith("11301") for each in answers[0].json()["opened"]))
        for change in ("", "add", "add application", "add type x smtp", "instances many", "instances 12",
                       "move oxygen 4 prod nowhere", "delete all", "pattern XX"):
            answer = ask(change)
            self.assertEqual((answer.status_code, answer.headers["Content-Type"]),
                             (400, "text/plain; charset=utf-8"), change)
            self.assertGreater(len(answer.text), 10)
        self.get("/v1/whatif?zone=other.example&change=instances+3", 404)


if __name__ == "__main__":
    main()
