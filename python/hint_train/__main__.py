"""``python -m hint_train`` is the command `hint-train`: what `torchrun -m hint_train` starts."""

from hint_train.cli import train_main

train_main()
