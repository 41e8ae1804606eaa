"""OpenID Connect: one module per endpoint or specification.

Endpoints (Flask + Authlib): `authorize` `token` `userinfo` `revocation` `introspection` `logout`
`discovery`; pages of the journey: `consent` `choose` `account`. What they share: `server`
(Authlib's, with our overrides), `protocol` (puts everything together), `endpoint`, `response`,
`shown` (tokens brought back), `journey`, `doors`.

Specifications: `authorization_request` (the order of checks), `request_object`, `claims_request`,
`pkce`, `audience` (RFC 8707), `client_auth`, `client_assertion`, `client_keys`, `jose` (JWTs of
others), `hint`, `backchannel`, `cors`, `metadata`.

Without HTTP: `steps` (what is still needed before tokens), `requests`, `parameters`, `registry`
(clients as read), `registration` (as written), `resources`, `uris`, `claims`, `consents`, `tokens`
(our JWTs), `jti` (what counts once), `key_pair`, `keys`, `rotation`, `models`,
and `store`, the Core statements of the hot paths.
"""
