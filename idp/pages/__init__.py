"""Members' pages: how the verbs of `accounts/` and `pin/` are asked for.

A module a flow, with the same name as its verb; each ends with its routes. Pages never import
each other: a finished step returns to `/oauth/authorize`, or to where the person came from.
"""

from flask import Blueprint

from idp.pages import (
    account,
    activate,
    apps,
    business,
    change,
    check,
    home,
    legal,
    login,
    mailed,
    register,
    renew,
    reset,
    terms,
)

DOORS: tuple[Blueprint, ...] = (
    home.bp,
    login.bp,
    register.bp,
    mailed.bp,
    activate.bp,
    reset.bp,
    change.bp,
    check.bp,
    renew.bp,
    terms.bp,
    account.bp,
    apps.bp,
    business.bp,
    legal.bp,
)
