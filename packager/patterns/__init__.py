"""Patterns that come from foreign input or from users, matched in time that they cannot blow up: regular expressions and globs."""
