"""Businesses of the chamber's register, and the posted PIN that links a person with one.

What happens: `ask` orders a PIN, `redeem` spends it, `unlink` ends the link, `businesses` imports
the register; `overview` reads what pages show and `claim` what applications are told. What a PIN
looks like is in `code`, how it is kept in `secret`. What is posted is worded in `letter` and set by
`paper` and `notice` on a `sheet`. Letters wait sealed in the outbox: `letters` writes them,
`printing` hands them to a carrier.
Accounts, sessions and grants are next door in `accounts/`; nothing here knows HTTP.
"""
