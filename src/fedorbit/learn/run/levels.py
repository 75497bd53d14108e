"""Which operations of a plan do not depend on one another."""

from collections import defaultdict

import pandas as pd

from fedorbit.plans.plan import slots_read


def levels(ops: pd.DataFrame) -> list[list[int]]:
    """Return the rows of a plan by level; those of one level are independent.

    A row comes after the rows that wrote what it reads or writes, and after those
    that read what it overwrites.
    """
    written: dict[str, int] = defaultdict(int)
    read: dict[str, int] = defaultdict(int)
    grouped: list[list[int]] = []
    for row, op in enumerate(ops.itertuples(index=False)):
        sources = slots_read(op)
        level = max(written[slot] for slot in sources)
        if op.op != "evaluate":
            level = max(level, written[op.target], read[op.target])
            written[op.target] = level + 1
        for slot in sources:
            read[slot] = max(read[slot], level + 1)
        if level == len(grouped):
            grouped.append([])
        grouped[level].append(row)
    return grouped
