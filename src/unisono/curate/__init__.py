"""Better labels: which look wrong, which tracks are one recording, and which to label next.

`out_of_fold` gives what models say of tracks that they have not learned from, `suspects` ranks labels that disagree
with it, `recordings` groups tracks by their sound, and `chosen` picks the tracks whose labels would teach most.
"""

from unisono.curate.choosing import chosen, doubts
from unisono.curate.fingerprint import FINGERPRINT, picture_of, similar, tokens_of, version
from unisono.curate.out_of_fold import Checked, out_of_fold
from unisono.curate.recordings import Recording, recordings
from unisono.curate.suspects import Suspect, suspects
from unisono.curate.unlabelled import Candidate, candidates

__all__ = [
    "FINGERPRINT", "Candidate", "Checked", "Recording", "Suspect", "candidates", "chosen", "doubts", "out_of_fold",
    "picture_of", "recordings", "similar", "suspects", "tokens_of", "version",
]  # fmt: skip
