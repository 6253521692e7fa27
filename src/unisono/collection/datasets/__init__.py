"""Public datasets: one file each says where its labels are, who made it and what may be done with it.

Contract of a dataset (`collection/datasets/<name>.py`, a class named like its file, `FmaSmall` in `fma_small.py`):

* `citation`, `licence` and `homepage` are texts; `checksums` maps file names to what its makers publish: "sha1:...".
* `columns` maps each column of its table to what it holds, one line each; "mfcc.mean.01 ..." stands for many alike.
* `settings` holds the roles of its columns (id, groups, song ...); what the experiment file says goes before it.
* `read(root)` turns the layout that its makers publish into a `Table`, sounds resolved. It downloads nothing;
  a file that is not there is one line that says what to get and from where.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

from unisono.collection.table import Table


class Dataset(Protocol):
    """A public dataset's reader; see the module for the contract."""

    citation: ClassVar[str]
    licence: ClassVar[str]
    homepage: ClassVar[str]
    checksums: ClassVar[Mapping[str, str]]
    columns: ClassVar[Mapping[str, str]]
    settings: ClassVar[Mapping[str, Any]]

    def read(self, root: Path) -> Table: ...
