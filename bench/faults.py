"""Everything that can be killed is killed while people work; afterwards everything is counted.

    python -m bench.faults [--contacts 5000] [--broker-down 30] [--seed 7] [--write docs/faults.md]

A web process, a worker a service and second workers, Apache Kafka and PostgreSQL, all as real
processes. Ends with status 1 when anything is lost, doubled or overfilled.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.support.accounting import Account
from tests.support.faults import Plan, go_through

BELOW = "<!-- counts: written by bench/faults.py -->"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=5000)
    parser.add_argument("--every", type=int, default=10, help="contacts to a registration")
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--broker-down", type=float, default=30.0, help="seconds")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", type=Path, help="put the counts into this file")
    told = parser.parse_args()
    plan = Plan(told.contacts, told.every, 12, told.kills, told.broker_down, told.seed)
    with tempfile.TemporaryDirectory(prefix="newvoices-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = go_through(folder, plan)
    table = rows(made)
    print(table)
    for fault in made.faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    if told.write is not None and not made.faults:
        head = told.write.read_text().partition(BELOW)[0]
        told.write.write_text(f"{head}{BELOW}\n{table}\n")
    return 1 if made.faults else 0


def rows(made: Account) -> str:
    lines = ["| what | count |", "|---|---|"]
    lines += [f"| {name} | {count:,} |" for name, count in made.counts.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
