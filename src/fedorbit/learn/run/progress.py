"""Progress of a run, as a bar on a terminal and as lines in a log."""

from time import monotonic
from typing import TextIO

from tqdm import tqdm

LINE_S = 15.0  # wall time between two lines of a log


class Progress:
    """Shows operations done, the simulated hour, the accuracy and the time left.

    The bar appears if ``screen`` is a terminal; ``log`` gets a line now and then.
    """

    def __init__(self, title: str, screen: TextIO, log: TextIO) -> None:
        self._title, self._screen, self._log = title, screen, log

    def start(self, total: int, done: int) -> None:
        """Begin with some operations done already."""
        self._bar = tqdm(
            total=total,
            initial=done,
            desc=self._title,
            unit="op",
            file=self._screen,
            disable=None,
        )
        self._total, self._done, self._first = total, done, done
        self._began = self._written = monotonic()
        if done:
            print(f"going on after {done} of {total} operations", file=self._log)

    def update(self, operations: int, hour: float, accuracy: float) -> None:
        """Count operations that are done, up to a simulated hour."""
        self._done += operations
        self._bar.set_postfix_str(f"hour {hour:.2f}, accuracy {accuracy:.3f}", False)
        self._bar.update(operations)
        now = monotonic()
        if now - self._written >= LINE_S or self._done == self._total:
            self._written = now
            pace_s = (now - self._began) / max(self._done - self._first, 1)
            left_s = pace_s * (self._total - self._done)
            print(
                f"{self._done} of {self._total} operations, hour {hour:.2f}, "
                f"accuracy {accuracy:.3f}, {left_s:.0f} s left",
                file=self._log,
            )

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()
