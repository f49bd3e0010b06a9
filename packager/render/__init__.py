"""Reports as text and JSON: pure functions of plain data."""
