"""Many runs that can be compared: factors x seeds x sizes, the same splits for all, one result file a cell.

The way through the package: `settings` (the file) -> `plan` (configurations) -> `splits` (who learns what, once for
all) -> `cells` (what there is to run) -> `one_cell` in `workers` -> `run` (all of it) -> `summary` (study.json).
"""
