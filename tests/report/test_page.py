"""The page as a whole: complete, self-contained, escaped, honest about leaks and what is not defined."""

import json
import re
from html.parser import HTMLParser

import pytest

from unisono.errors import TableError, TrainingError
from unisono.report import write_report
from unisono.report.folder import read_run
from unisono.report.page import render
from unisono.tasks import task

HOSTILE = "</script><script>alert(1)</script>"


class Reader(HTMLParser):
    """Collects the elements, the visible text, and any address a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.elements, self.text, self.fetched, self.handlers = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href") and not (value or "").startswith(("#", "data:image/png;base64,")):
                self.fetched.append(value)
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data):
        self.text.append(data)


def read(path):
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    return reader, " ".join(" ".join(reader.text).split())


def test_every_section_of_a_whole_run(make_run, every_kind):
    network = {
        "tasks": list(every_kind),
        "inputs": {
            "audio": {
                "encoder": "Conv2d",
                "shape": [1, 96, None],
                "blocks": [
                    {
                        "layers": ["conv 32 3x3"],
                        "copies": [{"name": "all", "tasks": list(every_kind), "parameters": 384, "shape": [[1], [32]]}],
                    }
                ],
            }
        },
        "heads": {t: {"layers": ["linear 3"], "links": [], "parameters": 387} for t in every_kind},
        "parameters": {"trainable": 94342, "tasks": {}},
    }
    folder = make_run(every_kind, failures=[["b.mp3", "b.mp3", "0.1 s is too short"]], network=network)
    path = write_report(folder)
    assert path == folder / "report.html"
    reader, text = read(path)
    for said in (
        "Tags of a small collection", "In short", "Data and split", "library.csv", "gradnorm", "epoch 2 of 3 was kept",
        "Learning", "Weights of the tasks over time", "Confusion matrix", "Said against true", "Rounded to levels",
        "Does confidence mean what it says?", "Label by label", "The worst mistakes", "The network", "94,342",
        "Tracks that could not be used", "0.1 s is too short", "only helps", "data:aaaaaaaa|split:bbbbbbbb|",
    ):  # fmt: skip
        assert said in text, said
    assert reader.elements.count("svg") == 2 + 2 + 2 + 1  # learning, weights; genre; energy; situation


def test_nothing_is_fetched_and_nothing_runs(make_run, every_kind):
    reader, _ = read(write_report(make_run(every_kind)))
    assert reader.fetched == []
    assert "script" not in reader.elements
    assert reader.handlers == []


def test_hostile_texts_are_shown_and_never_obeyed(make_run):
    labels = [HOSTILE, "$\\frac{1}{0}$ -->", '" onmouseover="alert(1)', "音楽"]
    tasks = {HOSTILE: task(HOSTILE, {"kind": "multiclass", "labels": labels})}
    ids = [f"{HOSTILE}{i}" for i in range(30)]
    experiment = 'description = "<img src=x onerror=alert(1)>"\n'
    folder = make_run(tasks, ids=ids, leaks=[HOSTILE], failures=[[HOSTILE] * 3], experiment=experiment)
    reader, text = read(write_report(folder))
    assert "script" not in reader.elements
    assert "img" not in reader.elements
    assert reader.handlers == []
    assert reader.fetched == []
    assert f"{HOSTILE}1" in text
    assert "<img src=x onerror=alert(1)>" in text
    assert "$\\frac{1}{0}$" in text


def test_leaks_are_stamped_on_scores_and_figures(make_run, every_kind):
    reason = "11 of 12 artists stand on both sides."
    path = write_report(make_run(every_kind, leaks=[reason]))
    text = path.read_text("utf-8")
    assert reason in text
    assert text.count('class="stamp"') == 2 + len(every_kind)  # overview, protocol, each task
    figures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert sum("LEAKY" in figure for figure in figures) == 5  # all but the learning curves and weights


def test_an_honest_run_bears_no_stamp(make_run, every_kind):
    text = write_report(make_run({"energy": every_kind["energy"]})).read_text("utf-8")
    assert 'class="stamp"' not in text
    assert "LEAKY" not in text


@pytest.mark.parametrize(
    ("sharing", "shown"),
    [
        ('"low:1"', "low:1"),
        ('["all", [["genre", "mood"], ["energy"]], "each"]', "all, genre + mood | energy, each"),
        ('{ kind = "cgc", shared = 2, own = 1 }', "cgc (shared 2, own 1)"),
        ('{ kind = "cross_stitch" }', "cross_stitch"),
        ('{ kind = "grid", rows = ["each", "all"], merge = "concat" }', "grid (each, all, merge concat)"),
        ('{ audio = "low:1" }', "audio: low:1"),
    ],
)
def test_the_way_of_sharing_is_told_in_words(sharing, shown, make_run, every_kind):
    folder = make_run(every_kind)
    path = folder / "experiment.toml"
    path.write_text(path.read_text().replace('sharing = "low:1"', f"sharing = {sharing}"))
    _, text = read(write_report(folder))
    assert f"sharing {shown} balancing" in text


def test_folds_show_their_spread(make_run, every_kind):
    _, text = read(write_report(make_run(every_kind, n=60, folds=3)))
    assert "3 folds pooled" in text
    assert "epochs 2 of 3, 2 of 3, 2 of 3 were kept, by fold" in text
    assert "±" in text


def test_what_is_not_defined_is_a_dash_with_its_reason(make_run, every_kind):
    path = write_report(make_run(every_kind, unlabelled=tuple(every_kind)))
    _, text = read(path)
    assert text.count("Cannot be judged: ") >= 2 * len(every_kind)
    assert "no labelled track" in text


def test_one_track(make_run, every_kind):
    _, text = read(write_report(make_run(every_kind, n=1)))
    assert "of 1 track;" in text
    assert "Cannot be judged: one labelled track only" in text


def test_many_classes(make_run):
    tasks = {"artist": task("artist", {"kind": "multiclass", "labels": [f"artist {i}" for i in range(60)]})}
    _, text = read(write_report(make_run(tasks, n=120)))
    assert "60 labels one by one" in text
    assert "Taken for each other" in text


def test_same_run_same_bytes(make_run, every_kind):
    folder = make_run({"genre": every_kind["genre"]})
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_only_the_scores_and_predictions_are_needed(make_run, every_kind):
    folder = make_run(every_kind)
    for name in ("experiment.toml", "history.jsonl", "split.csv"):
        (folder / name).unlink()
    _, text = read(write_report(folder))
    assert "In short" in text
    assert "Weights of the tasks" not in text


def test_an_unfinished_run_is_said(make_run, every_kind, tmp_path):
    with pytest.raises(TrainingError, match=r"scores.json: is missing, so this is no finished run.*--resume"):
        write_report(tmp_path)
    folder = make_run(every_kind)
    (folder / "predictions.parquet").unlink()
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        write_report(folder)


@pytest.mark.parametrize("name", ["scores.json", "history.jsonl", "experiment.toml"])
def test_damaged_files_are_named(name, make_run, every_kind):
    folder = make_run(every_kind)
    (folder / name).write_text('{"half')
    with pytest.raises(TrainingError, match=f"{name}: is damaged"):
        write_report(folder)


def test_excerpts_and_chosen_features_are_shown_where_there_are_any(make_run, every_kind):
    folder = make_run(every_kind)
    assert "one by one" not in render(read_run(folder))
    scores = json.loads((folder / "scores.json").read_text())
    scores["tasks"]["genre"]["excerpts"] = {**scores["tasks"]["genre"], "n": 150, "accuracy": 0.25}
    scores["selection"] = {
        "numbers": {"offered": 92, "names": ["a<b", "c"], "left_out": {"variance": 90}, "by_task": {"genre": ["c"]}}
    }
    (folder / "scores.json").write_text(json.dumps(scores))
    page = render(read_run(folder))
    assert "Its 150 excerpts one by one: " in page
    assert "25 %" in page.partition("excerpts one by one")[2][:80]
    assert "Features of numbers: 2 of 92 kept" in page
    assert "a&lt;b, c" in page
    assert "genre chose 1." in page
