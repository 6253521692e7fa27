"""Which machine works on a block; an engine is a file with `run(task, blocks, cluster)`.

It calls `task(block)` for every block, wherever it likes and in any order, and yields the receipts as they come. It
takes the next block only when it has use for it. Closed early, it ends all that it started.
"""
