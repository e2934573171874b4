"""Pages: templates, the layout, static files, languages and the offline shell.

    PAGES = make_pages("outreach", Path(__file__).parent / "templates", navigation)

    return PAGES.page(request, "contacts.html", contacts=contacts)

docs/front-end.md says how to write a page and a form that works offline.
"""

from services.runtime.pages.assets import Assets, mount_static
from services.runtime.pages.errors import install_error_pages
from services.runtime.pages.flash import flash
from services.runtime.pages.language import gettext, ngettext
from services.runtime.pages.pages import FieldError, NavItem, Pages, make_pages

__all__ = [
    "Assets",
    "FieldError",
    "NavItem",
    "Pages",
    "flash",
    "gettext",
    "install_error_pages",
    "make_pages",
    "mount_static",
    "ngettext",
]
