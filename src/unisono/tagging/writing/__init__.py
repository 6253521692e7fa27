"""Writing tags into files without ever hurting one, and taking it back to the last byte.

The journey of one file: `wishes` (answers -> what the model wants in which field, by a `profiles.Profile`) ->
`opening`, `containers` (the file taken apart strictly: damaged tags stop here) -> `wishes.decide` (old -> new, the
user's values stay) -> `committing` (a checked copy takes the original's place) -> `journal`, by which `undoing` goes
back. mutagen renders ID3 frames, lays Ogg pages and MP4 atoms, and reads back everything that was written.
"""

from unisono.tagging.writing import showing
from unisono.tagging.writing.admission import roots_of
from unisono.tagging.writing.journal import Journal, journals_folder, new_journal
from unisono.tagging.writing.profiles import PROFILES, Profile, check_named, profile_of
from unisono.tagging.writing.undoing import journal_named, listed, undo
from unisono.tagging.writing.wishes import Change
from unisono.tagging.writing.writer import Outcome, Signed, Writer, signed_by

__all__ = [
    "PROFILES",
    "Change",
    "Journal",
    "Outcome",
    "Profile",
    "Signed",
    "Writer",
    "check_named",
    "journal_named",
    "journals_folder",
    "listed",
    "new_journal",
    "profile_of",
    "roots_of",
    "showing",
    "signed_by",
    "undo",
]
