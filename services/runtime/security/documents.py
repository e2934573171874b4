"""Documents made from the rules in code, so that they cannot say something else.

python -m services.runtime.security.documents > docs/security/permissions.md
"""

import sys

from services.runtime.security.permissions import (
    PARTICIPANT_DATA,
    ROLE_PERMISSIONS,
    ROLE_REACH,
    Permission,
    Reach,
)
from services.runtime.security.principal import Role

_REACH_WORDS = {
    Reach.NOTHING: "nobody's records",
    Reach.OWN: "own records",
    Reach.OWN_AND_TEAM: "own records and the team's",
    Reach.ORGANISATION: "the organisation's records",
}


def permission_table() -> str:
    """Markdown: one row a permission, one column a role."""
    roles = list(Role)
    header = ["permission", *(role.value.replace("_", " ") for role in roles)]
    lines = [
        "# Who may do what",
        "",
        "Made from `services/runtime/security/permissions.py`; a test compares the two. Starred:",
        "permissions by which an account learns something about one person.",
        "",
        _row(header),
        _row(["---"] * len(header)),
        *(_row([_name(permission), *_marks(permission, roles)]) for permission in Permission),
        _row(["**reaches**", *(_REACH_WORDS[ROLE_REACH[role]] for role in roles)]),
    ]
    return "\n".join(lines) + "\n"


def _name(permission: Permission) -> str:
    star = " *" if permission in PARTICIPANT_DATA else ""
    return f"`{permission.value}`{star}"


def _marks(permission: Permission, roles: list[Role]) -> list[str]:
    return ["yes" if permission in ROLE_PERMISSIONS[role] else "" for role in roles]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(permission_table())
