"""A real browser for the page tests."""

from tests.support.browser import *  # noqa: F403
