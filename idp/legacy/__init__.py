"""Password hashes that other software made, verified until their owners sign in once.

A module a kind, each with the bounds of what a hash may cost; `credential.py` reads how Keycloak
writes them. Our own hashes are made in `idp/hashing.py`, which calls these through the slot
`account_importers`.
"""
