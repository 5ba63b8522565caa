"""The methods that see labels of a part of the pairs: SRLCH, BATCH, DCH, and LPIH on top of them."""
