"""A network of the test's own: hosts, each in a network namespace, and cables that can be pulled.

    enter()                                   # first: the test's process moves into a namespace of its own
    lan = Lan("10.8.0")                       # a bridge in it, on which the test is 10.8.0.254
    host = Host("n1", {lan: 11})              # 10.8.0.11 there
    Server(…).command = host.within(command)  # runs in the host
    host.cut(lan); host.mend(lan)

Everything goes with the process. Needs root; `enter` skips the test without.
"""

import atexit
import ctypes
import itertools
import os
import subprocess
import unittest

from portolan_scenario import run_command

CLONE_NEWNET = 0x40000000
_names = itertools.count()


def enter():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise unittest.SkipTest(f"no namespaces: {os.strerror(ctypes.get_errno())}")
    _ip("link set lo up")


def _ip(command, within=()):
    done = run_command(*within, "ip", *command.split())
    if done.returncode != 0:
        raise unittest.SkipTest(f"ip {command}: {done.stderr.strip()}")


class Lan:
    def __init__(self, network):
        self.network = network
        self.bridge = f"lan{next(_names)}"
        _ip(f"link add {self.bridge} type bridge")
        _ip(f"addr add {network}.254/24 dev {self.bridge}")
        _ip(f"link set {self.bridge} up")


class Host:
    def __init__(self, name, places):
        self.name = name
        self.addresses = {lan: f"{lan.network}.{number}" for lan, number in places.items()}
        self.keeper = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        atexit.register(self.keeper.kill)  # also when the test has not come to its end
        self._await_namespace()
        _ip("link set lo up", self.within([]))
        self.cables = {}
        for lan, address in self.addresses.items():
            outside, inside = f"v{next(_names)}", f"v{next(_names)}"
            _ip(f"link add {outside} type veth peer name {inside} netns {self.keeper.pid}")
            _ip(f"link set {outside} master {lan.bridge} up")
            _ip(f"addr add {address}/24 dev {inside}", self.within([]))
            _ip(f"link set {inside} up", self.within([]))
            self.cables[lan] = outside

    def _await_namespace(self):
        """The child is in ours until it has called unshare."""
        ours = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.keeper.pid}/ns/net") == ours:
            pass

    def within(self, command):
        return ["nsenter", "-t", str(self.keeper.pid), "-n", *command]

    def cut(self, lan):
        _ip(f"link set {self.cables[lan]} down")

    def mend(self, lan):
        _ip(f"link set {self.cables[lan]} up")

    def end(self):
        self.keeper.kill()
        self.keeper.wait()
