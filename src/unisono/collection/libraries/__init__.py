"""Libraries of other programs as collections: what people have tagged there is what is learned from.

Contract of a library (`libraries/<name>.py`, read where `[collection]` has its name as a key): `SUFFIXES` of its file,
lower-case; `read(path, settings)` gives a `Table` whose column `path` names the sound files, and never writes to the
file. Relative paths start in the file's folder, or where `audio_root` says.
"""
