"""The command line: one command a file, opened when its name is typed, each a thin door to the Python API.

Contract of a command (`cli/<name>.py`): a function named like the file. Its parameters are the command's arguments and
options, its docstring is the help text, the module's first line is its line in `unisono --help`. It shows what it has
to say through a `Console`, raises `UserError`, and returns an exit status: 0 done, 3 done with skips.
"""

from unisono.cli._loading import stoppable

with stoppable():
    from unisono.cli._app import main

__all__ = ["main"]
