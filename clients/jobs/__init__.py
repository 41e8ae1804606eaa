"""Board of training places: the list is public, posting needs the business claim."""
