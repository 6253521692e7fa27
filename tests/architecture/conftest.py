"""The package as syntax trees: what every check of the architecture reads, and small samples to check the checks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Import:
    """An import of one of our own modules.

    Args:
        inside: the import stands in a function.
        now: it is done when the module is imported: neither inside, nor for annotations only.
    """

    module: str
    line: int
    inside: bool
    now: bool


@dataclass(frozen=True)
class Module:
    """One source file of the package."""

    name: str  # "unisono.tasks.multiclass"; a package's __init__ has the package's name
    is_package: bool
    text: str
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def layer(self) -> str:
        """`tasks` of `unisono.tasks.multiclass`; empty for the top-level __init__."""
        return [*self.name.split("."), ""][1]

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def functions(self) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
        """Every function, and whether it is a method."""
        for parent in ast.walk(self.tree):
            for node in ast.iter_child_nodes(parent):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield node, isinstance(parent, ast.ClassDef)

    def code_lines(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        """Lines of a function without its docstring, comments and empty lines."""
        first = function.body[0]
        docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        skipped = range(first.lineno, (first.end_lineno or 0) + 1) if docstring else range(0)
        text = self.text.splitlines()
        counted = (n for n in range(function.lineno, (function.end_lineno or 0) + 1) if n not in skipped)
        return sum(bool(line := text[n - 1].strip()) and not line.startswith("#") for n in counted)


Modules = dict[str, Module]


def read_package(source: Path) -> Modules:
    """The modules below `source`/unisono by name."""
    texts = {}
    for path in sorted((source / "unisono").rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        texts[".".join(parts[:-1] if is_package else parts)] = (is_package, path.read_text(encoding="utf8"))
    modules = {}
    for name, (is_package, text) in texts.items():
        tree = ast.parse(text)
        found = tuple(_imports(name, is_package, tree, set(texts)))
        modules[name] = Module(name, is_package, text, tree, found)
    return modules


def _imports(name: str, is_package: bool, tree: ast.Module, known: set[str]) -> Iterator[Import]:
    for node, inside, typing in _walk(tree):
        at = (node.lineno, inside, not inside and not typing) if isinstance(node, ast.Import | ast.ImportFrom) else ()
        if isinstance(node, ast.Import):
            yield from (Import(a.name, *at) for a in node.names if a.name.split(".")[0] == "unisono")
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ""
            if node.level:
                above = name.split(".")[: None if is_package and node.level == 1 else -(node.level - is_package)]
                package = ".".join([*above, *([node.module] if node.module else [])])
            if package.split(".")[0] == "unisono":
                deeper = (f"{package}.{a.name}" for a in node.names)
                yield from (Import(d if d in known else package, *at) for d in deeper)


def _walk(node: ast.AST, inside: bool = False, typing: bool = False) -> Iterator[tuple[ast.AST, bool, bool]]:
    """Every node below; whether it stands in a function, and whether only a type checker reads it."""
    for child in ast.iter_child_nodes(node):
        yield child, inside, typing
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        checked = isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")
        yield from _walk(child, inside or function, typing or checked)


@pytest.fixture(scope="session")
def modules() -> Modules:
    """The package as it is."""
    return read_package(ROOT / "src")


@pytest.fixture
def sample(tmp_path: Path) -> Callable[..., Modules]:
    """Makes a small package of the files given by name: `sample({"tasks/x.py": "import unisono.nets"})`."""

    def make(files: dict[str, str]) -> Modules:
        for name, text in {"__init__.py": "", **files}.items():
            path = tmp_path / "unisono" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf8")
        return read_package(tmp_path)

    return make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How large the files and functions are, against the aims of 120 lines, 6 lines and 20 lines."""
    modules = read_package(ROOT / "src").values()
    files = sorted(m.lines for m in modules if m.lines)
    functions = sorted(m.code_lines(f) for m in modules for f, _ in m.functions())
    if files and functions:
        terminalreporter.write_line(
            f"size: {len(files)} files, median {files[len(files) // 2]} lines, longest {files[-1]}; "
            f"{len(functions)} functions, median {functions[len(functions) // 2]} code lines, "
            f"90 % at most {functions[len(functions) * 9 // 10]}, longest {functions[-1]}"
        )
