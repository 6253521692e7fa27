"""Networks: an encoder for each input, blocks on a sharing grid, a head for each task.

    input arrays -> encoder (a list of blocks) -> sharing (which tasks use which copy of a block) -> heads -> logits

* `settings`, `layers`, `grid` and `links` are torch-free: an experiment is checked without torch.
* `encoders/`: one encoder a file, a list of blocks. `sharing/`: one way to lay the blocks out over the tasks a file.
* `network.build` puts them together.
"""
