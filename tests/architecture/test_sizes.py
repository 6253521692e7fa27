"""Short parts: hard limits on files, functions, parameters, class depth and public names."""

import ast
import builtins
import functools

import pytest

LINES, CODE_LINES, PARAMETERS, DEPTH, PUBLIC_NAMES = 400, 40, 6, 2, 20


def long_files(modules):
    return [f"{m.name}: {m.lines} lines" for m in modules.values() if m.lines > LINES]


def long_functions(modules):
    return [
        f"{m.name}:{f.lineno} {f.name}: {m.code_lines(f)} code lines"
        for m in modules.values()
        for f, _ in m.functions()
        if m.code_lines(f) > CODE_LINES
    ]


def many_parameters(modules):
    """Functions with too many parameters; those of `cli` are commands, whose parameters are options."""
    found = []
    for module in modules.values():
        for function, is_method in module.functions():
            named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            static = any(ast.unparse(d) == "staticmethod" for d in function.decorator_list)
            count = len(named) - (is_method and not static)
            if count > PARAMETERS and module.layer != "cli":
                found.append(f"{module.name}:{function.lineno} {function.name}: {count} parameters")
    return found


def deep_classes(modules):
    """Classes that inherit from a class of ours that itself inherits from one, and so on."""
    defined = {
        f"{m.name}.{node.name}": (m, node)
        for m in modules.values()
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ClassDef)
    }

    @functools.cache
    def depth(name):
        if name not in defined:
            return 0
        module, node = defined[name]
        return 1 + max((depth(base_name(module, base, defined, modules)) for base in node.bases), default=0)

    return [f"{name}: {depth(name)} deep" for name in defined if depth(name) > DEPTH]


def base_name(module, base, defined, modules):
    """The full name of a base class, as far as it is ours."""
    if isinstance(base, ast.Subscript):
        base = base.value
    written = ast.unparse(base)
    if f"{module.name}.{written}" in defined:
        return f"{module.name}.{written}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == written.split(".")[0]:
                    return at_home(".".join([node.module, alias.name, *written.split(".")[1:]]), defined, modules)
    return at_home(written, defined, modules)


def at_home(name, defined, modules):
    """Where a class that a package's __init__ passes on is defined."""
    package, _, last = name.rpartition(".")
    if name in defined or package not in modules:
        return name
    for imported in modules[package].imports:
        if f"{imported.module}.{last}" in defined:
            return f"{imported.module}.{last}"
    return name


def public_names(module):
    """What a package offers: `__all__`, else what its __init__ defines and takes from its own modules."""
    names = set()
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
                return sorted(ast.literal_eval(node.value))
            names |= {t.id for t in targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(module.name + "."):
            names |= {alias.asname or alias.name for alias in node.names}
    return sorted(n for n in names if not n.startswith("_"))


def wide_packages(modules):
    packages = (m for m in modules.values() if m.is_package)
    return [f"{m.name}: {len(public_names(m))} public names" for m in packages if len(public_names(m)) > PUBLIC_NAMES]


def dumping_grounds(modules):
    words = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "core"}
    return [m.name for m in modules.values() if words & set(m.name.strip("_").replace("_", ".").split("."))]


def star_imports(modules):
    return [
        f"{m.name}:{node.lineno}"
        for m in modules.values()
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]


def bare_excepts(modules):
    """Handlers that catch everything and name nothing."""
    return [
        f"{m.name}:{node.lineno}"
        for m in modules.values()
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]


def without_purpose(modules):
    """Modules that do not open with a sentence."""
    return [m.name for m in modules.values() if m.text.strip() and not ast.get_docstring(m.tree)]


CHECKS = (
    long_files,
    long_functions,
    many_parameters,
    deep_classes,
    wide_packages,
    dumping_grounds,
    star_imports,
    bare_excepts,
    without_purpose,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_the_package_keeps_within(check, modules):
    found = check(modules)
    assert not found, "\n".join(["", *found])


BODY = '"""Purpose."""\n'
VIOLATIONS = {
    long_files: BODY + "x = 1\n" * 401,
    long_functions: BODY + "def f():\n" + "    x = 1\n" * 40,
    many_parameters: BODY + "class A:\n    def f(self, a, b, c, d, *, e, f, g): ...\n",
    deep_classes: BODY + "class A: ...\nclass B(A): ...\nclass C(B): ...\n",
    star_imports: BODY + "from os import *\n",
    bare_excepts: BODY + "try:\n    x = 1\nexcept:\n    pass\n",
    without_purpose: "x = 1\n",
}
HARMLESS = {
    long_files: BODY + "x = 1\n" * 399,
    long_functions: BODY + 'def f():\n    """A\n\n    long\n    docstring."""\n' + "    x = 1\n\n    # why\n" * 39,
    many_parameters: BODY + "class A:\n    def f(self, a, b, c, *, e, f, g, **more): ...\n",
    deep_classes: BODY + "class A(Exception): ...\nclass B(A): ...\nclass C(A): ...\n",
    star_imports: BODY + "from os import path\n",
    bare_excepts: BODY + "try:\n    x = 1\nexcept OSError:\n    pass\n",
    without_purpose: "",
}


@pytest.mark.parametrize("check", VIOLATIONS, ids=lambda c: c.__name__)
def test_a_violation_is_caught_and_the_limit_itself_is_not(check, sample):
    assert len(check(sample({"tasks/x.py": VIOLATIONS[check]}))) == 1
    assert check(sample({"tasks/x.py": HARMLESS[check]})) == []


def test_depth_is_followed_through_imports(sample):
    files = {
        "parts.py": BODY + "class Settings: ...",
        "tasks/__init__.py": BODY + "from unisono.tasks.a import A",
        "tasks/a.py": BODY + "from unisono.parts import Settings\nclass A(Settings): ...",
        "tasks/b.py": BODY + "from unisono import tasks\nclass B(tasks.A): ...",
        "tasks/c.py": BODY + "from unisono.tasks import A\nclass C(A[int]): ...",
    }
    assert deep_classes(sample(files)) == ["unisono.tasks.b.B: 3 deep", "unisono.tasks.c.C: 3 deep"]


def test_names_are_counted_as_offered(sample):
    own = "\n".join(f"def f{n}(): ..." for n in range(21))
    assert len(wide_packages(sample({"tasks/__init__.py": BODY + own}))) == 1
    assert wide_packages(sample({"tasks/__init__.py": BODY + own + "\n__all__ = ['f1']"})) == []
    assert public_names(sample({"tasks/__init__.py": "from os import path\n_x = 1\ny: int = 2"})["unisono.tasks"]) == [
        "y"
    ]


def test_dumping_grounds_are_caught(sample):
    names = {"tasks/utils.py": "", "tasks/text_helpers.py": "", "tasks/score.py": ""}
    assert dumping_grounds(sample(names)) == ["unisono.tasks.text_helpers", "unisono.tasks.utils"]


def test_every_name_that_a_package_lists_is_there(modules):
    """`__all__` of an __init__ names what the module defines, imports, or (lazily) can find."""
    for module in modules.values():
        listed = [
            n for n in ast.walk(module.tree) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"
        ]
        if not listed or not module.is_package:
            continue
        defined = {n.name for n in module.tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)}
        body = [m for n in module.tree.body for m in (n.body if isinstance(n, ast.With) else [n])]
        defined |= {a.asname or a.name for n in body if isinstance(n, ast.ImportFrom) for a in n.names}
        for node in module.tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                defined |= {t.id for t in targets if isinstance(t, ast.Name)}
        if "__getattr__" not in defined:
            assert set(public_names(module)) - set(dir(builtins)) <= defined, module.name
