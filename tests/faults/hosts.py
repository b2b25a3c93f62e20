"""Simulates machines by network namespaces, which a bridge (a switch) connects to this machine."""

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass

# Addresses are from the block for benchmarks of networks (RFC 2544), so they hide no other machine.
# The simulated machines reach this machine at the bridge's address, CENTRE.
NETWORK, MASK = "198.18.0", 24
CENTRE = f"{NETWORK}.1"
SWITCH, SWITCH_MAC = "skinscreen", "02:00:00:00:00:01"


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def _remove(kind, name):
    """Delete what an earlier run left behind if it was killed."""
    subprocess.run(["ip", kind, "delete", name], check=False, capture_output=True)


@contextmanager
def switch():
    _remove("link", SWITCH)
    ip("link", "add", SWITCH, "address", SWITCH_MAC, "type", "bridge")
    try:
        ip("address", "add", f"{CENTRE}/{MASK}", "dev", SWITCH)
        ip("link", "set", SWITCH, "up")
        yield
    finally:
        ip("link", "delete", SWITCH)


@dataclass
class Host:
    number: int

    @property
    def name(self):
        return f"{SWITCH}{self.number}"

    @property
    def plug(self):
        return f"{self.name}i"

    def command(self, *words):
        """Return the command that runs another command on the machine."""
        return ["ip", "netns", "exec", self.name, *words]

    @contextmanager
    def joined(self):
        _remove("netns", self.name)
        ip("netns", "add", self.name)
        try:
            ip("link", "add", self.name, "type", "veth", "peer", self.plug, "netns", self.name)
            ip("link", "set", self.name, "master", SWITCH, "up")
            address = f"{NETWORK}.{10 + self.number}/{MASK}"
            ip("-n", self.name, "address", "add", address, "dev", self.plug)
            ip("-n", self.name, "link", "set", self.plug, "up")
            # Without a fixed ARP entry, a cut-off machine would soon get errors. With it, packets
            # are lost silently, as behind a router.
            centre = [CENTRE, "lladdr", SWITCH_MAC, "nud", "permanent"]
            ip("-n", self.name, "neighbour", "add", *centre, "dev", self.plug)
            yield self
        finally:
            ip("netns", "delete", self.name)
            # An open connection would keep the namespace and its virtual cable alive.
            _remove("link", self.name)

    @contextmanager
    def cut_off(self):
        """Unplug the machine's cable from the switch."""
        ip("link", "set", self.name, "down")
        try:
            yield
        finally:
            ip("link", "set", self.name, "up")
