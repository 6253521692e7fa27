"""The forms tags can be written in: one a file, chosen by `--format` or by the suffix of the path.

Contract of an export (`exports/<name>.py`): `write(tagged, path, layout)` writes all of it or leaves what was there
(`files.commit_path`); `SUFFIXES` are the file suffixes that mean it, lower-case. An export of many files has
`FOLDER = True`: they lie in a folder named like the path. One that is to be imported somewhere tells how in `STEPS`.
What was written can be read back by a reader that is not ours, and says the same.
"""
