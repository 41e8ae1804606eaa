"""The identity provider: accounts, passwords, posted PINs and OpenID Connect tokens.

`app.py` builds everything once; `cli/` is the `idp` command. What happens lives in verbs
(`accounts/`, `pin/`, `oauth/`), how it is asked for in doors (`pages/`, the routes of `oauth/`),
how it leaves the house in `outbox.py`, `mail/` and `worker/`. `plugins.py` is the one page on
which everything replaceable is declared. Imports only go down; the floors are in `setup.cfg`.
"""
