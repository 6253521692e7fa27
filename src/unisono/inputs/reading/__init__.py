"""Reading: what stands between a track's words and numbers and the arrays of the inputs that read them.

* `lyrics`, `stamps`, `file_tags`: the lyrics and the tags that a file or its sidecar carries.
* `cleaning`, `stop_words`, `text`: lyrics -> tokens, the same when learning and when tagging.
* `vocabulary`, `weighting`: tokens -> numbers and weights.
* `numbers`, `cells`: a row of a table -> numbers.
* `row_ids`, `row_files`, `keyed`: files of numbers -> rows found by track id.
* `scaling`, `dense`, `sparse`, `keys`: rows -> scaled rows and batches; names for cache entries.
"""
