import io
import re

from tests.learn.tasks import averaging, images

from fedorbit.learn.run.engine import run_plan
from fedorbit.learn.run.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_run_shows_a_bar_on_a_terminal_and_lines_in_the_log():
    screen, log = Terminal(), io.StringIO()
    record = run_plan(
        averaging([0, 1], 3), images(), progress=Progress("tiny", screen, log)
    )
    accuracy = record["accuracy"].iloc[-1]
    # One start, three rounds, three evaluations; the last ends in second 7.
    assert "tiny" in screen.getvalue() and "7/7" in screen.getvalue()
    assert f"accuracy {accuracy:.3f}" in screen.getvalue()
    last = log.getvalue().splitlines()[-1]
    assert re.fullmatch(
        rf"7 of 7 operations, hour 0.00, accuracy {accuracy:.3f}, 0 s left", last
    )


def test_without_a_terminal_there_are_only_lines():
    screen, log = io.StringIO(), io.StringIO()
    run_plan(averaging([0], 2), images(), progress=Progress("tiny", screen, log))
    assert screen.getvalue() == "" and log.getvalue().count("\n") == 1


def test_the_log_says_where_a_run_goes_on():
    log = io.StringIO()
    progress = Progress("tiny", io.StringIO(), log)
    progress.start(10, 4)
    progress.update(6, 1.5, 0.25)
    assert log.getvalue().splitlines() == [
        "going on after 4 of 10 operations",
        "10 of 10 operations, hour 1.50, accuracy 0.250, 0 s left",
    ]
