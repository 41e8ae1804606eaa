"""Three applications that trust the provider: courses, contracts and jobs.

They are strangers to the provider: they speak OpenID Connect with it over HTTP and never import
`idp`. Each application is a folder with one `app.py` and its templates. What they share: `oidc`
(the whole integration with the provider, with `provider` and `backchannel`), `common`
(configuration, database, headers, server) and `form` (typed fields). Pages that all of them use
are in `templates/` here.
"""
