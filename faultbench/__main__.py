"""Runs all stages and writes the counts to `faultbench/faultbench.json`: `make faultbench`, about ten minutes."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faultbench import flips, kills, places, shim
from faultbench.songs import KINDS

OUT = Path(__file__).with_name("faultbench.json")
HARM = (  # counts of ours that must be zero
    "damaged", "not recovered", "copies left behind", "not undone", "not undone in the end",
    "not tagged after resuming", "lost something silently", "changed without being written", "sound changed", "crashed",
)  # fmt: skip


def faults(folder: Path) -> Any:
    """Every write call of every container, struck by every fault."""
    library = shim.compiled(folder)
    if library is None:
        return "gcc or Linux is missing"
    return shim.in_preloaded(library, "faultbench.faults", [str(folder / "songs"), "10000", *KINDS])


def formats(folder: Path) -> Any:
    """All files of UNISONO_DATA/formats."""
    data = os.environ.get("UNISONO_DATA")
    return places.formats(folder, Path(data) / "formats") if data else "UNISONO_DATA is not set"


STAGES: dict[str, Callable[[Path], Any]] = {
    "faults at every write call": faults,
    "random kills while a folder is tagged": lambda folder: kills.tagging(folder, 60, 24, 20.0),
    "random kills while it is undone": lambda folder: kills.undoing(folder, 60, 24, 10.0),
    "undo of 300 songs": kills.hundreds,
    "full disk": places.full_disk,
    "flipped bits in old tags": flips.run,
    "files of other programs": formats,
    "links, permissions and names": places.matrix,
    "two processes in one folder": places.two_processes,
}


def harm_in(result: Any) -> list[str]:
    """What a stage's result holds against us."""
    if isinstance(result, str):
        return []
    counts = result.get("ours", result)
    wrong = [f"{name}: {value}" for name, value in counts.items() if isinstance(value, str) and value != "right"]
    short = "equal after undo" in counts and counts["equal after undo"] != counts["songs"]
    return wrong + [f"{n}: {counts[n]}" for n in HARM if counts.get(n)] + ["some were not equal after undo"] * short


def blind(result: Any) -> bool:
    """Whether the naive way passes a stage as well, so that the stage proves nothing."""
    naive = result.get("naive") if isinstance(result, dict) else None
    if naive is None:
        return False
    bad = ("damaged", "lost something silently", "sound changed", "changed though refused")
    short = naive.get("equal after undo", 0) < naive.get("songs", 0) and "equal after undo" in naive
    wrong = any(isinstance(value, str) and value != "right" for value in naive.values())
    return not (any(naive.get(name) for name in bad) or short or wrong)


def _memory() -> str | None:
    """A disk in memory where there is one: kills and faults are made by us, so only the waiting is saved."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main() -> None:
    """Run, print and write the counts; exit status 1 when a song was harmed."""
    report: dict[str, Any] = {"python": platform.python_version(), "system": platform.system(), "stages": {}}
    failed = False
    for name, stage in STAGES.items():
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="faultbench-", dir=_memory()) as folder:
            result = stage(Path(folder))
        wrong = harm_in(result) + ["the naive way passes too: the stage is blind"] * blind(result)
        failed |= bool(wrong)
        report["stages"][name] = {"result": result, "wrong": wrong, "seconds": round(time.monotonic() - began, 1)}
        print(f"{name}: {json.dumps(result)} {'FAILED ' + str(wrong) if wrong else 'ok'}", flush=True)
        OUT.write_text(json.dumps(report, indent=2) + "\n")
    raise SystemExit(int(failed))


if __name__ == "__main__":
    main()
