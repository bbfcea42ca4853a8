"""Calculates the numbers of the demo's story a second time and compares them with what the suite stored.

The suite answers over gRPC (server reflection, development identity); the calculation starts from the plain files of
the sample world and uses the design's definitions and published formulas. Every comparison prints one line: what,
theirs, ours, the allowed difference and its reason. Exits 1 if any is outside.
Needs grpcio, grpcio-reflection, numpy and scipy. Usage: independent_account.py HOST:PORT WORLD_DIR
"""

import sys
import time

# A test leaves the repository as it found it.
sys.dont_write_bytecode = True

from independent import clock, conflict, fit, grading, quote
from independent.account import Account
from independent.suite import connect
from independent.world import World

SUBJECTS = (grading, clock, fit, quote, conflict)


def main():
    address, folder, *only = sys.argv[1:]
    account, suite, world = Account(), connect(address), World(folder)
    for subject in SUBJECTS:
        if only and subject.__name__.split(".")[-1] not in only:
            continue
        begun = time.monotonic()
        subject.prove(account, suite, world)
        account.note(f"took {time.monotonic() - begun:.1f} s")
    sys.exit(account.close_of_books())


if __name__ == "__main__":
    main()
