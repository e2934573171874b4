"""How a person wants to be paid, said beside the yes of a reply."""

from collections.abc import Mapping

from schemas.events import PaymentChoice


def without_choice(
    plain: str, phrases: Mapping[str, PaymentChoice]
) -> tuple[str, PaymentChoice] | None:
    """What else was said, and the one choice. None when there is no choice, or more than one.

    plain, phrases: as `replies.normalise` leaves them. The longest phrase counts, so that
    "not paid" is never "paid".
    """
    tokens = plain.split()
    longest = max(len(phrase.split()) for phrase in phrases)
    spans = [
        (at, at + length)
        for length in range(min(longest, len(tokens)), 0, -1)
        for at in range(len(tokens) - length + 1)
        if " ".join(tokens[at : at + length]) in phrases
    ]
    if not spans:
        return None
    begin, end = spans[0]
    if any(at < begin or to > end for at, to in spans):
        return None
    return " ".join(tokens[:begin] + tokens[end:]), phrases[" ".join(tokens[begin:end])]
