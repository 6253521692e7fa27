"""The use side works without torch, scikit-learn and matplotlib; the said layer without torch."""

import subprocess
import sys
import textwrap

import pytest

LEARN_ONLY = ("torch", "sklearn", "matplotlib", "safetensors", "onnx", "onnxscript", "librosa")
LAYERS = {  # package -> what must not be needed to import all of it
    "tagging": LEARN_ONLY,
    "model": LEARN_ONLY,
    "collection": LEARN_ONLY,
    "inputs": LEARN_ONLY,
    "tasks": LEARN_ONLY,
    "experiment": LEARN_ONLY,
    "metrics": ("torch", "onnx", "safetensors"),
    "evaluation": ("torch", "onnx", "safetensors"),
    "report": ("torch", "onnx", "safetensors"),
}
BLOCK = """
    import importlib.abc, sys
    class Block(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in {blocked!r}:
                raise ModuleNotFoundError(f"No module named {{name!r}} (blocked)", name=name)
    sys.meta_path.insert(0, Block())
"""


def run(code, blocked=()):
    """Run code in a Python of its own, in which some packages cannot be imported."""
    script = textwrap.dedent(BLOCK.format(blocked=tuple(blocked))) + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)


def package_names(modules, layer):
    return [name for name, module in modules.items() if module.layer == layer]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_without_what_it_must_not_need(layer, modules):
    names = package_names(modules, layer)
    assert names, f"there is no package {layer}"
    done = run("".join(f"import {name}\n" for name in names), LAYERS[layer])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", ["import unisono", "import unisono.cli", "from unisono.demo import render"])
def test_the_door_opens_without_torch_and_quickly(code):
    done = run(f"{code}\nimport sys; print(sorted(m for m in sys.modules if m in {LEARN_ONLY!r}))")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_runtime_reports_to_nobody(tmp_path, monkeypatch):
    """ONNX Runtime writes a number of the machine into the user's cache when it is going to report what it does."""
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = run("import unisono.model")
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob("*")), "something is kept of who runs it"


def test_the_renderer_needs_numpy_and_soundfile_only():
    done = run(
        "from unisono.demo import render", blocked=(*LEARN_ONLY, "scipy", "polars", "pydantic", "av", "onnxruntime")
    )
    assert done.returncode == 0, done.stderr


def test_a_blocked_package_is_really_blocked():
    done = run("import torch", blocked=("torch",))
    assert done.returncode == 1 and "No module named 'torch' (blocked)" in done.stderr
