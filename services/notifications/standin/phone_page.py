"""A page that shows the stand-in's phones: what each person got, and a box to answer with.

For trying the whole journey by hand. It runs on this machine only and shows made-up people.
"""

from jinja2 import Environment

from services.notifications.standin.state import SentMessage

_PAGE = Environment(autoescape=True, trim_blocks=True).from_string("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{% if not asked %}<meta http-equiv="refresh" content="5">{% endif %}
<title>Phones – Twilio stand-in</title>
<style>
body { font: 18px/1.5 Arial, sans-serif; margin: 0 auto; max-width: 640px; padding: 16px; }
section { border: 2px solid #505a5f; border-radius: 12px; margin: 0 0 24px; padding: 8px 16px; }
.out, .in { border-radius: 12px; margin: 8px 0; padding: 8px 12px; white-space: pre-wrap; }
.out { background: #f3f2f1; margin-inline-end: 48px; }
.in { background: #cfe8d5; margin-inline-start: 48px; }
small { color: #505a5f; display: block; }
label { display: block; font-weight: bold; }
input { box-sizing: border-box; font: inherit; min-height: 44px; padding: 4px 8px; width: 100%; }
button { background: #00703c; border: 0; color: #fff; font: inherit; margin: 8px 0;
  min-height: 44px; padding: 8px 16px; }
:focus { outline: 3px solid #ffdd00; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>Phones</h1>
<p>Nothing leaves this machine. {% if asked %}<a href="/standin/">Show new messages</a>{% else %}
The page looks for new messages every five seconds. <a href="/standin/?still=1">Hold still</a>
{% endif %}</p>
{% if not phones %}<p>No text has been sent yet.</p>{% endif %}
{% for number, messages in phones.items() %}
<section aria-labelledby="p{{ loop.index }}">
<h2 id="p{{ loop.index }}">{{ number }}{% if number in blocked %} (sent STOP){% endif %}</h2>
{% for m in messages %}
<p class="{{ 'in' if m.direction == 'inbound' else 'out' }}" dir="auto">{{ m.body }}</p>
<small>{{ 'From this phone' if m.direction == 'inbound' else m.status }},
{{ m.created_at.strftime('%H:%M:%S') }} UTC</small>
{% endfor %}
<form method="post" action="/standin/phone">
<input type="hidden" name="from" value="{{ number }}">
<label for="a{{ loop.index }}">Answer from this phone</label>
<input id="a{{ loop.index }}" name="body" autocomplete="off" required maxlength="1600">
<button>Send</button>
</form>
</section>
{% endfor %}
</main>
</body>
</html>
""")


def render(messages: list[SentMessage], blocked: frozenset[str], *, still: bool) -> str:
    """The page, phones with the newest message first. still: do not look again by itself."""
    phones: dict[str, list[SentMessage]] = {}
    for message in messages:
        number = message.from_number if message.direction == "inbound" else message.to
        phones.setdefault(number, []).append(message)
    newest = sorted(phones.items(), key=lambda item: item[1][-1].created_at, reverse=True)
    return _PAGE.render(phones=dict(newest), blocked=blocked, asked=still)
