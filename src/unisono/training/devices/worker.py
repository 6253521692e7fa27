"""A process that helps another one's run: `python -m unisono.training.devices.worker`, asked as JSON on its input."""

from __future__ import annotations

import json
import sys
import tomllib

from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.training.run import train


def main() -> int:
    """Do the run that is asked for as one of its processes."""
    asked = json.load(sys.stdin)
    experiment = Experiment.of(tomllib.loads(asked["experiment"]), name=asked["name"])
    try:
        train(experiment, asked["folder"], asked["seed"], asked["resume"])
    except UserError as error:
        print(error, file=sys.stderr)
        return error.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
