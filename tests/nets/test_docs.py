"""The networks in the documents can be built as they stand there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from unisono.parts import names

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["network.md", "sharing.md", *(f"networks/{n}.md" for n in ("conv2d", "text_cnn", "embedding_bag", "mlp"))]
EXAMPLES = [
    pytest.param(text, id=f"{page}-{i}")
    for page in PAGES
    for i, text in enumerate(re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL))
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_build(kit: SimpleNamespace, text: str) -> None:
    tables: dict[str, Any] = tomllib.loads(text)
    sources = {"audio": kit.mel(48, 1874), "lyrics": kit.words(), "features": kit.values(480)}
    if "embedding_bag" in text:
        sources["lyrics"] = kit.bag()
    named = tables.get("inputs") or tables["network"].get("encoders") or {"audio" if "conv" in text else "features": 0}
    inputs = {name: sources[name] for name in named}
    tasks = kit.tasks("genre", "subgenre", "energy", *(["situation"] if "situation" in text else []))
    network = kit.network(inputs, tasks, tables.get("heads"), **tables["network"])
    assert set(network.eval()(kit.batch(inputs)).logits) == set(tasks)


def test_every_encoder_has_a_page_and_every_page_an_encoder() -> None:
    assert {path.stem for path in (DOCS / "networks").glob("*.md")} == set(names("nets.encoders"))
    assert all(
        f"`{name}`" in (DOCS / "sharing.md").read_text("utf-8") for name in names("nets.sharing") if name != "grid"
    )
