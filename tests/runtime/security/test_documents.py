"""Documents that are made from code say what the code says."""

from pathlib import Path

from services.runtime.security.documents import permission_table

ROOT = Path(__file__).parents[3]


def test_the_permission_table_in_the_documents_is_the_one_in_force() -> None:
    written = (ROOT / "docs/security/permissions.md").read_text()
    assert written == permission_table(), (
        "run: python -m services.runtime.security.documents > docs/security/permissions.md"
    )
