"""Names: which item of which form of tag holds which of our fields."""

from __future__ import annotations

FREE = {  # fields of our own making, written under a free name in every form
    "subgenre": "SUBGENRE", "energy": "ENERGYLEVEL", "intro_version": "INTROVERSION",
    "predicted_artist": "UNISONO_ARTIST", "model": "UNISONO_MODEL", "date": "UNISONO_DATE",
    "fields": "UNISONO_FIELDS",
}  # fmt: skip
PROVENANCE = ("model", "date", "fields")
FFMPEG = "comment (ffmpeg)"  # no field of ours: where ffmpeg keeps a comment if not where others do
ONE_TEXT = frozenset({"comment"})  # fields that hold one text, which is added to and never replaced
ID3 = {
    "genre": "TCON", "mood": "TMOO", "comment": "COMM:", "language": "TLAN", "rating": "POPM:unisono",
    FFMPEG: "TXXX:comment",
}  # fmt: skip
VORBIS = {
    "genre": "GENRE", "mood": "MOOD", "comment": "COMMENT", "grouping": "GROUPING", "language": "LANGUAGE",
    "rating": "FMPS_RATING", FFMPEG: "DESCRIPTION",
}  # fmt: skip
APE = {
    "genre": "Genre", "mood": "Mood", "comment": "Comment", "grouping": "Grouping", "language": "Language",
    "rating": "FMPS_Rating",
}  # fmt: skip
MP4 = {"genre": "©gen", "comment": "©cmt", "grouping": "©grp", "rating": "rate"}
ASF = {
    "genre": "WM/Genre", "mood": "WM/Mood", "comment": "Description", "grouping": "WM/ContentGroupDescription",
    "language": "WM/Language", "rating": "FMPS_Rating",
}  # fmt: skip
INFO = {"genre": "IGNR", "comment": "ICMT", "language": "ILNG"}
FREE_MP4 = "----:com.apple.iTunes:"


def free_key(field: str) -> str:
    """The free name of a field.

    Example:
        >>> free_key("energy"), free_key("my_tag")
        ('ENERGYLEVEL', 'MY_TAG')
    """
    return FREE.get(field, field.upper())
