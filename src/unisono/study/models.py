"""Models that configurations start from, looked for before the first cell runs: without them every cell would fail."""

from __future__ import annotations

from unisono.errors import UserError
from unisono.inputs import Input
from unisono.inputs.pretrained.hugging_face import check_native, folder_of
from unisono.study.plan import Study
from unisono.training.transfer import taken_inputs

_READS = "transformer"  # the kind of input whose encoder learns on; those that hear are opened when tracks are heard


def check_models(study: Study) -> None:
    """Find the pre-trained encoders of all configurations, and the model folders that their stages copy from.

    Raises: ModelError, ExperimentError, MissingExtra: what the cells would end with.
    """
    looked: list[Input] = []
    for experiment in study.experiments.values():
        for name, part in experiment.inputs.items():
            if part.kind == _READS and part not in looked:
                looked.append(part)
                _find(part, f"{experiment.name}:inputs.{name}.model")
        taken_inputs(experiment)


def _find(part: Input, where: str) -> None:
    """Take its tokeniser over, as every cell does, and see that the encoder can be opened."""
    try:
        found = part.fit(()).model_dump()  # type: ignore[attr-defined]
        check_native(folder_of(found["model"]), "a pre-trained encoder of texts")
    except UserError as error:
        raise type(error)(f"{where}: {error.where}", error.found, error.advice) from error
