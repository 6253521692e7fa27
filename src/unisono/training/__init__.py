"""One run: from an experiment to a model folder, its honest scores and its history."""
