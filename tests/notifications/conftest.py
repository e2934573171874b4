from tests.support.browser import *  # noqa: F403 - fixtures
