"""Apprenticeship contracts: filing needs a sign-in and the business claim."""
