"""Which ports of my compose files collide? And do the other files say what the plan says?

`portolan lint files` reads what teams have anyway: compose files, manifests, variables, server.xml and
more. It tells of each port that two of them take, that the plan gives to another, or that nobody wrote
down, by file, line and column; in CI as SARIF. What is no such file is told of, and breaks nothing.
"""

import json
import os

import jsonschema

from portolan_scenario import PACKAGES, ZONES, Scenario, main, needs_packages, portolan

REGISTRY = str(ZONES / "registry.yaml")

SHOP = """\
services:
  order-api:
    ports: ["5002:80"]
  cart:
    ports:
      - "8080:8080"
      - "80"
      - "${ADMIN_PORT:-9000}:9000"
    expose: ["7000"]
"""
BLOG = """\
services:
  blog:
    ports:
      - target: 80
        published: "8080"
        host_ip: 127.0.0.1
      - "5001:5001"
"""
MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {name: user-api}
spec:
  type: NodePort
  ports: [{port: 5001, targetPort: 5001, nodePort: 30080}]
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  type: NodePort
  ports: [{port: 80, nodePort: 30080}]
"""
VARIABLES = """\
user_api_port: 5001
order_api_port: 5003
admin_port: "{{ order_api_port + 1 }}"
"""


class LintFiles(Scenario):
    def setUp(self):
        super().setUp()
        for name, text in {"shop/compose.yaml": SHOP, "blog/docker-compose.yml": BLOG, "k8s/web.yaml": MANIFEST,
                           "group_vars/all.yml": VARIABLES, "notes.txt": "port 80\n"}.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text)

    def lint(self, *arguments, plan=REGISTRY):
        return portolan("lint", "files", *arguments, *(["--plan", plan] if plan else ["--no-plan"]), cwd=self.folder)

    def found(self, *arguments, **options):
        """{(file, line, rule): severity}"""
        done = self.lint(*arguments, "--json", **options)
        return {(each["file"], each["line"], each["rule"]): each["severity"]
                for each in json.loads(done.stdout)["findings"]}

    def test_which_ports_of_my_compose_files_collide(self):
        done = self.lint("shop/compose.yaml", "blog/docker-compose.yml", plan=None)
        self.assertEqual(done.returncode, 1)
        self.assertIn("blog/docker-compose.yml:5:20: error: blog's published port is 8080/tcp on 127.0.0.1, which "
                      "cart's published port takes already (shop/compose.yaml:6:9) [port-collision]", done.stdout)
        self.assertEqual(done.stdout.count("error:"), 1)

    def test_a_folder_beside_the_plan(self):
        self.assertEqual(self.found("."), {
            ("blog/docker-compose.yml", 5, "unknown-port"): "warning",
            ("blog/docker-compose.yml", 7, "wrong-service"): "warning",  # 5001 is user-api's
            ("group_vars/all.yml", 2, "wrong-service"): "error",         # 5003 is payment-api's
            ("group_vars/all.yml", 3, "undecided"): "note",
            ("k8s/web.yaml", 6, "wrong-port"): "error",
            ("k8s/web.yaml", 13, "port-collision"): "error",
            ("k8s/web.yaml", 13, "unknown-port"): "warning",
            ("shop/compose.yaml", 6, "port-collision"): "error",
            ("shop/compose.yaml", 6, "unknown-port"): "warning",
            ("shop/compose.yaml", 7, "random-port"): "note",
            ("shop/compose.yaml", 8, "undecided"): "note",
        })
        done = self.lint(".")
        self.assertIn("4 files with", done.stdout)
        self.assertIn("1 file passed over", done.stdout)

    def test_what_is_right_is_status_0(self):
        (self.folder / "shop/compose.yaml").write_text('services: {order-api: {ports: ["5002:80"]}}\n')
        done = self.lint("shop/compose.yaml")
        self.assertEqual((done.returncode, done.stdout.count("\n")), (0, 1), done.stdout)

    def test_sarif(self):
        done = self.lint(".", "--format", "sarif")
        self.assertEqual(done.returncode, 1)
        (run,) = json.loads(done.stdout)["runs"]
        rules = {each["id"] for each in run["tool"]["driver"]["rules"]}
        self.assertEqual({each["ruleId"] for each in run["results"]}, rules)
        for each in run["results"]:
            place = each["locations"][0]["physicalLocation"]
            self.assertTrue((self.folder / place["artifactLocation"]["uri"]).is_file())
            self.assertGreaterEqual(place["region"]["startLine"], 1)
            self.assertIn(each["level"], ("error", "warning", "note"))

    @needs_packages
    def test_sarif_by_its_published_schema(self):
        schema = jsonschema.Draft4Validator(json.loads((PACKAGES / "schemastore/schemas/json/sarif-2.1.0-rtm.5.json").read_text()))
        self.assertTrue(list(schema.iter_errors({"version": "2.1.0", "runs": [{}]})), "it accepts anything")
        found = json.loads(self.lint(".", "--format", "sarif").stdout)
        self.assertEqual([], [each.message for each in schema.iter_errors(found)])

    def test_bad_files_are_told_of(self):
        for name, octets, reason in [
            ("compose.yaml", b"", "the file is empty"),
            ("compose.yaml", os.urandom(100_000), "the file is no text"),
            ("compose.yaml", b"services: {web: {ports: [", "[unreadable]"),
            ("compose.yaml", b"[" * 100_000, "nested too deeply"),
            ("compose.yaml", b"# x\n" * 5_000_000, "more than 16 MiB"),
            ("server.xml", b"<Server port='8005'><Connector port='80", "never ends"),
            ("notes.md", b"port 80", "--as FORMAT"),
            ("gone", None, "the file cannot be read"),
        ]:
            if octets is not None:
                (self.folder / name).write_bytes(octets)
            done = self.lint(name)
            self.assertEqual(done.returncode, 2, (name, reason, done.stderr))
            self.assertIn(reason, done.stdout)
        (self.folder / "compose.yaml").write_text(
            'services: {web: {ports: ["9000-8000:80", "::1:80:80", "x:1", "[::1]:70000:80", {published: 80}]}}\n')
        done = self.lint("compose.yaml")
        self.assertEqual((done.returncode, done.stdout.count("[skipped]")), (1, 5), done.stdout)

    def test_usage(self):
        for arguments in (["--as", "xml"], ["--format", "html"], ["--no-plan"]):
            self.assertEqual(self.lint("shop/compose.yaml", *arguments).returncode, 2, arguments)
        self.assertEqual(self.lint("shop/compose.yaml", plan="/nonexistent").returncode, 2)


if __name__ == "__main__":
    main()
