"""Tests mirror the code; `stories/` are whole journeys, `slots/` one conformance test a slot."""
