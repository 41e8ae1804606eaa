"""Members' pages: how the verbs of `accounts/` and `pin/` are asked for.

A module a flow, with the same name as its verb; each ends with its routes. Pages never import
each other: a finished step returns to `/oauth/authorize`, or to where the person came from.
"""

from flask import Blueprint

from idp.pages import (
    account,
    activate,
    business,
    change,
    home,
    legal,
    login,
    mailed,
    register,
    reset,
)

DOORS: tuple[Blueprint, ...] = (
    home.bp,
    login.bp,
    register.bp,
    mailed.bp,
    activate.bp,
    reset.bp,
    change.bp,
    account.bp,
    business.bp,
    legal.bp,
)
