"""Reads a page as a browser and a screen reader would, and lists what is wrong with it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "rect", "line", "circle", "polyline", "polygon", "ellipse"}
REFERENCES = ("for", "aria-labelledby", "aria-controls", "aria-describedby", "popovertarget", "form", "data-dialog")


@dataclass(slots=True, eq=False, repr=False)
class Element:
    """One element with its attributes, the text inside it and the elements around it."""

    tag: str
    attributes: dict[str, str]
    around: list["Element"]
    text: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Page(HTMLParser):
    """A parsed page. `problems()` lists what a reviewer would refuse."""

    source: str
    elements: list[Element] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)
        self.feed(self.source)
        self.broken += [f"<{element.tag}> is never closed" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, list(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}, list(self._open)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1].tag != tag:
            self.broken.append(f"</{tag}> closes {self._open[-1].tag if self._open else 'nothing'}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def problems(self) -> list[str]:
        return [
            *self.broken,
            *self._policy(),
            *self._references(),
            *self._names(),
            *self._structure(),
        ]

    def _policy(self) -> Iterator[str]:
        """Yield what the content security policy would refuse, and hosts that are not ours."""
        for element in self.elements:
            if "style" in element.attributes or element.tag == "style":
                yield f"inline style on <{element.tag}>"
            if any(name.startswith("on") for name in element.attributes):
                yield f"inline handler on <{element.tag}>"
            data = element.attributes.get("type") in {"application/json"}
            if element.tag == "script" and "src" not in element.attributes and not data:
                yield "inline script"
            for name in ("src", "href", "action"):
                if element.attributes.get(name, "").startswith(("http:", "https:", "//")):
                    yield f"<{element.tag}> leads to {element.attributes[name]}"

    def _references(self) -> Iterator[str]:
        """Yield ids that are used twice, and references to ids that are not there."""
        counted = Counter(element.attributes["id"] for element in self.elements if "id" in element.attributes)
        yield from (f"the id {name!r} is used {times} times" for name, times in counted.items() if times > 1)
        for element in self.elements:
            for name in REFERENCES:
                for target in element.attributes.get(name, "").split():
                    if target not in counted:
                        yield f"{name}={target!r} on <{element.tag}> leads nowhere"

    def _names(self) -> Iterator[str]:
        """Yield controls and pictures that a screen reader could not name."""
        labelled = {element.attributes.get("for") for element in self.all("label")}
        for element in self.all("input", "select", "textarea"):
            named = element.attributes.get("id") in labelled or "aria-label" in element.attributes
            inside = any(outer.tag == "label" for outer in element.around)
            if element.attributes.get("type") != "hidden" and not named and not inside:
                yield f"<{element.tag} name={element.attributes.get('name')!r}> has no label"
        for element in self.all("button", "a", "summary"):
            if not element.text.strip() and "aria-label" not in element.attributes and not self._picture_in(element):
                yield f"<{element.tag} class={element.attributes.get('class')!r}> says nothing"
        yield from ("<img> without alt" for element in self.all("img") if "alt" not in element.attributes)

    def _picture_in(self, element: Element) -> bool:
        """Return whether a named icon stands in the element."""
        return any(element in svg.around and "aria-label" in svg.attributes for svg in self.all("svg"))

    def _structure(self) -> Iterator[str]:
        """Yield what a page must have once."""
        for tag in ("h1", "main", "title"):
            found = [e for e in self.all(tag) if tag != "title" or all(outer.tag != "svg" for outer in e.around)]
            if len(found) != 1 or not found[0].text.strip():
                yield f"{len(found)} <{tag}>"
        yield from ("a heading of a table without scope" for th in self.all("th") if "scope" not in th.attributes)
        if any("[" in e.text and "object at 0x" in e.text for e in self.all("main")):
            yield "an object shows through"
