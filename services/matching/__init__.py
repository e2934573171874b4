"""Matching: opportunities, representation gaps, proposals, seats."""
