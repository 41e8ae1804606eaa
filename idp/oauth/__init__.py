"""OpenID Connect: one module per endpoint or specification.

Routes (Flask + Authlib): `authorize` `consent` `choose` `token` `userinfo` `logout` `discovery`.
Below them, without HTTP: `requests` (a checked authorization request), `steps` (what is still
needed before tokens), `claims`, `tokens` (JWTs), `keys`, `registry` (clients), `models`, and
`store`, the Core statements of the hot paths. `server` is Authlib's authorization server with our
overrides; `protocol` puts everything together.
"""
