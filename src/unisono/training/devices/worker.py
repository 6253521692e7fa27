"""A process that helps another one's run: `python -m unisono.training.devices.worker`, asked as a line of JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
import tomllib

from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.training.run import train

_LEFT = 1  # status of a process whose first one is gone


def main() -> int:
    """Do the run that is asked for as one of its processes."""
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return _LEFT
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    asked = json.loads(line)
    experiment = Experiment.of(tomllib.loads(asked["experiment"]), name=asked["name"])
    try:
        train(experiment, asked["folder"], asked["seed"], asked["resume"])
    except UserError as error:
        print(error, file=sys.stderr)
        return error.status
    return 0


def _end_with_the_first() -> None:
    """Wait for the end of the input, which the first process holds open: nobody else would end this one."""
    while os.read(0, 1):
        pass
    os._exit(_LEFT)


if __name__ == "__main__":
    ended = main()
    sys.stderr.flush()
    os._exit(ended)  # nothing is left to do, and taking torch down takes over a second, for which the first would wait
