"""An operator edits the plan of a running server.

Saving the file is enough; SIGHUP does the same. What changed is logged, a line a service, and secondaries
see a higher serial. A plan with an error changes nothing at all: its error is logged once, with its place,
and every zone goes on as it was until the plan is right again.
"""
# ctest: tsan

import os
import re
import time

from portolan_scenario import Scenario, main, rcode, wait_until

PLAN = """\
zone: {zone}
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
registry:
  ranges: {{API services: 5000-5099}}
  services:
    user-api: {{port: {port}, in: API services, endpoints: [{{host: app1}}]}}
    orders: {{port: 5002, in: API services, endpoints: [{{host: app1}}, {{host: app2}}]}}
environments:
  prod:
    hosts: {{app1: {address}, app2: 10.1.0.12}}
"""


def plan(zone="a.example", port=5001, address="10.1.0.11"):
    return PLAN.format(zone=zone, port=port, address=address)


BROKEN = plan().replace("{host: app1}", "{host: app9}", 1)   # a host that does not exist, in line 7


class AnOperatorEdits(Scenario):
    def setUp(self):
        super().setUp()
        self.write("plans/a.yaml", plan())
        self.plans = self.folder / "plans"
        self.server = None

    def start(self, *arguments):
        self.server = self.serve(self.plans, arguments=["--workers", 2, *arguments])

    def ports(self, service="user-api", zone="a.example"):
        return [record[2] for record in self.server.srv(f"_{service}._tcp.prod.{zone}")]

    def wait_for_ports(self, ports, **options):
        wait_until(lambda: self.ports(**options) == ports, what=f"the ports {ports}")

    def serial(self, zone="a.example"):
        return self.server.ask(zone, "SOA").answer[0][0].serial

    def count(self, pattern):
        return len(re.findall(pattern, self.server.log, re.MULTILINE))

    def test_and_saves_the_file(self):
        self.start()
        before = self.serial()
        self.write("plans/a.yaml", plan(port=5003))
        self.wait_for_ports([5003])
        self.assertGreater(self.serial(), before)
        self.server.wait_for_log(r"prod user-api/tcp: \+ 5003 app1, - 5001 app1$")
        self.assertEqual(self.count("orders/tcp"), 0, "what did not change is not mentioned")

    def test_with_an_editor_that_renames(self):
        self.start()
        for port in (5003, 5004, 5005):
            self.replace("plans/a.yaml", plan(port=port))
            self.wait_for_ports([port])

    def test_and_sends_sighup(self):
        self.start("--no-watch")
        self.write("plans/a.yaml", plan(port=5003))
        time.sleep(0.6)
        self.assertEqual(self.ports(), [5001], "nobody asked yet")
        self.server.reload()
        self.wait_for_ports([5003])

    def test_without_changing_anything(self):
        self.start()
        before = self.serial()
        self.server.reload()
        self.server.wait_for_log("nothing changed")
        self.write("plans/a.yaml", "# A comment is no change.\n" + plan())
        time.sleep(1)
        self.assertEqual(self.serial(), before)
        self.assertEqual(self.count("is changed with serial"), 0)

    def test_a_host_address(self):
        self.start()
        self.write("plans/a.yaml", plan(address="10.1.0.99"))
        wait_until(lambda: self.server.ask("app1.prod.a.example").answer[0][0].address == "10.1.0.99")
        answer = self.server.ask("_user-api._tcp.prod.a.example", "SRV")
        self.assertIn("10.1.0.99", str(answer.additional))

    def test_the_folder(self):
        """A new plan in the folder is a new zone; a plan that is gone takes its zone with it."""
        self.start()
        self.assertEqual(rcode(self.server.ask("b.example", "SOA")), "REFUSED")
        self.write("plans/b.yaml", plan(zone="b.example", address="10.2.0.11").replace("10.1.0.12", "10.2.0.12"))
        wait_until(lambda: rcode(self.server.ask("b.example", "SOA")) == "NOERROR", what="the new zone")
        self.assertEqual(self.ports(zone="b.example"), [5001])
        before = self.serial("b.example")
        (self.plans / "b.yaml").unlink()
        wait_until(lambda: rcode(self.server.ask("b.example", "SOA")) == "REFUSED", what="the zone to go")
        self.server.wait_for_log("zone b.example is gone")
        self.assertEqual(self.ports(), [5001])
        self.write("plans/b.yaml", plan(zone="b.example", port=5009, address="10.2.0.11").replace("10.1.0.12", "10.2.0.12"))
        self.wait_for_ports([5009], zone="b.example")
        self.assertGreater(self.serial("b.example"), before, "a zone that comes back goes on from its serial")

    def test_with_a_mistake(self):
        self.start("--no-watch")
        before = self.serial()
        self.write("plans/a.yaml", BROKEN)
        self.server.reload()
        self.server.wait_for_log("nothing was reloaded: the plans have 1 error; the zones stay as they were")
        for times in (1, 2):
            self.server.reload()
            self.server.wait_for_log("the plans have 1 error, the same as before", times=times)
        self.assertEqual(self.count(r"a\.yaml:7:\d+: error: "), 1, "the error is logged once, with its place")
        self.assertEqual((self.ports(), self.serial()), ([5001], before))
        self.write("plans/a.yaml", plan(port=5004))
        self.server.reload()
        self.wait_for_ports([5004])
        self.write("plans/a.yaml", BROKEN)
        self.server.reload()
        self.server.wait_for_log(r"a\.yaml:7:\d+: error: ", times=2)

    def test_with_a_mistake_that_the_watch_sees(self):
        self.start()
        self.replace("plans/a.yaml", BROKEN)
        self.server.wait_for_log("nothing was reloaded")
        self.server.reload()
        self.server.wait_for_log("the same as before")
        self.assertEqual(self.count(r"a\.yaml:7:\d+: error: "), 1)
        self.assertEqual(self.ports(), [5001])
        self.replace("plans/a.yaml", plan(port=5003))
        self.wait_for_ports([5003])

    def test_two_plans_one_with_a_mistake(self):
        """A reload is all or nothing, also over several zones."""
        self.start()
        self.write("plans/b.yaml", plan(zone="b.example", port=70000))
        self.server.wait_for_log("nothing was reloaded")
        self.write("plans/a.yaml", plan(port=5003))
        time.sleep(1)
        self.assertEqual(self.ports(), [5001])
        self.assertEqual(rcode(self.server.ask("b.example", "SOA")), "REFUSED")
        (self.plans / "b.yaml").unlink()
        self.wait_for_ports([5003])

    def test_by_removing_the_last_plan(self):
        self.start()
        (self.plans / "a.yaml").unlink()
        self.server.wait_for_log("nothing was reloaded")
        self.assertEqual(self.ports(), [5001])

    def test_by_replacing_the_folder(self):
        """As a deployment does that moves the new folder into the old one's place."""
        self.start()
        self.write("fresh/a.yaml", plan(port=5003))
        self.plans.rename(self.folder / "old")
        (self.folder / "fresh").rename(self.plans)
        self.wait_for_ports([5003])
        self.write("plans/a.yaml", plan(port=5004))
        self.wait_for_ports([5004])

    def test_through_a_symbolic_link(self):
        """As Kubernetes updates a ConfigMap: the link to the folder of the data is replaced."""
        self.write("mount/one/a.yaml", plan())
        self.write("mount/two/a.yaml", plan(port=5003))
        mount = self.folder / "mount"
        (mount / "..data").symlink_to("one")
        (mount / "a.yaml").symlink_to("..data/a.yaml")
        self.plans = mount / "a.yaml"
        self.start()
        self.assertEqual(self.ports(), [5001])
        (mount / "..next").symlink_to("two")
        os.replace(mount / "..next", mount / "..data")
        self.wait_for_ports([5003])

    def test_included_and_master_files(self):
        self.write("parts/extra.zone", "www 300 IN A 192.0.2.80\n")
        self.write("parts/environments.part", "environments:\n  prod:\n    hosts: {app1: 10.1.0.11, app2: 10.1.0.12}\n")
        text = plan().split("environments:")[0]
        self.write("plans/a.yaml", text + "include: ../parts/environments.part\nrecords: ../parts/extra.zone\n")
        self.start()
        self.assertEqual(self.server.ask("www.a.example").answer[0][0].address, "192.0.2.80")
        self.write("parts/extra.zone", "www 300 IN A 192.0.2.81\n")
        wait_until(lambda: self.server.ask("www.a.example").answer[0][0].address == "192.0.2.81")
        self.replace("parts/environments.part",
                     "environments:\n  prod:\n    hosts: {app1: 10.1.0.33, app2: 10.1.0.12}\n")
        wait_until(lambda: self.server.ask("app1.prod.a.example").answer[0][0].address == "10.1.0.33")

    def test_a_master_file_with_a_serial_of_its_own(self):
        zone = "$TTL 300\n@ IN SOA ns dns {serial} 60 10 600 5\n@ IN NS ns\nns IN A 192.0.2.53\nwww IN A 192.0.2.{last}\n"
        self.write("files/m.zone", zone.format(serial=7, last=1))
        self.write("plans/m.yaml", "zone: m.example\nrecords: ../files/m.zone\n")
        self.start("--no-watch")
        self.assertEqual(self.serial("m.example"), 7)
        self.write("files/m.zone", zone.format(serial=8, last=1))
        self.server.reload()
        wait_until(lambda: self.serial("m.example") == 8, what="the raised serial")
        self.assertEqual(self.count("has not risen"), 0)
        self.write("files/m.zone", zone.format(serial=8, last=2))
        self.server.reload()
        self.server.wait_for_log("its serial 8 has not risen")
        wait_until(lambda: self.server.ask("www.m.example").answer[0][0].address == "192.0.2.2")


if __name__ == "__main__":
    main()
