"""The page and the tables of a study, from a study.json of made-up results."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.errors import TrainingError
from unisono.report import study_page, write_study_report
from unisono.report.study_page import render
from unisono.report.study_tables import tables_of, write_tables
from unisono.study.cells import Place
from unisono.study.plan import Study
from unisono.study.summary import summarize

TABLES: dict[str, Any] = {
    "description": "A <b>study</b>",
    "study": {"seeds": 4, "mark": ["with & without"], "protocols": ["grouped", "random"], "sizes": [10, 100]},
    "factors": {"x": {"alone": {"tasks": ["genre"]}, "with & without": {}}},
    "experiment": {
        "collection": {"table": "a.csv"},
        "inputs": {"lyrics": {"kind": "words"}},
        "tasks": {"genre": {"kind": "multiclass"}, "year": {"kind": "regression", "role": "auxiliary"}},
    },
}


def result(value: float, leak: str = "") -> dict[str, Any]:
    genre = {"kind": "multiclass", "role": "target", "f1_macro": value, "accuracy": value, "labels": ["a|b", "c_d"]}
    genre |= {"confusion_matrix": [[3, 1], [round(10 * value), 4]], "chance": {"f1_macro": 0.5}, "majority": None}
    genre |= {"per_class": {"a|b": {"f1": value, "support": 4.0}, "c_d": {"f1": None, "support": 4.0}}}
    base: dict[str, Any] = {"tasks": {"genre": genre}, "folds": [], "share": 0.25, "judged": "x", "validation": 1.0}
    base |= {"scores": {"leaks": [leak] if leak else [], "total_loss": 1 + value}, "epochs": 2, "best_epoch": 1}
    base |= {"weights": [{"genre": 1.0, "year": 1.0}, {"genre": 1.5, "year": 0.5}]}
    base |= {"by_epoch": {"genre": {"f1_macro": [value / 2, value], "loss": [2.0, 1.0]}}}
    base |= {"cosine": {"tasks": ["genre", "year"], "cosine": [[1.0, -0.2], [-0.2, 1.0]]}}
    base |= {"cost": {"seconds": 1.0, "steps": 4, "step_ms": 2.0, "parameters": {"trainable": 1234}}}
    return base


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study folder with its study.json; the second configuration is better, random flatters, one cell failed."""
    rng, results = np.random.default_rng(0), []
    for protocol, more in (("grouped", 0.0), ("random", 0.2)):
        for size in (10, 100):
            for name, gain in (("alone", 0.0), ("with & without", 0.1)):
                for seed in range(4):
                    value = 0.4 + more + gain + 0.001 * float(rng.normal())
                    leak = f"random split ({seed} of 9 cross)" if more else ""
                    results.append((Place(name, protocol, seed, size), f"{len(results)}", result(value, leak)))
    results.append((Place("alone", "grouped", 9, 10), "bad", None))
    folder = tmp_path_factory.mktemp("study")
    summary = summarize(Study.of(TABLES), results, {"bad": "the <i>disk</i> broke"})
    (folder / "study.json").write_text(json.dumps(summary, allow_nan=False))
    return folder


def test_the_page_says_and_shows(study: Path) -> None:
    text = write_study_report(study).read_text()
    assert "helps against &#34;alone&#34;: f1_macro" in text
    assert "A &lt;b&gt;study&lt;/b&gt;" in text and "the &lt;i&gt;disk&lt;/i&gt; broke" in text
    shown = ["What other protocols would have said", "By size, grouped", "minus the baseline", "(0 of 9 cross)"]
    for said in [*shown, "Weights of the tasks", "Agreement of gradients", "1,234"]:
        assert said in text, said
    assert "(1 of 9 cross)" not in text, "reasons that differ in numbers alone are said once"
    assert text.count("<svg") >= 10
    assert not re.search(r'(src|href)="(?!#|data:)', text), "nothing is fetched"
    assert "mathdefault" not in text
    assert "Total loss" not in text, "of one target it says what its score says"


def test_tables_in_three_forms(study: Path) -> None:
    write_tables(json.loads((study / "study.json").read_text()), study / "tables")
    rows = list(csv.DictReader((study / "tables" / "comparisons.csv").read_text().splitlines()))
    assert {r["verdict"] for r in rows} == {"helps"} and len(rows) == 4
    assert float(rows[0]["difference"]) == pytest.approx(0.1, abs=0.01)
    markdown = (study / "tables" / "labels.md").read_text()
    assert r"a\|b" in markdown
    wide = list(csv.reader((study / "tables" / "f1-genre.csv").read_text().splitlines()))
    assert wide[0] == ["protocol", "size", "configuration", "a|b", "c_d", "mean"]
    assert float(wide[1][3]) == pytest.approx(0.4, abs=0.01) and wide[1][4] == ""
    latex = (study / "tables" / "overview.tex").read_text()
    assert r"with \& without" in latex and r"\textbf{0.5" in latex and r"$\pm$" in latex
    assert latex.count("&") - latex.count(r"\&") == 3 * latex.count("\\\\")


def test_columns_that_say_nothing_are_left_out(study: Path) -> None:
    found = json.loads((study / "study.json").read_text())
    assert "size" in tables_of(found)["overview"].columns
    assert "auxiliary size" not in tables_of(found)["overview"].columns


def test_what_has_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is missing, so this study has not run"):
        write_study_report(tmp_path)
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(TrainingError, match="is damaged"):
        write_study_report(tmp_path)


def test_losses_answers_and_kept_features_are_shown(study: Path, tmp_path: Path) -> None:
    found = json.loads((study / "study.json").read_text())
    found["tasks"]["year"] = {**found["tasks"]["genre"], "kind": "regression", "metric": "r2"}
    found["losses"] = [{**row, "tasks": 2} for row in found["losses"]]
    place = {"protocol": "grouped", "size": None, "auxiliary_size": None, "configuration": "alone"}
    points = {"reference": [100.0, 200.0, 300.0], "score": [120.0, 180.0, 250.0], "levels": [100, 200, 300]}
    found["answers"] = [{**place, "task": "year", **points}]
    kept = {"input": "heard", "task": "all", "part": "excerpt 1", "offered": 480, "kept": 88.5}
    found["selections"] = [{**place, **kept}]
    rest = {key: [] for key in ("confusions", "weights", "relatedness", "flattery")}
    (tmp_path / "study.json").write_text(json.dumps({**found, **rest}))
    text = write_study_report(tmp_path).read_text()
    for said in ("Total loss", "Said against true", "Features kept", "excerpt 1", "borders between levels"):
        assert said in text, said
    wide = list(csv.DictReader((tmp_path / "tables" / "overview.csv").read_text().splitlines()))
    assert wide[0]["total loss"].startswith("1.4")
    assert (tmp_path / "tables" / "losses.tex").is_file() and (tmp_path / "tables" / "selections.csv").is_file()


def test_total_losses_stand_where_no_configuration_learns_all_targets(study: Path) -> None:
    found = json.loads((study / "study.json").read_text())
    for name in ("year", "pool"):
        found["tasks"][name] = {**found["tasks"]["genre"], "kind": "regression", "metric": "r2"}
    first = found["losses"][0]["configuration"]
    found["losses"] = [{**row, "tasks": 2 if row["configuration"] == first else 1} for row in found["losses"]]
    table = tables_of(found)["overview"]
    said = {row[table.columns.index("configuration")]: row[-1] for row in table.rows}
    assert table.columns[-1] == "total loss"
    assert [name for name, loss in said.items() if loss] == [first]


def test_a_study_of_an_earlier_version_has_its_tables_too(study: Path) -> None:
    found = json.loads((study / "study.json").read_text())
    new = ("losses", "answers", "selections", "epochs")
    old = {k: v for k, v in found.items() if k not in new}
    assert tables_of(old).keys() == tables_of(found).keys() - {"losses", "epochs", "epochs-genre"}
    assert "By epoch" not in render(old, "old")


def test_scores_by_epoch_are_drawn_and_written(study: Path) -> None:
    text = write_study_report(study).read_text()
    assert "By epoch" in text and "Loss by epoch" in text and "curves of 2 of 4 pairs of protocol and size" in text
    long = list(csv.DictReader((study / "tables" / "epochs.csv").read_text().splitlines()))
    assert len(long) == 2 * 2 * 2 * 2 * 2, "protocols, sizes, configurations, scores, epochs"
    assert long[1]["epoch"] == "2" and float(long[1]["mean"]) == pytest.approx(0.4, abs=0.01)
    assert long[1]["runs"] == "4" and float(long[1]["low"]) < 0.4 < float(long[1]["high"])
    wide = list(csv.reader((study / "tables" / "epochs-genre.csv").read_text().splitlines()))
    assert wide[0] == ["protocol", "size", "configuration", "epoch 1", "epoch 2"] and len(wide) == 9
    assert (study / "tables" / "epochs-genre.tex").is_file() and not (study / "tables" / "epochs.tex").exists()


def test_every_protocol_has_its_matrices_and_what_is_left_out_is_said(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = json.loads((study / "study.json").read_text())
    drawn = study_page._matrices(found, "genre", everything=False)
    assert [where for where, _ in drawn["shown"]] == ["grouped, size 100", "random, size 100"]
    assert [[name for name, _, _ in shown] for _, shown in drawn["shown"]] == [["alone", "with & without"]] * 2
    assert "matrices of 2 of 4 pairs of protocol and size" in drawn["left_out"]
    everything = study_page._matrices(found, "genre", everything=True)
    assert len(everything["shown"]) == 4 and not everything["left_out"]
    monkeypatch.setattr(study_page, "_MATRICES", 1)
    monkeypatch.setattr(study_page, "_LABELS", 5)
    text = render(found, "few")
    assert re.findall(r'aria-label="genre confusion_matrix: ([^"]*)"', text) == [
        "alone, grouped, size 100",
        "alone, random, size 100",
    ]
    assert "2 of 4 matrices" in text and "11 more rows are in tables/labels.csv" in text
