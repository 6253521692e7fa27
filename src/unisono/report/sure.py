"""Sure or silent as figures: how much is still said when more of it has to be right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from unisono.report.drawing import MODEL, MUTED, inline, panels, styled
from unisono.report.figures import reliability

ASKED = 0.9  # the precision that sentences speak of


def sure_part(name: str, found: Mapping[str, Any] | None, leaky: bool) -> dict[str, Any]:
    """What the page shows of one task's "sure": figures, a sentence, and a regression's intervals.

    Args:
        found: of scores.json; None where a run of an older version has none.
    """
    found = found or {}
    curve = found.get("reliability")
    return {
        "coverage": coverage(name, found["coverage"], leaky) if found.get("coverage") else None,
        "said": _said(found),
        "reliability": reliability(f"{name} calibrated", curve, leaky) if curve else None,
        "ece": curve["ece"] if curve else None,
        "intervals": found.get("intervals") or [],
    }


def coverage(name: str, levels: list[dict[str, Any]], leaky: bool) -> Markup:
    """Share of the tags that are still given, and share of these that is right, by the precision asked for."""
    with styled():
        figure, (at,) = panels(1, 1, (3.9, 3.2))
        asked = [one["precision"] for one in levels]
        at.plot(asked, asked, color=MUTED, linewidth=1, linestyle="--")
        at.plot(asked, [one["coverage"] for one in levels], color=MUTED, marker="o", markersize=4, label="still given")
        right = [(one["precision"], one["reached"]) for one in levels if one["reached"] is not None]
        at.plot(*zip(*right, strict=True) if right else ([], []), color=MODEL, marker="o", markersize=4, label="right")
        at.set_ylim(-0.04, 1.04)
        at.set_xlabel("precision asked for")
        at.set_ylabel("share of the tags")
        at.legend(loc="lower left")
        return inline(figure, f"coverage {name}", f"Coverage against precision of {name}", leaky)


def _said(found: Mapping[str, Any]) -> str:
    """The row of one precision in words."""
    one = next((row for row in found.get("coverage", []) if row["precision"] == ASKED), None)
    if one is None:
        return ""
    if not one["given"]:
        nobody = "no interval that narrow holds" if "half_width" in one else "no label is that sure"
        return f"With --min-precision {ASKED:g} it stays silent: {nobody}."
    counts = f"({one['right']:,} of {one['given']:,} on tracks it has not seen)"
    if one.get("half_width") is not None:
        given = f"{one['coverage']:.0%} of the numbers are given, off by {one['half_width']:.4g} at most"
        return f"With --min-precision {ASKED:g}, {given}, which holds for {one['reached']:.1%} {counts}."
    shares = f"{one['coverage']:.0%} of the tags are given and {one['reached']:.1%} of these are right"
    return f"With --min-precision {ASKED:g}, {shares} {counts}."
