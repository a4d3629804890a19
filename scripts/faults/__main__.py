"""`make faults`: nothing lost, nothing twice, while processes and databases fall. See docs/faults.md.

python -m scripts.faults --events 20000 --kills 50 --seed 1 --out var/faults
python -m scripts.faults --events 1000000 --kills 1000 --out var/faults-long --resume
python -m scripts.faults --steady 50 --minutes 10 --out var/steady
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

import msgspec

from scripts.faults.run import Wanted, run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("var/faults"), help="folder of the state and logs")
    parser.add_argument("--resume", action="store_true", help="go on where an earlier run was interrupted")
    parser.add_argument("--rate", type=float, default=60.0, help="events a second that are aimed at")
    parser.add_argument("--steady", type=float, metavar="RATE", help="nothing falls: RATE events a second")
    parser.add_argument("--minutes", type=float, default=10.0, help="of --steady")
    parser.add_argument("--only", choices=("steady", "alone", "several"), help="one kind of act")
    parser.add_argument("--audience", type=int, help="people of a broadcast that goes out meanwhile")
    parser.add_argument("--hurry", action="store_true", help="do not wait for leases at the end of an act")
    given = parser.parse_args()
    wanted = Wanted(
        events=given.events,
        kills=given.kills,
        seed=given.seed,
        rate=given.rate,
        only=given.only,
        audience=given.audience,
        hurry=given.hurry,
    )
    if given.steady:
        events = round(given.steady * given.minutes * 60)
        wanted = msgspec.structs.replace(
            wanted, events=events, kills=0, rate=given.steady, only="steady", audience=given.audience or 0
        )
    began = time.monotonic()
    try:
        kept = asyncio.run(run(wanted, given.out.absolute(), resume=given.resume))
    except KeyboardInterrupt:
        print(f"\ninterrupted: --out {given.out} --resume goes on", file=sys.stderr)
        return 130
    end = "all kept" if kept else "BROKEN: see above"
    print(f"\n{time.monotonic() - began:.0f} s; seed {given.seed}; {end}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
