"""The network's picture: who shares what, drawn in columns."""

from unisono.report.network import picture


def block(*groups, parameters=10):
    copies = [{"name": "-", "tasks": list(g), "parameters": parameters, "shape": [[1], [32, None]]} for g in groups]
    return {"layers": ["conv 8 3", "relu"], "copies": copies}


def described(tasks, *blocks, **head):
    return {
        "tasks": list(tasks),
        "inputs": {"audio": {"encoder": "Conv2d", "shape": [96, None], "blocks": list(blocks), "linear_path": {}}},
        "heads": {t: {"layers": ["dense 16", "linear 3"], "links": [], "parameters": 5, **head} for t in tasks},
        "parameters": {"trainable": 99, "tasks": dict.fromkeys(tasks, 25)},
    }


def boxes(row):
    return [(box.first, box.span, box.share) for box in row.boxes]


def test_all_some_and_each():
    drawn = picture(described("abc", block("abc"), block("ab", "c"), block("a", "b", "c")))
    rows = drawn.branches[0].rows
    assert boxes(rows[0]) == [(1, 3, "all")]
    assert boxes(rows[1]) == [(1, 2, "some"), (3, 1, "one")]
    assert boxes(rows[2]) == [(1, 1, "one"), (2, 1, "one"), (3, 1, "one")]
    assert (rows[0].layers, rows[0].boxes[0].shape) == ("conv 8 3 · relu", "32 × time")
    assert (drawn.trainable, drawn.aligned, drawn.heads[0].path) == (99, True, 25)


def test_a_copy_whose_tasks_stand_apart_is_drawn_in_pieces():
    drawn = picture(described("abc", block("ac", "b")))
    assert boxes(drawn.branches[0].rows[0]) == [(1, 1, "some"), (2, 1, "one"), (3, 1, "some")]
    assert drawn.branches[0].rows[0].boxes[0].tasks == drawn.branches[0].rows[0].boxes[2].tasks == ("a", "c")


def test_many_tasks_share_columns_by_path():
    tasks = [f"t{i}" for i in range(12)]
    drawn = picture(described(tasks, block(tasks), block(tasks[:5], tasks[5:])))
    assert [len(column) for column in drawn.columns] == [5, 7]
    assert not drawn.aligned
    assert boxes(drawn.branches[0].rows[1]) == [(1, 1, "some"), (2, 1, "some")]


def test_one_task_is_its_own():
    assert boxes(picture(described("a", block("a"))).branches[0].rows[0]) == [(1, 1, "one")]


def test_linear_paths_are_counted():
    description = described("ab", block("ab"))
    description["inputs"]["audio"]["linear_path"] = {"a": 7, "b": 8}
    assert picture(description).branches[0].direct == 15


def named(layers, **copies):
    made = [{"name": n, "tasks": list(t), "parameters": p, "shape": [[4], [4]]} for n, (t, p) in copies.items()]
    return {"layers": layers, "copies": made}


def labels(row):
    return [(box.first, box.span, box.label, box.parameters) for box in row.boxes]


def test_stitches_stand_between_the_tasks_own_blocks():
    first = named(["linear 4"], for_a=("ab", 20), for_b=("ab", 20), stitch=("ab", 4))
    description = described("ab", first, named(["linear 4"], for_a=("a", 9), for_b=("b", 9)))
    description["inputs"]["audio"]["sharing"] = "CrossStitch"
    rows = picture(description).branches[0].rows
    assert labels(rows[0]) == [(1, 1, "a", 20), (2, 1, "b", 20)]
    assert labels(rows[1]) == [(1, 2, "cross-stitch of all tasks", 4)]
    assert labels(rows[2]) == [(1, 1, "a", 9), (2, 1, "b", 9)]


def test_experts_stand_side_by_side_above_the_gates():
    experts = named(["linear 4"], expert1=("ab", 20), expert2=("ab", 20), expert1_for_a=("a", 20))
    gates = named(["gate"], gate_for_a=("a", 15), gate_for_b=("b", 10))
    rows = picture(described("ab", experts, gates)).branches[0].rows
    assert labels(rows[0]) == [
        (1, 1, "expert 1: all tasks", 20),
        (2, 1, "expert 2: all tasks", 20),
        (3, 1, "expert 1: a", 20),
    ]
    assert [row.columns for row in rows] == [3, 2]
    assert labels(rows[1]) == [(1, 1, "gate of a", 15), (2, 1, "gate of b", 10)]
