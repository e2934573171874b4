"""Surveys about co-production: responses from a file, as charts of familiarity and barriers."""
