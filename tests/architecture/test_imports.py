"""Who may import whom: the layer table, no cycles, and two lazy doors."""

import ast

import pytest

GROUND = {"errors", "parts", "files"}
LAYERS = {  # package -> what it may import beside the ground and what those may import
    "errors": (),
    "parts": (),
    "files": (),
    "tasks": (),
    "metrics": (),
    "inputs": (),
    "collection": ("tasks", "inputs"),
    "experiment": ("tasks", "inputs", "collection"),
    "nets": ("tasks", "inputs"),
    "balancing": ("tasks",),
    "model": ("tasks", "inputs"),
    "targets": ("collection", "metrics"),
    "evaluation": ("metrics", "model", "collection"),
    "training": ("experiment", "targets", "nets", "balancing", "model", "evaluation"),
    "study": ("training",),
    "curate": ("training",),
    "report": ("evaluation",),
    "tagging": ("collection", "model"),
    "serve": ("tagging", "report"),
    "recipes": (),
}
LEARNS = ("nets", "balancing", "training")
DOORS = {"cli", "demo", "__main__"}  # these may import everything
LAZY_DOORS = {"unisono", "unisono.parts"}  # only here are our own modules imported inside functions


def allowed(layer):
    """Everything that a layer may import, itself included."""
    if layer in DOORS:
        return {*LAYERS, *DOORS}
    return {layer, *GROUND}.union(*(allowed(above) for above in LAYERS[layer]))


def is_settings(name):
    """A file of settings, which stands beside what it configures."""
    last = name.split(".")[-1]
    return last == "settings" or last.endswith("_settings")


def said(module, target):
    """What `experiment` and settings files may import of the learning packages: settings, the contracts of the
    packages that have parts, and (settings only) further files of their own package.
    """
    if module.layer not in ("experiment", *LEARNS) or not (module.layer == "experiment" or is_settings(module.name)):
        return False
    return is_settings(target) or target in ("unisono.nets", "unisono.balancing") or in_layer(target) == module.layer


def in_layer(name):
    return [*name.split("."), ""][1]


def imports_torch(modules, name, seen=()):
    """Does importing this module import torch, itself or through our others?"""
    module = modules.get(name)
    if module is None or name in seen:
        return False
    for node in module.tree.body:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(n.split(".")[0] == "torch" for n in names):
            return True
    now = {i.module for i in module.imports if not i.inside and i.now}
    return any(imports_torch(modules, n, (*seen, name)) for n in now)


def layer_violations(modules):
    found = []
    for module in modules.values():
        if module.name == "unisono":
            continue
        if module.layer not in LAYERS and module.layer not in DOORS:
            found.append(f"{module.name}: {module.layer} stands in no layer of the table")
            continue
        may = allowed("experiment" if is_settings(module.name) and module.layer in LEARNS else module.layer)
        for imported in dict.fromkeys(module.imports):
            target = imported.module
            if in_layer(target) in may or (target == "unisono" and module.layer in DOORS):
                continue
            if not said(module, target):
                found.append(f"{module.name}:{imported.line} imports {target}")
            elif imports_torch(modules, target):
                found.append(f"{module.name}:{imported.line} imports {target}, which imports torch")
    return found


def cycles(modules):
    """Rings of modules that import each other, annotations included."""
    edges = {m.name: {i.module for i in m.imports if i.module in modules} - {m.name} for m in modules.values()}
    done, ring, found = set(), [], []

    def visit(name):
        if name in ring:
            found.append(" -> ".join([*ring[ring.index(name) :], name]))
        elif name not in done:
            ring.append(name)
            for target in sorted(edges[name]):
                visit(target)
            ring.pop()
            done.add(name)

    for name in sorted(edges):
        visit(name)
    return found


def hidden_imports(modules):
    """Our own modules imported inside a function or by a string, elsewhere than at the doors."""
    found = []
    for module in modules.values():
        if module.name in LAZY_DOORS:
            continue
        found += [f"{module.name}:{i.line} imports {i.module} inside a function" for i in module.imports if i.inside]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
                found.append(f"{module.name}:{node.lineno} imports by a string")
    return found


def test_the_layer_table_holds(modules):
    found = layer_violations(modules)
    assert not found, "\n".join(["", *found])


def test_no_import_cycles(modules):
    found = cycles(modules)
    assert not found, "\n".join(["", *found])


def test_own_modules_are_imported_inside_functions_only_at_the_doors(modules):
    found = hidden_imports(modules)
    assert not found, "\n".join(["", *found])


def test_learn_and_use_never_import_each_other():
    learn = {"nets", "balancing", "training", "targets", "study", "curate", "experiment"}
    assert not allowed("tagging") & learn
    assert not allowed("serve") & learn
    assert not any({"tagging", "serve"} & allowed(layer) for layer in learn)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("tasks/x.py", "from unisono.nets import y"),
        ("tasks/x.py", "import unisono.nets.y"),
        ("tasks/x.py", "from ..nets import y"),
        ("tasks/x.py", "def f():\n    from unisono.nets.y import z"),
        ("tagging/x.py", "from unisono.training import y"),
        ("metrics/x.py", "from unisono.tasks import y"),
        ("experiment/x.py", "from unisono.nets.y import z"),
        ("nets/settings.py", "from unisono.nets.y import z"),
        ("nets/a/settings.py", "from unisono.nets.deep import z"),
        ("nets/a_settings.py", "from unisono.training.x import z"),
        ("experiment/x.py", "from unisono.training import z"),
        ("helpers/x.py", ""),
    ],
)
def test_a_wrong_import_is_caught(sample, file, text):
    files = {"nets/y.py": "import torch", "nets/deep.py": "from unisono.nets.y import a", "training/__init__.py": ""}
    assert len(layer_violations(sample({**files, file: text}))) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("training/x.py", "from unisono.tasks import y"),
        ("experiment/x.py", "from unisono.nets.settings import y"),
        ("experiment/x.py", "from unisono.balancing.gradnorm_settings import y"),
        ("cli/train.py", "from unisono.training import y\nfrom unisono import z"),
        ("experiment/x.py", "from unisono.balancing import y"),
        ("nets/encoders/x_settings.py", "from unisono.nets.grammar import y"),
        ("tagging/exports/x.py", "from unisono.files import y"),
    ],
)
def test_a_right_import_is_let_pass(sample, file, text):
    lazy = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\n    from unisono.nets import z"
    files = {"nets/settings.py": "", "nets/grammar.py": lazy, "nets/z.py": "import torch", "balancing/__init__.py": ""}
    assert layer_violations(sample({**files, file: text})) == []


def test_a_cycle_is_caught(sample):
    files = {
        "tasks/a.py": "from unisono.tasks import b",
        "tasks/b.py": "from unisono.tasks.c import x",
        "tasks/c.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from unisono.tasks.a import y",
    }
    ring = "unisono.tasks.a -> unisono.tasks.b -> unisono.tasks.c -> unisono.tasks.a"
    assert cycles(sample(files)) == [ring]


def test_a_hidden_import_is_caught(sample):
    hidden = {
        "tasks/a.py": "def f():\n    import unisono.errors",
        "tasks/b.py": "import importlib\nimportlib.import_module('unisono.errors')",
        "parts.py": "def part():\n    import unisono.tasks",
    }
    assert [v.split(" ")[0] for v in hidden_imports(sample(hidden))] == ["unisono.tasks.a:2", "unisono.tasks.b:2"]
