"""The tags behind the elements: times, money, meters, charts, highlighted text, sort links, devices, sentences."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from accounts.templatetags import charts, devices, findings, openapi, quantities, ui, vocabulary
from tests.pages.markup import Page

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def draw(source: str, **context: object) -> Page:
    libraries = "{% load allauth charts findings quantities ui vocabulary %}"
    return Page(Template(libraries + source).render(Context(context)))


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (timedelta(seconds=10), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=3), "3 d ago"),
        (timedelta(days=70), "70 d ago"),
        (timedelta(days=130), "4 mo ago"),
        (timedelta(days=-89, hours=-23), "in 89 d"),
        (timedelta(days=-6, hours=-23, minutes=-59), "in 7 d"),
        (timedelta(days=-6, hours=-12), "in 6 d"),
        (timedelta(days=800), "2 y ago"),
        (timedelta(days=-9), "in 9 d"),
    ],
)
def test_times_are_relative(distance: timedelta, said: str) -> None:
    assert quantities.relative(NOW - distance, NOW) == said


def test_the_exact_time_is_in_the_viewers_zone() -> None:
    with timezone.override("Asia/Tokyo"):
        [element] = draw("{{ at|ago }}", at=NOW).all("time")
    assert element.attributes == {"datetime": "2026-11-23T12:00:00+00:00", "title": "2026-11-23 21:00:00 JST"}


def test_no_time_is_a_dash() -> None:
    assert quantities.ago(None) == quantities.moment(None) == "—"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (123456, "usd", "$1,234.56 USD"),
        (-5, "EUR", "−€0.05 EUR"),
        (500, "JPY", "¥500 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (Decimal("9.5"), "CHF", "9.50 CHF"),
        (None, "USD", "—"),
    ],
)
def test_money_shows_its_currency(amount: int | Decimal | None, currency: str, said: str) -> None:
    assert quantities.money(amount, currency) == said


@pytest.mark.parametrize(
    ("used", "limit", "level"), [(79, 100, "normal"), (80, 100, "high"), (100, 100, "over"), (1, 0, "over")]
)
def test_a_meter_warns_from_eighty_percent(used: float, limit: float, level: str) -> None:
    assert charts.meter(used, limit)["level"] == level


def test_a_meter_never_leaves_its_bar() -> None:
    page = draw("{% meter 250 100 'Calls' %}")
    assert page.all("rect")[0].attributes["width"] == "100.0"
    assert page.all("svg")[0].attributes["aria-label"] == "Calls: 250 %"


def test_a_chart_stacks_what_was_stopped_on_the_axis_and_has_a_table() -> None:
    page = draw("{% action_chart points 'Decisions' %}", points=[("Nov 1", {"allow": 60, "block": 40})])
    blocked, allowed = page.all("rect")[:2]
    assert blocked.attributes["class"] == "chart-series-block"
    assert float(blocked.attributes["y"]) + float(blocked.attributes["height"]) == charts.HEIGHT
    assert float(allowed.attributes["y"]) + float(allowed.attributes["height"]) == float(blocked.attributes["y"])
    assert [cell.text for cell in page.all("td")] == ["40", "0", "0", "0", "60"]


def test_a_chart_of_nothing_is_drawn() -> None:
    assert draw("{% bar_chart points 'Calls' %}{% sparkline values 'Calls' %}", points=[], values=[]).broken == []


@pytest.mark.parametrize(("number", "lines"), [(0, ["0", "1"]), (3, ["0", "5"]), (12, ["0", "10", "20"])])
def test_a_chart_of_decisions_has_no_line_at_half_a_decision(number: int, lines: list[str]) -> None:
    frame = charts.action_chart([("Monday", {"block": number})], "Calls")
    assert [line["value"] for line in frame["grid"]] == lines  # type: ignore[attr-defined]


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (3, 5), (612, 1000), (1001, 2000), (5000, 5000)])
def test_a_scale_ends_at_a_round_number(value: float, top: float) -> None:
    assert charts.nice_ceiling(value) == top


def span(start: int, end: int, action: str) -> SimpleNamespace:
    return SimpleNamespace(start=start, end=end, action=action, kind="EMAIL", reason_code="GRD-PII-001")


def test_the_stronger_of_two_overlapping_findings_is_drawn() -> None:
    page = draw("{{ text|marked:spans }}", text="abcdefgh", spans=[span(0, 5, "flag"), span(3, 6, "block")])
    drawn = [(mark.attributes["class"], mark.text) for mark in page.all("mark")]
    assert drawn == [("span span-flag", "abc Flag"), ("span span-block", "def Block")]


def test_a_finding_in_the_whole_text_hides_none_within_it_and_says_its_word_once() -> None:
    spans = [span(0, 8, "block"), span(2, 4, "block"), span(5, 6, "flag")]
    page = draw("{{ text|marked:spans }}", text="abcdefgh", spans=spans)
    assert [mark.text for mark in page.all("mark")] == ["ab", "cd Block", "efgh Block"]


def test_a_finding_beyond_the_end_of_the_text_is_cut() -> None:
    page = draw("{{ text|marked:spans }}", text="abc", spans=[span(1, 9, "redact"), span(5, 6, "block")])
    assert [mark.text for mark in page.all("mark")] == ["bc Redact"]


def test_marked_text_is_escaped_inside_and_outside_of_findings() -> None:
    drawn = findings.marked("<i>x</i><b>", [span(0, 3, "redact")])
    assert "<i>" not in drawn
    assert "<b>" not in drawn
    assert drawn.endswith("&lt;b&gt;")


def test_offsets_count_code_points() -> None:
    assert ">😀é<" in findings.marked("a😀éb", [span(1, 3, "block")])


def test_a_sort_link_turns_around_keeps_the_filters_and_starts_at_the_first_page() -> None:
    request = RequestFactory().get("/?action=block&cursor=x")
    page = draw("{% sort_header 'name' 'Name' %}", request=request, sort="name")
    assert page.all("a")[0].attributes["href"] == "?action=block&sort=-name"
    assert page.all("th")[0].attributes["aria-sort"] == "ascending"


class SignIn(forms.Form):
    email = forms.EmailField(help_text="Where we can reach you.")
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    stay = forms.BooleanField(required=False)


def test_a_field_is_labelled_described_and_says_its_error() -> None:
    page = draw("{% field form.email placeholder=False %}", form=SignIn({"email": "x"}))
    [control] = page.all("input")
    assert control.attributes["aria-invalid"] == "true"
    assert set(control.attributes["aria-describedby"].split()) == {"id_email_helptext", "id_email_error"}
    assert page.problems()[:-3] == []  # a part of a page has no h1, main and title
    assert "Enter a valid email address." in page.all("div")[0].text


def test_a_password_can_be_shown() -> None:
    page = draw("{% field form.password %}", form=SignIn())
    [button] = page.all("button")
    assert button.attributes["aria-controls"] == page.all("input")[0].attributes["id"]
    assert button.text.strip() == "Show password"


def test_the_summary_of_errors_leads_to_the_fields() -> None:
    page = draw('{% include "elements/form_fields.html" %}', form=SignIn({"email": "x"}))
    assert [link.attributes["href"] for link in page.all("a")] == ["#id_email", "#id_password"]


@pytest.mark.parametrize("name", ui.ACTIONS)
def test_an_action_is_never_said_by_colour_alone(name: str) -> None:
    page = draw("{% action name %}", name=name)
    assert page.all("span")[0].text == name.capitalize()
    assert len(page.all("svg")) == 1


def test_an_unknown_action_is_an_error() -> None:
    with pytest.raises(KeyError):
        ui.action("explode")


@pytest.mark.parametrize(
    ("agent", "name", "icon"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux", "monitor"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows", "monitor"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1", "Safari on iPhone", "smartphone"),
        ("", "Unknown device", "monitor"),
    ],
)
def test_a_device_has_a_name_a_person_knows(agent: str, name: str, icon: str) -> None:
    assert (devices.device_name(agent), devices.device_icon(agent)) == (name, icon)


def test_codes_have_sentences_and_old_ones_stay_as_they_are() -> None:
    assert vocabulary.reason_sentence("AUTHN-KEY-004") == "The API key has expired."
    assert vocabulary.event_sentence("accounts:key:created") == "created an API key"
    assert vocabulary.permission_sentence("keys:read") == "See the API keys"
    assert vocabulary.reason_sentence("OLD-CODE-001") == "OLD-CODE-001"


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "string"),
        ({"$ref": "#/components/schemas/Message"}, "Message"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Span"}}, "array of Span"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"enum": ["a", "b"]}, "one of a, b"),
        ({"const": "x"}, "always x"),
    ],
)
def test_a_schema_is_said_in_words(schema: dict[str, object], said: str) -> None:
    assert openapi.kind_of(schema) == said


def test_backticks_become_code_and_the_rest_is_escaped() -> None:
    assert openapi.ticked("a `b<c` <d>") == "a <code>b&lt;c</code> &lt;d&gt;"
