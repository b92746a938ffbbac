# ctest: timeout 120
"""What protects others from this server, and tells its operator which one it is.

DNS cookies as dig and kdig make them, limits for clients without one, NSID and the CH names. ../flood shows what
becomes of a flood from forged addresses.
"""
import os
import re

import dns.edns
import dns.message
import dns.rcode

import portolan_scenario as scenario

NAME = "_hydrogen-ajp._tcp.prod.svc.corp.example"
SECRET, NEXT_SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf", "445536bcd2513298075a5d379663c962"
CLIENT = bytes.fromhex("2464c4abcf10c957")


def cookie_of(reply):
    return next(option.to_wire() for option in reply.options if option.otype == dns.edns.OptionType.COOKIE)


class Cookies(scenario.Scenario):
    def secrets(self, *lines):
        path = self.write("secrets", "# of both servers\n" + "".join(line + "\n" for line in lines))
        os.chmod(path, 0o600)
        return path

    def ask(self, server, cookie=None, name=NAME, **options):
        more = [dns.edns.GenericOption(dns.edns.OptionType.COOKIE, cookie)] if cookie else []
        query = dns.message.make_query(name, "SRV", use_edns=0, payload=1232, options=more)
        return server.exchange(query, **options)

    def test_dig_and_kdig_get_a_cookie_that_they_can_show_again(self):
        server = self.serve()
        shown = server.dig(NAME, "SRV", "+cookie=2464c4abcf10c957")
        cookie = re.search(r"COOKIE: (2464c4abcf10c95701000000[0-9a-f]{24}) \(good\)", shown)
        self.assertTrue(cookie, shown)
        self.assertIn("(good)", server.dig(NAME, "SRV", f"+cookie={cookie[1]}"))
        self.assertIn("COOKIE: 2464C4ABCF10C957", server.kdig(NAME, "SRV", "+cookie=2464c4abcf10c957").upper())
        self.assertIn("(good)", server.dig(NAME, "SRV", "+cookie=2464c4abcf10c957", "+tcp"))

    def test_cookies_of_odd_lengths(self):
        server = self.serve()
        for octets, expected in ((7, dns.rcode.FORMERR), (8, dns.rcode.NOERROR), (9, dns.rcode.FORMERR),
                                 (15, dns.rcode.FORMERR), (16, dns.rcode.NOERROR), (40, dns.rcode.NOERROR),
                                 (41, dns.rcode.FORMERR)):
            self.assertEqual(self.ask(server, bytes(octets)).rcode(), expected, octets)

    def test_servers_with_one_secret_accept_each_others_cookies(self):
        one = self.serve(arguments=["--cookie-secrets", self.secrets(SECRET), "--require-cookie"])
        two = self.serve(arguments=["--cookie-secrets", self.secrets(SECRET), "--require-cookie"])
        three = self.serve(arguments=["--require-cookie"])
        first = self.ask(one, CLIENT)
        self.assertEqual(first.rcode(), dns.rcode.BADCOOKIE)
        self.assertEqual(len(first.answer), 0)
        cookie = cookie_of(first)
        self.assertEqual(cookie[:8], CLIENT)
        self.assertEqual(len(cookie), 24)
        self.assertEqual(self.ask(two, cookie).rcode(), dns.rcode.NOERROR)
        self.assertEqual(self.ask(three, cookie).rcode(), dns.rcode.BADCOOKIE)
        forged = cookie[:-1] + bytes([cookie[-1] ^ 1])
        self.assertEqual(self.ask(two, forged).rcode(), dns.rcode.BADCOOKIE)
        self.assertEqual(self.ask(two, forged, tcp=True).rcode(), dns.rcode.NOERROR)
        self.assertEqual(self.ask(two).rcode(), dns.rcode.NOERROR, "a client that knows no cookies")

    def test_a_new_secret_is_rolled_out_while_serving(self):
        path = self.secrets(SECRET)
        server = self.serve(arguments=["--cookie-secrets", path, "--require-cookie"])
        old = cookie_of(self.ask(server, CLIENT))
        for lines, is_good in (([SECRET, NEXT_SECRET], True), ([NEXT_SECRET, SECRET], True), ([NEXT_SECRET], False)):
            self.secrets(*lines)
            server.reload()
            wanted = dns.rcode.NOERROR if is_good else dns.rcode.BADCOOKIE
            scenario.wait_until(lambda: self.ask(server, old).rcode() == wanted, what=f"{lines} being used")
        new = cookie_of(self.ask(server, CLIENT))
        self.assertNotEqual(new[8:], old[8:])
        self.write("secrets", "not a secret\n")
        server.reload()
        server.wait_for_log(r"secrets:1:1: a cookie secret has 32 hexadecimal digits.*the cookie secrets stay")
        self.assertEqual(self.ask(server, new).rcode(), dns.rcode.NOERROR)

    def test_a_bad_file_of_secrets_is_refused_at_the_start(self):
        for text, mode, expected in (("", 0o600, "no cookie secret in it"), ("abc\n", 0o600, r"secrets:1:1: "),
                                     (SECRET + "\n", 0o644, "chmod o-rwx"), (SECRET * 2 + "\n", 0o600, ":1:1: "),
                                     ((SECRET + "\n") * 17, 0o600, "more than 16")):
            path = self.write("secrets", text)
            os.chmod(path, mode)
            run = scenario.portolan("serve", scenario.ZONES, "--listen", "127.0.0.1:0", "--cookie-secrets", path)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertRegex(run.stderr, expected)

    def test_large_replies_are_for_those_who_show_a_cookie(self):
        server = self.serve(arguments=["--udp-limit", "4096", "--udp-limit-without-cookie", "512"])
        name = "_oxygen-ajp._tcp.prod.svc.corp.example"
        cookie = cookie_of(self.ask(server, CLIENT, name))
        for shown, limit in ((None, 512), (CLIENT, 512), (cookie, 1232)):
            self.assertLessEqual(len(self.ask(server, shown, name).to_wire()), limit)

    def test_the_server_says_which_it_is_when_told_to(self):
        server = self.serve(arguments=["--identity", "dns1.corp", "--version-text", "portolan of corp"])
        self.assertIn('"dns1.corp"', server.dig("CH", "TXT", "id.server", "+short"))
        self.assertIn('"dns1.corp"', server.dig("CH", "TXT", "hostname.bind", "+short"))
        self.assertIn('"portolan of corp"', server.dig("CH", "TXT", "VERSION.bind", "+short"))
        self.assertIn('("dns1.corp")', server.dig(NAME, "SRV", "+nsid"))
        self.assertIn("dns1.corp", server.kdig(NAME, "SRV", "+nsid"))
        silent = self.serve()
        self.assertIn("REFUSED", silent.dig("CH", "TXT", "id.server"))
        self.assertNotIn("NSID", silent.dig(NAME, "SRV", "+nsid"))

    def test_keepalive_and_the_reason_of_a_refusal(self):
        server = self.serve(arguments=["--tcp-idle", "12"])
        self.assertRegex(server.dig(NAME, "SRV", "+tcp", "+keepalive"), r"KEEPALIVE: 12\.0 secs")
        self.assertNotIn("KEEPALIVE", server.dig(NAME, "SRV", "+keepalive", "+notcp"))
        self.assertIn("EDE: 20 (Not Authoritative)", server.dig("elsewhere.example", "A"))


if __name__ == "__main__":
    scenario.main()
