"""What processes cost, from /proc: time of processors and memory of a server with all its processes.

The kernel keeps user and system time in ticks of a hundredth of a second. Their sum is exact to a tick;
how it is split is sampled by the timer (250 times a second on Debian), so a small share of user time
needs seconds of load to be told.
"""

import os
import pathlib
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")


class Cpu(NamedTuple):
    user: float  # seconds
    system: float

    @property
    def total(self):
        return self.user + self.system

    def __sub__(self, other):
        return Cpu(self.user - other.user, self.system - other.system)


class Memory(NamedTuple):
    peak: float  # MiB: the largest VmHWM of its processes; they share pages, so a sum would count these often
    proportional: float  # MiB: Pss now, summed over its processes, which is what they take together


class _Process(NamedTuple):
    parent: int
    session: int
    cpu: Cpu  # with its children that have ended


def family(pid):
    """The process, all that it has started, and all of its session: {pid: _Process}."""
    table = {int(entry): _read_stat(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    table = {number: process for number, process in table.items() if process is not None}
    members = {number for number, process in table.items() if number == pid or process.session == pid}
    while True:
        children = {number for number, process in table.items() if process.parent in members} - members
        if not children:
            return {number: table[number] for number in members}
        members |= children


def _read_stat(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None  # it has ended meanwhile
    fields = text[text.rindex(")") + 2:].split()  # from the third on: proc(5)
    user, system, children_user, children_system = (int(field) / TICK for field in fields[11:15])
    return _Process(int(fields[1]), int(fields[3]), Cpu(user + children_user, system + children_system))


def cpu_of(pid):
    """What a server has used so far, ended children included."""
    processes = family(pid).values()
    return Cpu(sum(process.cpu.user for process in processes), sum(process.cpu.system for process in processes))


def memory_of(pid):
    peaks, shares = [0.0], [0.0]
    for member in family(pid):
        peaks.append(_kib(f"/proc/{member}/status", "VmHWM:") / 1024)
        shares.append(_kib(f"/proc/{member}/smaps_rollup", "Pss:") / 1024)
    return Memory(max(peaks), sum(shares))


def _kib(path, field):
    try:
        for line in pathlib.Path(path).read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    except OSError:
        pass  # it has ended, or it is not ours to read
    return 0


def pin(pid, processors):
    """Binds all threads of a server to the processors."""
    for member in family(pid):
        try:
            for thread in os.listdir(f"/proc/{member}/task"):
                os.sched_setaffinity(int(thread), processors)
        except OSError:
            pass  # it has ended meanwhile


def busy(processors):
    """Seconds that the processors have not been idle so far, time that the host took from us included."""
    total = 0.0
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in processors:
            idle, waiting = int(fields[3]), int(fields[4])
            total += (sum(int(field) for field in fields[:8]) - idle - waiting) / TICK  # guests are in user
    return total
