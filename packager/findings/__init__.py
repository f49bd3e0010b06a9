"""Findings: what a diagnostic is, and what a project accepts, overrides or hides."""
