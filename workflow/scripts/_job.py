"""What every script does first: write to its log, and end in one sentence on errors."""

import sys
import traceback

from fedorbit.errors import InputError, RunError, SettingsError


def start(snakemake) -> None:
    """Send output to the log, where errors that people can mend have no traceback."""
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)

    def complain(kind: type, error: BaseException, trace) -> None:
        if issubclass(kind, SettingsError):
            study, scale = snakemake.wildcards.study, snakemake.config["scale"]
            print(f"Study {study} at the scale {scale}: {error}")
        elif issubclass(kind, InputError | RunError):
            print(error)
        elif issubclass(kind, KeyboardInterrupt):
            print("interrupted; run again to go on")
        else:
            traceback.print_exception(kind, error, trace)

    sys.excepthook = complain


def title(params) -> str:
    """Return what figures say about the scale: what learns, and whose bits count."""
    return (
        f"learned: {params.model['name']} on {params.dataset}; "
        f"times and bits: {params.card['name']}; scale: {params.scale}"
    )


def say(sentence: str) -> None:
    """Write a sentence that people should see at once to the log and the screen."""
    print(sentence)
    print(sentence, file=sys.__stderr__, flush=True)
