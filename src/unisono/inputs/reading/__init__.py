"""Reading: what stands between a track's words and numbers and the arrays of `words`, `bag_of_words`, `columns`, `vectors`.

* `lyrics`, `stamps`, `fields`: the lyrics and the tags that a file or its sidecar carries.
* `cleaning`, `stop_words`, `text`: lyrics -> tokens, the same when learning and when tagging.
* `vocabulary`, `weighting`: tokens -> ids and weights.
* `numbers`, `scaling`, `tables`, `rows`: cells and files of numbers -> rows of numbers.
"""
