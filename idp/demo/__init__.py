"""A fictional chamber on one machine: `idp demo` (design §10), never part of `serve`.

`run` puts it together: `place` is what may be chosen, `database` marks, refuses and empties,
`seed` fills it from `chamber` (businesses) and `members` (people), `applications` registers the
three relying parties. `mailbox` is where all mails and letters arrive, `postman` brings them,
`door` shows them. `family` starts, watches and ends the processes.
Mounted by `idp demo` alone; the house below does not know that it is a demonstration.
"""
