"""What every method is trained by: the protocol, networks, losses, the loop, checkpoints.

In come features and a `Method`, out come weights. Labels never come in, and no method is known by name.
"""
