"""Tag names: one name for what each container calls differently."""

from __future__ import annotations

ID3 = {
    "TIT2": "title", "TPE1": "artist", "TPE2": "album_artist", "TALB": "album", "TCOM": "composer", "TPE4": "remixer",
    "TCON": "genre", "TMOO": "mood", "COMM": "comment", "GRP1": "grouping", "TIT1": "grouping", "TIT3": "subtitle",
    "TLAN": "language", "TKEY": "initial_key", "TBPM": "bpm", "TPUB": "label", "TSRC": "isrc",
    "TDRC": "year", "TYER": "year", "TDOR": "original_year", "TORY": "original_year",
}  # fmt: skip
MP4 = {
    "©nam": "title", "©ART": "artist", "aART": "album_artist", "©alb": "album", "©wrt": "composer", "©gen": "genre",
    "©cmt": "comment", "©grp": "grouping", "©day": "year", "tmpo": "bpm",
}  # fmt: skip
ASF = {
    "Title": "title", "Author": "artist", "WM/AlbumArtist": "album_artist", "WM/AlbumTitle": "album",
    "WM/Composer": "composer", "WM/Genre": "genre", "WM/Mood": "mood", "Description": "comment",
    "WM/ContentGroupDescription": "grouping", "WM/Year": "year", "WM/Language": "language",
    "WM/InitialKey": "initial_key", "WM/BeatsPerMinute": "bpm", "WM/Publisher": "label", "WM/SubTitle": "subtitle",
}  # fmt: skip
RIFF = {
    "INAM": "title", "IART": "artist", "IPRD": "album", "IGNR": "genre", "ICMT": "comment", "ICRD": "year",
    "ILNG": "language",
}  # fmt: skip
_FREE = {  # names that people and programs choose, letters and digits only
    "albumartist": "album_artist", "energylevel": "energy", "introversion": "intro_version", "date": "year",
    "originaldate": "original_year", "originalyear": "original_year", "key": "initial_key",
    "initialkey": "initial_key", "tempo": "bpm",
    "description": "comment", "organization": "label", "publisher": "label", "contentgroup": "grouping",
    "style": "subgenre", "mixartist": "remixer",
}  # fmt: skip


def free_name(name: str) -> str:
    """Our name for a field whose name anybody may choose, such as a Vorbis key or the description of a TXXX frame.

    Example:
        >>> free_name("EnergyLevel"), free_name("INITIALKEY"), free_name("My Tag")
        ('energy', 'initial_key', 'my_tag')
    """
    plain = "".join(c for c in name.lower() if c.isalnum())
    return _FREE.get(plain) or "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
