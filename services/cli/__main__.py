"""python -m services.cli is newvoices."""

from services.cli.main import app

app()
