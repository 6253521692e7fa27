"""Genre, ballroom style, arousal, valence and speech/music in one network, against one network each and against SVMs.

Four collections with labels of their own (`gtzan_genre`, `ballroom_extended`, `emoMusic`, `gtzan_speechmusic`) on the
160 features of a network trained for tagging (Choi et al., 2017). All three are judged on the same random folds, which
is leaky: artists and, in GTZAN, whole songs cross them, and every number is stamped so. GTZAN is also judged on the
fault-filtered split, where they do not.

    UNISONO_DATA=FOLDER python bench/choi2017.py [--folds 10] [--seeds 1] [--shuffle 0] [--epochs 60] [--json FILE]
    UNISONO_DATA=FOLDER python bench/choi2017.py --tables FOLDER     # only the tables of the recipe dj-tags-public

SVMs are rbf, standardised, gamma = 2**-9, C = 8 for classes and for numbers the best of five by cross-validation inside
the training rows. All networks have one setting, which was chosen on validation rows of three folds (a tenth of the
training rows, from which nothing was learned); here those teach, too, and the last epoch counts, so that networks and
SVMs learn from the same rows. The interval beside them is of the difference on the same tracks, drawn with replacement
2,000 times. Folds learn as one program; on one thread, about 10 minutes of CPU a seed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from unisono.evaluation.intervals import r2
from unisono.experiment import Experiment
from unisono.training.run import train
from unisono.training.together import Asked, learn_together

SETS = {  # collection -> its tasks: name, kind, column
    "gtzan_genre": (("genre", "multiclass", "label"),),
    "ballroom_extended": (("style", "multiclass", "label"),),
    "emoMusic": (("arousal", "regression", "label_arousal"), ("valence", "regression", "label_valence")),
    "gtzan_speechmusic": (("speech", "multiclass", "label"),),
}
TASKS = [name for tasks in SETS.values() for name, _, _ in tasks]


class Found(NamedTuple):
    """What was found.

    Args:
        scores: "task model" -> one a seed.
        above_svm: task -> interval of what one network for all has more than the SVM.
    """

    scores: dict[str, list[float]]
    above_svm: dict[str, list[float]]


def prepare(data: Path, folder: Path) -> None:
    """Tables with unique keys, and one file of features for all of them."""
    rows: list[pl.DataFrame] = []
    for name in SETS:
        table = pl.read_csv(data / "choi2017" / "labels" / f"{name}.csv").drop("", "id")
        table = table.with_columns(id=pl.col("filepath").str.replace_all("/", "_"))
        table.with_columns(part=_fault_filtered(data, table["filepath"].to_list())).write_csv(folder / f"{name}.csv")
        layers = [np.load(data / "choi2017" / "features" / f"{name}_layer_{i}.npy") for i in range(5)]
        values = np.concatenate(layers, axis=1)
        assert values.shape == (len(table), 160)
        rows.append(pl.DataFrame(values, schema=[f"f{i}" for i in range(160)]).insert_column(0, table["id"]))
    pl.concat(rows).write_parquet(folder / "features.parquet")


def _fault_filtered(data: Path, paths: Sequence[str]) -> pl.Series:
    """The part of each GTZAN track in the split of Kereliuk et al. (2015); empty where it is left out."""
    part_of: dict[str, str] = {}
    for part in ("train", "valid", "test"):
        lines = (data / "gtzan" / "fault_filtered_split" / f"{part}_filtered.txt").read_text().split()
        part_of |= {Path(line).stem: part for line in lines}
    return pl.Series("part", [part_of.get(Path(path).stem, "") for path in paths])


def experiment(folder: Path, sets: Sequence[str], split: dict[str, Any], args: argparse.Namespace) -> Experiment:
    """The network of some sets; the same settings for one set and for all."""
    tasks = {
        name: {"kind": kind, "column": column, "collection": one, **({"range": [0, 1]} if kind == "regression" else {})}
        for one in sets
        for name, kind, column in SETS[one]
        if args.only in (None, name)
    }
    tables: dict[str, Any] = {
        "collections": {one: {"table": f"{one}.csv", "id": "id", **_own_split(one, args)} for one in sets},
        "split": split,
        "inputs": {"features": {"kind": "vectors", "tables": ["features.parquet"]}},
        "tasks": tasks,
        "network": {
            "blocks": [{"layers": [f"linear {args.width}", "batchnorm", "gelu", f"dropout {args.dropout}"]}],
            "head": {"hidden": [args.head], "activation": "gelu", "dropout": args.dropout},
        },
        "training": {
            "epochs": args.epochs, "batch_size": 64, "learning_rate": 2e-3, "schedule": "cosine", "threads": 1,
            "optimizer": "adamw", "weight_decay": 0.01,
        },
    }  # fmt: skip
    if len(sets) > 1:
        tables["sampling"] = {"method": "temperature", "temperature": args.temperature, "mixed": True}
        weights = {name: args.numbers for name, task in tasks.items() if task["kind"] == "regression"}
        tables["balancing"] = {"method": "static", "weights": weights}
    return Experiment.of(tables, folder, "choi2017")


def _own_split(one: str, args: argparse.Namespace) -> dict[str, Any]:
    return {"split": {"column": "part"}} if args.filtered and one == "gtzan_genre" else {}


def learn(made: Experiment, folder: Path, seed: int) -> dict[str, pl.DataFrame]:
    """Of each task the test tracks of all folds: track, truth, said. The folds learn as one program."""
    learn_together([Asked(made, folder, seed, lambda line: None)])
    train(made, folder, seed=seed, resume=True)
    said = pl.read_parquet(folder / "predictions.parquet").filter(split="test").with_columns(pl.col("track").cast(str))
    found = {}
    for name, task in made.tasks.items():
        own = said.filter(task=name)
        if task.kind == "multiclass":
            best = (
                own.sort("score", descending=True)
                .group_by("track")
                .agg(
                    truth=pl.col("label").sort_by("reference").last().cast(str), said=pl.col("label").first().cast(str)
                )
            )
        else:
            best = own.select("track", truth="reference", said="score")
        found[name] = best.sort("track")
    return found


def svm_answers(folder: Path, run: Path) -> dict[str, pl.DataFrame]:
    """SVMs on the folds of a run: train and validation rows teach, test rows are answered."""
    features = pl.read_parquet(folder / "features.parquet")
    place = {name: i for i, name in enumerate(features["id"])}
    values = features.drop("id").to_numpy().astype(np.float64)
    split = pl.read_csv(run / "split.csv").filter(pl.col("fold").cast(pl.String) != "final")
    found = {}
    for one, tasks in SETS.items():
        table = pl.read_csv(folder / f"{one}.csv")
        parts = {str(f[0]): g for f, g in split.filter(pl.col("id").str.starts_with(f"{one}/")).group_by("fold")}
        for name, kind, column in tasks if parts else ():
            label = dict(zip(table["id"], table[column].to_list(), strict=True))
            found[name] = _svm(kind, label, parts, (place, values), one).sort("track")
    return found


def _svm(
    kind: str,
    label: Mapping[str, Any],
    parts: Mapping[str, pl.DataFrame],
    known: tuple[dict[str, int], NDArray[np.float64]],
    one: str,
) -> pl.DataFrame:
    rows: list[tuple[str, Any, Any]] = []
    for fold in parts.values():
        fold = fold.with_columns(pl.col("part").replace("validation", "train"))
        ids = {t: [i.removeprefix(f"{one}/") for i in fold.filter(part=t)["id"]] for t in ("train", "test")}
        x = {t: known[1][[known[0][i] for i in names]] for t, names in ids.items()}
        y = {t: np.array([label[i] for i in names]) for t, names in ids.items()}
        model = _machine(kind).fit(x["train"], y["train"])
        said = model.predict(x["test"]).tolist()
        rows += [(f"{one}/{i}", *pair) for i, *pair in zip(ids["test"], y["test"].tolist(), said, strict=True)]
    return pl.DataFrame(rows, schema=["track", "truth", "said"], orient="row")


def measure(answers: pl.DataFrame, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Accuracy, or R2, of all test tracks; of each row of weights where there are some."""
    weights = np.ones((1, len(answers))) if weights is None else weights
    truth, said = answers["truth"].to_numpy(), answers["said"].to_numpy()
    if answers["truth"].dtype.is_float():
        return r2(truth.astype(np.float64)[:, None], said.astype(np.float64)[:, None], weights)
    return np.asarray(weights @ (truth.astype(str) == said.astype(str)) / weights.sum(axis=1))


def difference(ours: Sequence[pl.DataFrame], theirs: pl.DataFrame) -> list[float]:
    """95 % interval of our mean score over the seeds less theirs: 2,000 draws of the tracks, the same for both."""
    rng = np.random.default_rng(0)
    weights = rng.multinomial(len(theirs), np.full(len(theirs), 1 / len(theirs)), 2000).astype(np.float64)
    for one in ours:
        assert one["track"].to_list() == theirs["track"].to_list()
    gained = np.mean([measure(one, weights) for one in ours], axis=0) - measure(theirs, weights)
    return [float(q) for q in np.quantile(gained, (0.025, 0.975))]


def _machine(kind: str) -> Any:
    """The usual model; of numbers its C is chosen inside the training rows."""
    if kind == "multiclass":
        return make_pipeline(StandardScaler(), SVC(C=8, gamma=2**-9))
    machine = make_pipeline(StandardScaler(), SVR(gamma=2**-9, epsilon=0.05))
    return GridSearchCV(machine, {"svr__C": [0.1, 0.3, 1, 2, 8]}, cv=5, scoring="neg_mean_squared_error")


def compare(folder: Path, split: dict[str, Any], args: argparse.Namespace) -> Found:
    """Scores of all three by "task model", one a seed; the folds are the same for every seed and model."""
    answers: dict[str, list[pl.DataFrame]] = {}
    home = {name: one for one, tasks in SETS.items() for name, _, _ in tasks}
    for seed in range(args.seeds):
        with tempfile.TemporaryDirectory() as runs:
            joint = Path(runs) / "joint"
            _add(answers, learn(experiment(folder, list(SETS), split, args), joint, seed), "multi")
            for task in ["genre"] if args.filtered else TASKS:
                args.only = task
                _add(answers, learn(experiment(folder, [home[task]], split, args), Path(runs) / task, seed), "single")
            args.only = None
            if seed == 0:
                _add(answers, svm_answers(folder, joint), "svm")
    scores = {name: [float(measure(one)[0]) for one in many] for name, many in answers.items()}
    tasks = [name.removesuffix(" svm") for name in answers if name.endswith(" svm")]
    return Found(scores, {t: difference(answers[f"{t} multi"], answers[f"{t} svm"][0]) for t in tasks})


def _add(found: dict[str, list[pl.DataFrame]], answers: Mapping[str, pl.DataFrame], model: str) -> None:
    for task, one in answers.items():
        found.setdefault(f"{task} {model}", []).append(one)


def show(title: str, whole: Found, tasks: Sequence[str]) -> None:
    found = whole.scores
    print(f"\n{title}\n{'task':10}{'svm':>9}{'single':>18}{'multi':>18}{'multi-single':>14}{'multi-svm, 95 %':>20}")
    for task in tasks:
        cells = []
        for model in ("single", "multi"):
            values = found.get(f"{task} {model}", [])
            spread = f" ({statistics.stdev(values):.3f})" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.3f}{spread}" if values else "-")
        svm = found.get(f"{task} svm", [float("nan")])[0]
        both = found.get(f"{task} single"), found.get(f"{task} multi")
        gain = f"{statistics.mean(both[1]) - statistics.mean(both[0]):+.3f}" if both[0] and both[1] else "-"
        low, high = whole.above_svm[task]
        print(f"{task:10}{svm:9.3f}{cells[0]:>18}{cells[1]:>18}{gain:>14}{f'{low:+.3f} to {high:+.3f}':>20}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--shuffle", type=int, default=0, help="which random folds; of others than 0 no filtered split")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--head", type=int, default=128)
    parser.add_argument("--temperature", type=float, default=2.0)
    parser.add_argument("--dropout", type=float, default=0.6)
    parser.add_argument(
        "--numbers", type=float, default=10.0, help="weight of arousal and valence, whose errors are small"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--tables", type=Path, help="write the tables there and stop")
    args = parser.parse_args()
    args.only, args.filtered = None, False
    data = os.environ.get("UNISONO_DATA")
    if not data:
        sys.exit("UNISONO_DATA: is not set but has to name the folder of real collections")
    if args.tables:
        args.tables.mkdir(parents=True, exist_ok=True)
        prepare(Path(data), args.tables)
        return
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(data), Path(folder))
        split = {"protocol": "random", "folds": args.folds, "validation": 0, "seed": args.shuffle, "final": False}
        found = compare(Path(folder), split, args)
        show(f"random {args.folds}-fold (leaky), {args.seeds} seed(s)", found, TASKS)
        args.filtered, filtered = True, Found({}, {})
        if not args.shuffle:
            filtered = compare(Path(folder), {"protocol": "random", "validation": 0.1, "seed": 0}, args)
            show("GTZAN on its fault-filtered split (the other sets random, 80/20)", filtered, ["genre"])
    print(f"\n{time.process_time() - started:.0f} s of CPU")
    if args.json:
        args.json.write_text(json.dumps({"random": found._asdict(), "fault_filtered": filtered._asdict()}, indent=1))


if __name__ == "__main__":
    main()
