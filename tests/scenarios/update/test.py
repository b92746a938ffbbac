"""A program that took a free port says so with one signed DNS UPDATE; `nsupdate` does it, too.

The plan names keys and what each may speak for (`updates:`). The SRV that is added is an endpoint that
announces itself: it is admitted like any registration, kept on disk, and in the zone when the reply comes. What
the plan does not allow changes nothing. A message that comes twice is answered twice and taken once; a lease
(RFC 9664) that is not renewed ends.
"""
import struct
import time
import unittest.mock

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import dns.update

from portolan_scenario import Scenario, free_port, main, portolan, run_command, wait_until

ZONE = "svc.corp.example"
OWNER = f"_my-service._tcp.dev.{ZONE}"
LEASE = 2  # the option's code

PLAN = """\
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  ranges: {API services: 5000-5099}
  services:
    user-api: {in: API services, environments: [dev, prod]}
    fixed: {port: 7000, endpoints: [{host: app1}]}
  dynamic: {names: [my-service], ports: 32768-60999, environments: [dev]}
updates:
  - {key: {file: all.key}}
  - {key: {file: narrow.key}, services: [my-service], environments: [dev]}
environments:
  dev:
    networks: [10.0.0.0/16]
    hosts: {app1: 10.0.0.1}
  prod:
    networks: [10.1.0.0/16]
    hosts: {app1: 10.1.0.1}
"""


class AnUpdate(Scenario):
    def setUp(self):
        super().setUp()
        self.keyrings = {}
        for name in ("all", "narrow", "stranger"):
            made = portolan("key", "tsig", f"{name}.corp.example", "--file", self.folder / f"{name}.key")
            self.assertEqual(made.returncode, 0, made.stderr)
            secret = (self.folder / f"{name}.key").read_text().split('secret "')[1].split('"')[0]
            self.keyrings[name] = dns.tsigkeyring.from_text({f"{name}.corp.example": (dns.tsig.HMAC_SHA256, secret)})
        self.plan = self.write("plan.yaml", PLAN)
        self.port = free_port("127.0.0.1")
        self.start()

    def start(self):
        self.server = self.serve(self.plan, port=self.port, state=self.folder / "state",
                                 arguments=("--api", "none"))

    def update(self, key="all", zone=ZONE):
        return dns.update.UpdateMessage(zone, keyring=self.keyrings.get(key))

    def add(self, port=40001, host="ip-10-0-0-5.dev", owner=OWNER, key="all", priority=10, weight=5):
        update = self.update(key)
        update.add(dns.name.from_text(owner), 30, "SRV", f"{priority} {weight} {port} {host}.{ZONE}.")
        return update

    def code(self, update, tcp=False):
        return dns.rcode.to_text(self.server.exchange(update, tcp=tcp).rcode())

    def found(self, owner=OWNER):
        return [record[2:] for record in self.server.srv(owner)]

    def serial(self):
        return self.server.ask(ZONE, "SOA").answer[0][0].serial


class Announcing(AnUpdate):
    def nsupdate(self, *lines, key="all"):
        text = "".join(f"{line}\n" for line in (f"server 127.0.0.1 {self.port}", f"zone {ZONE}", *lines, "send"))
        return run_command("nsupdate", "-k", self.folder / f"{key}.key", stdin=text)

    def test_nsupdate_announces_and_withdraws(self):
        before = self.serial()
        done = self.nsupdate(f"update add {OWNER} 30 SRV 10 5 40001 ip-10-0-0-5.dev.{ZONE}.",
                             f"update add ip-10-0-0-5.dev.{ZONE} 30 A 10.0.0.5", key="narrow")
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        self.assertEqual(self.server.srv(OWNER), [(10, 5, 40001, f"ip-10-0-0-5.dev.{ZONE}")])
        self.assertIn("10.0.0.5", self.server.dig("A", f"ip-10-0-0-5.dev.{ZONE}", "+short"))
        self.assertNotEqual(self.serial(), before)
        done = self.nsupdate(f"update delete {OWNER} SRV", key="narrow")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.found(), [])
        done = self.nsupdate(f"prereq yxrrset {OWNER} SRV",
                             f"update add {OWNER} 30 SRV 10 5 40001 app1.dev.{ZONE}.")
        self.assertIn("NXRRSET", done.stderr)

    def test_over_udp_and_tcp(self):
        self.assertEqual(self.code(self.add(40001), tcp=False), "NOERROR")
        self.assertEqual(self.code(self.add(40002, host="app1.dev"), tcp=True), "NOERROR")
        self.assertEqual(sorted(self.found()), [(40001, f"ip-10-0-0-5.dev.{ZONE}"), (40002, f"app1.dev.{ZONE}")])
        with self.server.tcp() as client:  # queries go on behind it
            client.send(self.add(40003).to_wire(), dns.message.make_query(OWNER, "SRV").to_wire())
            replies = [client.receive(), client.receive()]
        self.assertEqual([struct.unpack("!H", reply[6:8])[0] for reply in replies], [0, 3])

    def test_removing(self):
        def announce():
            for port in (40001, 40002, 40003):
                self.assertEqual(self.code(self.add(port)), "NOERROR")
        one, other = self.add(40001, priority=77, weight=77), self.add(40002)
        rows = [  # what, the edit, the ports that are left
            ("a record", lambda u: u.delete(OWNER + ".", one.update[0][0]), [40002, 40003]),
            ("a record that is not there", lambda u: u.delete(OWNER + ".", self.add(40009).update[0][0]),
             [40001, 40002, 40003]),
            ("two", lambda u: (u.delete(OWNER + ".", one.update[0][0]), u.delete(OWNER + ".", other.update[0][0])),
             [40003]),
            ("the set", lambda u: u.delete(OWNER + ".", "SRV"), []),
            ("the name", lambda u: u.delete(OWNER + "."), []),
        ]
        for what, edit, left in rows:
            with self.subTest(what):
                announce()
                update = self.update()
                edit(update)
                self.assertEqual(self.code(update), "NOERROR")
                self.assertEqual(sorted(port for port, _ in self.found()), left)

    def test_a_key_withdraws_its_own_alone(self):
        self.assertEqual(self.code(self.add(40001, key="all")), "NOERROR")
        update = self.update("narrow")
        update.delete(OWNER + ".", "SRV")
        self.assertEqual(self.code(update), "NOERROR")
        self.assertEqual([port for port, _ in self.found()], [40001])

    def test_what_was_acknowledged_survives_a_kill(self):
        self.assertEqual(self.code(self.add(40001)), "NOERROR")
        self.server.expected_status = -9
        self.server.process.kill()
        self.server.process.wait()
        self.start()
        self.assertEqual([port for port, _ in self.found()], [40001])

    def test_a_lease_ends_unless_it_is_renewed(self):
        def leased(seconds):
            update = self.add(40001)
            update.use_edns(0, options=[dns.edns.GenericOption(LEASE, struct.pack("!I", seconds))])
            reply = self.server.exchange(update)
            self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
            return [option.to_wire() for option in reply.options if option.otype == LEASE]
        self.assertEqual(leased(2), [struct.pack("!I", 2)])
        self.assertEqual(leased(3600), [struct.pack("!I", 3600)])
        self.assertEqual(leased(2), [struct.pack("!I", 2)])
        self.assertEqual([port for port, _ in self.found()], [40001])
        wait_until(lambda: self.found() == [], 10, "the lease to end")


class Refusing(AnUpdate):
    def test_what_is_refused_changes_nothing(self):
        outside = self.add(40002, host="ip-10-9-0-5.dev")
        both = self.add(40001)
        both.add(OWNER + ".", 30, "SRV", f"1 1 80 app1.dev.{ZONE}.")
        unsigned = dns.update.UpdateMessage(ZONE)
        unsigned.add(OWNER + ".", 30, "SRV", f"1 1 40001 app1.dev.{ZONE}.")
        text = self.update()
        text.add(OWNER + ".", 30, "TXT", "mine")
        host = self.update()
        host.add(f"new.dev.{ZONE}.", 30, "A", "10.0.0.7")
        elsewhere = self.update(zone="other.example")
        elsewhere.add("a.other.example.", 30, "A", "10.0.0.7")
        below = self.update(zone=f"dev.{ZONE}")
        below.add(OWNER + ".", 30, "SRV", f"1 1 40001 app1.dev.{ZONE}.")
        apart = self.update()
        apart.update.append(elsewhere.update[0])
        rows = [  # what, message, RCODE, words of the log
            ("unsigned", unsigned, "REFUSED", "must be signed"),
            ("an address outside the networks", outside, "REFUSED", "10.9.0.5"),
            ("a port outside dynamic's", self.add(80), "REFUSED", "80"),
            ("one good edit and one bad", both, "REFUSED", "80"),
            ("another's port", self.add(7000, host="app1.dev", owner=f"_user-api._tcp.dev.{ZONE}"), "REFUSED", "7000"),
            ("a service that the plan does not have", self.add(owner=f"_other._tcp.dev.{ZONE}"), "REFUSED",
             "not the name of a service"),
            ("a host that the plan does not have", self.add(host="app9.dev"), "REFUSED", "no host of dev"),
            ("a host of another environment", self.add(host="app1.prod"), "REFUSED", "no host of dev"),
            ("a TXT", text, "REFUSED", "the plan's to say"),
            ("a host's address", host, "REFUSED", "not the name of a service"),
            ("a key for another service", self.add(5001, owner=f"_user-api._tcp.dev.{ZONE}", key="narrow"), "REFUSED",
             "may not speak for user-api of dev"),
            ("a zone that is not here", elsewhere, "NOTAUTH", "no such zone"),
            ("what is below the zone", below, "NOTAUTH", "no such zone"),
            ("a name of another zone", apart, "NOTZONE", "cannot be read"),
        ]
        before = self.serial()
        for what, message, code, words in rows:
            with self.subTest(what):
                already = len(self.server.log)
                self.assertEqual(self.code(message), code)
                self.server.wait_for_log(r"refused 127\.0\.0\.1")
                self.assertIn(words, self.server.log[already:])
        self.assertEqual((self.serial(), self.found()), (before, []))

    def test_prerequisites(self):
        self.assertEqual(self.code(self.add(40001)), "NOERROR")
        rows = [  # what, the prerequisite, RCODE
            ("the name is in use", lambda u: u.present(OWNER + "."), "NOERROR"),
            ("the name is free", lambda u: u.absent(OWNER + "."), "YXDOMAIN"),
            ("the set exists", lambda u: u.present(OWNER + ".", "SRV"), "NOERROR"),
            ("the set does not", lambda u: u.absent(OWNER + ".", "SRV"), "YXRRSET"),
            ("another name is in use", lambda u: u.present(f"nobody.{ZONE}."), "NXDOMAIN"),
            ("another set exists", lambda u: u.present(OWNER + ".", "A"), "NXRRSET"),
        ]
        for what, prerequisite, code in rows:
            with self.subTest(what):
                update = self.add(40002)
                prerequisite(update)
                self.assertEqual(self.code(update), code)
                self.assertEqual(len(self.found()), 2 if code == "NOERROR" else len(self.found()))
                gone = self.update()
                gone.delete(OWNER + ".", self.add(40002).update[0][0])
                self.assertEqual(self.code(gone), "NOERROR")

    def test_signatures(self):
        wrong = dns.tsigkeyring.from_text({"all.corp.example": (dns.tsig.HMAC_SHA256, "AAAA" * 10 + "AAA=")})
        forged = dns.update.UpdateMessage(ZONE, keyring=wrong)
        forged.add(OWNER + ".", 30, "SRV", f"1 1 40001 app1.dev.{ZONE}.")
        rows = [("a key that nobody has", self.add(key="stranger"), dns.tsig.PeerBadKey),
                ("a wrong secret", forged, dns.tsig.PeerBadSignature)]
        for what, message, error in rows:
            with self.subTest(what):
                with self.assertRaises(error):
                    self.server.exchange(message)
        self.assertEqual(self.found(), [])

    def test_a_recorded_update_is_answered_and_not_taken(self):
        recorded = self.add(40001).to_wire()
        first = self.server.udp(recorded)
        self.assertEqual(first[3] & 15, 0)
        gone = self.update()
        gone.delete(OWNER + ".", "SRV")
        self.assertEqual(self.code(gone), "NOERROR")
        self.assertEqual(self.server.udp(recorded), first)
        self.assertEqual(self.found(), [])
        time.sleep(1.1)  # times in signatures are whole seconds
        self.server.stop()
        self.start()
        self.assertEqual(self.server.udp(recorded)[3] & 15, 2)  # it may have been taken before
        self.assertEqual(self.found(), [])

    def test_a_fudge_of_hours_is_not_granted(self):
        for before, rcode in ((200, 2), (400, 5)):  # SERVFAIL: before the server began; REFUSED: too long ago
            message = self.add(40001)
            message.use_tsig(self.keyrings["all"], fudge=36000)
            with unittest.mock.patch("time.time", return_value=time.time() - before):
                octets = message.to_wire()
            self.assertEqual(self.server.udp(octets)[3] & 15, rcode, before)
        self.assertEqual(self.found(), [])

    def test_garbage(self):
        good = self.add(40001).to_wire()
        for size in range(12, len(good), 7):
            reply = self.server.udp(good[:size])
            self.assertIn(reply[3] & 15, (1, 5, 9), size)  # FORMERR; REFUSED or NOTAUTH for what reads as another
        self.assertEqual(self.found(), [])


if __name__ == "__main__":
    main()
