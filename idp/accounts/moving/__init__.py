"""Moving house: accounts of the system before this one, all of a file or none.

`files` reads a file line by line, `rows` judges a line, `stage` lets the good ones wait in tables
of their own (`models`), `publish` turns them into accounts by one transaction, `load` does all of
it in order; `left` counts what is still to be replaced. Hashes are read in `idp/legacy/`.
"""
