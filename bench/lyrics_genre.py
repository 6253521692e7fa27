"""The recipe lyrics-genre against TF-IDF with logistic regression on the same rows, paired over five splits.

Macro-F1 on the test part, which is read once a run. The variants say what each piece is worth; all have the same splits
but for the random one.

    UNISONO_DATA=FOLDER python bench/lyrics_genre.py [--seeds 0 1 2 3 4] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rivals.tfidf_logistic import macro_f1, read_songs

from unisono import Experiment, train
from unisono.evaluation.significance import compare
from unisono.experiment import load_toml

RECIPE = "lyrics-genre"
Tables = dict[str, Any]
Scores = dict[str, list[float]]


def unchanged(tables: Tables) -> None:
    """The recipe as it is."""


def single_task(tables: Tables) -> None:
    """Genre alone, without the year beside it."""
    del tables["tasks"]["year"]
    del tables["balancing"]


def without_form(tables: Tables) -> None:
    """Words and letters only."""
    del tables["inputs"]["form"]
    del tables["network"]["encoders"]["form"]


def artefact_kept(tables: Tables) -> None:
    """The scrape's phrase stays in the lyrics: a leak."""
    for table in tables["inputs"].values():
        table["drop_phrases"] = []


def random_split(tables: Tables) -> None:
    """Songs of one artist on both sides: a leak, stamped."""
    tables["split"] = {"protocol": "random"}


VARIANTS: dict[str, Callable[[Tables], None]] = {
    "recipe": unchanged,
    "single task": single_task,
    "without form": without_form,
    "artefact kept": artefact_kept,
    "random split": random_split,
}


def run(name: str, data: Path, seed: int, out: Path) -> dict[str, float]:
    """Scores of one variant and its rivals on one split."""
    tables = load_toml(RECIPE)[0]
    VARIANTS[name](tables)
    began = time.perf_counter(), time.process_time()
    done = train(Experiment.of(tables, base=data, name=f"{RECIPE}, {name}"), out, seed)
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    scores = done.scores["tasks"]["genre"]
    print(f"{name}, seed {seed}: {scores['f1_macro']:.4f}, {took[0]:.0f} s, {took[1]:.0f} s of CPU", flush=True)
    for leak in done.scores["leaks"]:
        print(f"    leaky: {leak}")
    found = {"unisono": scores["f1_macro"], "seconds": took[0], "cpu": took[1]}
    if name not in ("recipe", "artefact kept", "random split"):
        return found
    songs = read_songs(data / tables["collection"]["table"], out / "split.csv", name == "artefact kept")
    found["rival"] = macro_f1(songs)
    found["rival, also validation"] = macro_f1(songs, ("train", "validation"))
    if name == "recipe":
        found["rival with form"] = macro_f1(songs, form=True)
        found["share"] = float((songs.parts == "test").sum() / (songs.parts == "train").sum())
    shown = ", ".join(f"{k} {v:.4f}" for k, v in found.items() if k.startswith("rival"))
    print(f"    {shown}", flush=True)
    return found


def row(name: str, scores: list[float]) -> str:
    """One line of the table."""
    spread = statistics.stdev(scores) if len(scores) > 1 else 0.0
    return f"| {name} | {' '.join(f'{s:.3f}' for s in scores)} | {statistics.mean(scores):.4f} | {spread:.4f} |"


def difference(name: str, this: list[float], other: list[float], share: float) -> str:
    """A paired comparison in words; the interval knows that splits share their songs."""
    found = compare(this, other, share)
    low, high = found.interval
    return f"{name}: {found.difference:+.4f}, 95 % [{low:+.4f}, {high:+.4f}], p = {found.p:.3g}, {len(this)} splits"


def tell(found: dict[str, Scores]) -> None:
    """The tables of RESULTS.md."""
    print("\n| macro-F1 on test | seeds | mean | deviation |\n|---|---|---|---|")
    for name, scores in found.items():
        for who in scores:
            if who == "unisono" or who.startswith("rival"):
                print(row(name if who == "unisono" else f"{name}: {who}", scores[who]))
    if len(found.get("recipe", {}).get("unisono", [])) < 2:
        return
    ours, share = found["recipe"]["unisono"], found["recipe"]["share"][0]
    print()
    for name, scores in found.items():
        for who in scores:
            if who.startswith("rival"):
                print(difference(f"{name} - {who}", scores["unisono"], scores[who], share))
        if name not in ("recipe", "random split"):
            print(difference(f"recipe - {name}", ours, scores["unisono"], share))
    seconds, cpu = (max(s for scores in found.values() for s in scores[k]) for k in ("seconds", "cpu"))
    print(f"longest run {seconds:.0f} s, most CPU {cpu:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    given = parser.parse_args()
    if "UNISONO_DATA" not in os.environ:
        sys.exit("UNISONO_DATA is not set: it names the folder that holds lyrics-1950-2019")
    data = Path(os.environ["UNISONO_DATA"]) / "lyrics-1950-2019"
    found: dict[str, Scores] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.only:
            for seed in given.seeds:
                one = run(name, data, seed, Path(folder) / f"{name}-{seed}")
                for who, value in one.items():
                    found.setdefault(name, {}).setdefault(who, []).append(value)
    tell(found)


if __name__ == "__main__":
    main()
