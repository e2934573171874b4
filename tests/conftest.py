"""Fixtures shared by all tests."""

pytest_plugins = ["tests.support.servers", "tests.support.log_scan"]
