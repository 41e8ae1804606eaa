"""Accounts of natural persons: registration, activation, sign-in, passwords, sessions, grants.

One verb module per flow (`register`, `activate`, `login`, `reset`, `change`); what they share has
its own (`links`, `limits`, `sessions`, `grants`, `audit`). The link to a business is in `pin/`.
"""
