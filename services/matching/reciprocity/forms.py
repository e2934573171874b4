"""The forms of the payment pages: what was typed, as the bodies of the API, with plain errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from services.matching import forms

CHECKS: Mapping[str, str] = {
    "owed_ids": "Tick what was paid.",
    "paid_on": "Enter the day it was paid.",
    "on": "Enter the day of the meeting.",
    "holder_ids": "Tick who came.",
    "quantity": "Enter how many, like 2 or 12.5.",
    "holder_id": "Choose who it is for.",
    "kind": "Choose what it is.",
    "expense": "Choose what the cost was for.",
    "label": "Use at most 80 letters.",
    "pence": "Enter an amount in pounds, like 4.60.",
    "session_on": "Enter the day of the meeting, or leave it empty.",
    "due_on": "Enter the day it is due, or leave it empty.",
    "choice": "Choose what the person said.",
    "told_about_benefits": "Tick this once you have told the person.",
}
ERROR_IDS: Mapping[str, str] = {field: field for field in (*CHECKS, "rate_id")}


def session_form(form: FormData) -> dict[str, Any]:
    body = _given(form, "on", "rate_id", "quantity", "due_on")
    return body | {"holder_ids": [str(v) for v in form.getlist("holder_ids")]}


def owed_form(form: FormData) -> dict[str, Any]:
    body = _given(
        form, "holder_id", "kind", "expense", "label", "rate_id", "quantity", "session_on", "due_on"
    )
    if body.get("kind") != "expense":
        body.pop("expense", None)
    pounds = str(form.get("pence", "")).strip()
    if pounds:
        body["pence"] = forms.pence(pounds)
    elif body.get("kind") == "training" and "rate_id" not in body:
        body["pence"] = 0
    return body


def choice_form(form: FormData) -> dict[str, Any]:
    told = bool(form.get("told_about_benefits"))
    return _given(form, "choice") | {"told_about_benefits": told}


def _given(form: FormData, *fields: str) -> dict[str, Any]:
    """What was typed; an empty field was not."""
    typed = {field: str(form.get(field, "")).strip() for field in fields}
    return {field: value for field, value in typed.items() if value}
