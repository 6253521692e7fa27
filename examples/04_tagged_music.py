"""Renders a folder of tagged music and a folder of new, untagged music, to follow docs/walkthrough-rekordbox.md with.

    python examples/04_tagged_music.py dj        # dj/Music: 120 tracks with tags; dj/Incoming: 24 without

The tags stand where DJ software puts them: genre in GENRE, energy in ENERGYLEVEL, situations in the comment's block.
"""

import csv
import shutil
import sys
from pathlib import Path

from mutagen.flac import FLAC

from unisono.demo import render

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "dj")
rendered = folder / "rendered"
render(rendered, tracks=120, unseen=24, seed=7, seconds=10, missing=0.1)

with (rendered / "library.csv").open(encoding="utf-8", newline="") as stream:
    for row in csv.DictReader(stream):
        song = FLAC(rendered / row["path"])
        situations = [] if row["situation"] in ("", "-") else row["situation"].split(";")
        fields = {"genre": row["genre"], "energylevel": row["energy"]}
        if situations:
            fields["comment"] = f"bought at the fair /* {' / '.join(situations)} */"
        song.update({name: value for name, value in fields.items() if value})
        song.save()

(rendered / "music").rename(folder / "Music")
(rendered / "new").rename(folder / "Incoming")
for text in (folder / "Incoming").glob("*.txt"):
    text.unlink()  # lyrics; this story is about sound
shutil.rmtree(rendered)
print(f"{len(list((folder / 'Music').iterdir()))} tracks with tags in {folder / 'Music'}, "
      f"{len(list((folder / 'Incoming').iterdir()))} without in {folder / 'Incoming'}")  # fmt: skip
