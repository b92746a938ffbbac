"""An operator's editor checks plans with the schema that portolan prints, and agrees with `portolan check`.

`portolan schema` is a JSON Schema (draft 2020-12) made from the table that the reader uses. The plans
of zones/ fit it; faults that a schema can see are seen by both. `portolan check --json` says the same
as its text, for programs, with the documented exit status.
"""

import json
import re

import jsonschema
import yaml

from portolan_scenario import ROOT, ZONES, Scenario, main, portolan

HEAD = "zone: z.example\nnameservers: {ns1: 192.0.2.53}\n"
FIELDS = "{X: instance, YY: application, ZZ: type}"

# What is wrong, and the plan (after HEAD): both the schema and the reader refuse it.
FAULTS = [
    ("unknown key", "ttl: {service: 10s}"),
    ("unknown key below", "ttls: {servcie: 10s}"),
    ("not a duration", "ttls: {service: soon}"),
    ("a list for a mapping", "ttls: [10s]"),
    ("port 70000", "registry: {services: {a: {port: 70000}}}"),
    ("negative port", "registry: {services: {a: {port: -1}}}"),
    ("port in quotes", "registry: {services: {a: {port: '80'}}}"),
    ("a day that is none", "registry: {services: {a: {port: 1, until: 31.01.2027}}}"),
    ("unknown protocol", "registry: {services: {a: {port: 1, proto: icmp}}}"),
    ("underscore in a name", "registry: {services: {a_b: 1}}"),
    ("digits for a name", "registry: {services: {'80': 1}}"),
    ("MongoDB option that drivers refuse", "registry: {services: {a: {mongodb: {ssl: yes}}}}"),
    ("no pattern", f"convention: {{fields: {FIELDS}}}"),
    ("pattern of six", f"convention: {{pattern: XYYZZZ, fields: {FIELDS}}}"),
    ("unknown failover", "environments: {prod: {failover: random}}"),
    ("host without addresses", "environments: {prod: {hosts: {a: {owner: me}}}}"),
    ("instance that is no number", "environments: {prod: {place: {a: {one: b}}}}"),
    ("a check nobody knows", "registry: {services: {a: {port: 1, check: udp}}}"),
    ("a check every fortnight", "registry: {services: {a: {port: 1, check: {tcp: yes, interval: 2w}}}}"),
    ("half of all is no word", "health: {all_down: half}"),
    ("a secondary by its name", "transfer: {to: [ns2.corp.example]}"),
    ("a key that is no file", "transfer: {key: {secret: abc}}"),
    ("foreign server without its final dot", "nameservers: {ns.other.example: []}"),
]


class Resolved(yaml.SafeLoader):
    """YAML as editors read it: keys are text, and 010, 1:30 or 2027-01-31 nothing of their own kind."""


def mapping(loader, node):
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


Resolved.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
Resolved.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def load(text):
    return yaml.load(text, Resolved)


class AnEditorChecksPlans(Scenario):
    def setUp(self):
        super().setUp()
        run = portolan("schema")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.schema = json.loads(run.stdout)
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.validator = jsonschema.Draft202012Validator(self.schema)

    def test_the_plans_of_zones_fit(self):
        plans = sorted(ZONES.glob("*.yaml"))
        self.assertGreaterEqual(len(plans), 4)
        for plan in plans:
            with self.subTest(plan.name):
                self.validator.validate(load(plan.read_text()))

    def test_schema_and_reader_refuse_the_same(self):
        for what, text in FAULTS:
            with self.subTest(what):
                plan = HEAD.split("\n")[0] + "\n" + text if "nameservers" in text else HEAD + text
                self.assertFalse(self.validator.is_valid(load(plan)))
                run = portolan("check", "--json", self.write("plan.yaml", plan))
                self.assertEqual(run.returncode, 2, run.stdout)

    def test_the_reference_names_every_key(self):
        reference = (ROOT / "docs" / "plan.md").read_text()
        shapes = [self.schema, *self.schema["$defs"].values()]
        for key in sorted({key for shape in shapes for key in shape["properties"]}):
            with self.subTest(key):
                self.assertRegex(reference, rf"[`{{ ]{re.escape(key)}\b")

    def test_json_says_what_text_says(self):
        plan = self.write("plan.yaml", HEAD + "registry: {services: {a: {port: 99999}}}\nwhen_empty: nodat\n")
        run = portolan("check", "--json", plan)
        said = json.loads(run.stdout)
        self.assertEqual(run.returncode, 2)
        self.assertEqual(said["summary"], {"plans": 1, "errors": 2, "warnings": 0, "notes": 0})
        self.assertEqual([(finding["line"], finding["column"], finding["rule"]) for finding in said["findings"]],
                         [(3, 33, "bad-value"), (4, 13, "bad-value")])
        text = portolan("check", plan).stdout
        for finding in said["findings"]:
            self.assertIn(f"{plan}:{finding['line']}:{finding['column']}: error: {finding['message']}", text)
            self.assertIn("cure: " + finding["cure"], text)

    def test_exit_status(self):
        clean = HEAD + "environments: {prod: {hosts: {a: 10.0.0.1}}}\n"
        for what, text, status in [("clean", clean, 0), ("error", clean + "soa: 5\n", 2)]:
            with self.subTest(what):
                self.assertEqual(portolan("check", self.write("plan.yaml", text)).returncode, status)
        self.write("folder/plan.yaml", clean)
        stray = self.write("folder/stray.yaml", "ttls: {host: 1m}\n")
        self.assertEqual(portolan("check", stray.parent).returncode, 1)


if __name__ == "__main__":
    main()
