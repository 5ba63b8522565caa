"""How raw items become features: texts and pictures to rows, described as data and built again without code.

In come texts and pictures, or a description, out come rows and descriptions. No data set is known here, and torch is imported only
where a kind runs a network.
"""

from hint_train.data.featurizers.build import build
from hint_train.data.featurizers.protocol import Featurizer, PictureFeaturizer
from hint_train.data.featurizers.record import Featurizers

__all__ = ["Featurizer", "Featurizers", "PictureFeaturizer", "build"]
