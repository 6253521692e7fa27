"""Brings a pre-trained network from where its authors offer it; nothing is downloaded unless you ask."""

from __future__ import annotations

from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.inputs.pretrained import REMOTES, Remote, remote
from unisono.inputs.pretrained import fetch as fetched


def _completed(incomplete: str) -> list[str]:
    return [name for name in REMOTES if name.startswith(incomplete)]


def fetch(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="What to fetch; default: list all.", autocompletion=_completed)
    ] = None,
    place: Annotated[
        str, typer.Option("--from", metavar="PLACE", help="Take it from this file or address; its checksum must agree.")
    ] = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Bring a pre-trained network from where its authors offer it.

    Its bytes are checked against a pinned checksum; what does not agree is not kept. It lies in $UNISONO_CACHE, and an
    input that needs it finds it there. Mind its licence, which is shown.

    Examples:
      unisono fetch
      unisono fetch choi2017-keras
      unisono fetch choi2017-theano --from weights_layer4_theano.hdf5
    """
    with Console(as_json, quiet) as console:
        if name is None:
            rows = [(r.name, r.what, f"{r.size / 1e6:.1f} MB", r.licence, _here(r)) for r in REMOTES.values()]
            console.table(("name", "what it is", "size", "licence", "here"), rows)
            console.result({"remotes": [_told(r) for r in REMOTES.values()]})
            return 0
        wanted = remote(name)
        console.say(f"{wanted.name}: {wanted.what}")
        console.say(f"licence: {wanted.licence}")
        with console.progress("fetching") as advance:
            path = fetched(wanted, place, advance)
        console.say(f"it is in {path}")
        console.result(_told(wanted))
    return 0


def _here(wanted: Remote) -> str:
    return "yes" if wanted.path.is_file() else "no"


def _told(wanted: Remote) -> dict[str, object]:
    facts = {k: getattr(wanted, k) for k in ("name", "what", "url", "sha256", "size", "licence")}
    return {**facts, "path": wanted.path, "here": wanted.path.is_file()}
