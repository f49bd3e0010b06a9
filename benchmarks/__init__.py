"""Ratios against the peers, on the same input in the same run."""
