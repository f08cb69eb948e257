"""The grammar of own training sentences: names in many contexts, and capitalised words that are no names."""

import random
from collections.abc import Iterator
from typing import Final

from promptguard.names.lists import Gazetteer

_WITH: Final = """
My name is {P}.|I'm {P} and I need help with my order.|Please call {P} tomorrow.|Email {P} about the {O} contract.
Dear {P},
Hi {G}, thanks for your mail.|Best regards, {P}|Sincerely,\\n{P}|Dr. {F} will see you now.|Mr. {F} lives in {C}.
Mrs. {P} called.
The patient, {P}, was admitted on Monday.|Patient name: {P}|Name: {P}|Customer: {P}|Employee {P} reported sick.
Contact: {P}, {O}
{P} is our new manager.|{P} works for {O}.|{P} from {C} wrote a review.|{G} said that {G} was late.
Ask {G} or {G} for the keys.
I spoke with {P} at {O} yesterday.|The invoice was sent to {P}.|Summarise the email from {P}.
Write a birthday card for {G}.
Write a letter to my landlord, {P}, about the heating.|Schedule a meeting with {P} and {P}.
Is {P} still employed at {O}?
{G} and {G} went to {C}.|My doctor {P} prescribed it.|My boss, {P}, said no.|Transfer 200 dollars to {P}.|cc: {P}
Attendees: {P}, {P}, {P}|Author: {P}|Signed by {P} on {D}.|User: {P}|{P}, born in {C}, is 34 years old.|Reviewer: {G}
The account of {P} was closed.|{P}'s passport expired.|{G}'s mother lives in {C}.|This is {G} from {O}.|Regards {G}
Employee record: {P}, salary 50,000|Witness {P} testified in {C}.|Nurse {P} took the sample.
Professor {F} teaches in {C}.
It was {G} who told {G}.|Meet {P}, the founder of {O}.|Their lawyer is {P}.|Who is {P}?|Tell {G} I am sick.
From: {P}\\nTo: {P}
Assign the ticket to {P}.|Résumé of {P}|{F}, {G}|Was {P} at the {O} event?|According to {P}, sales fell in {D}.
for {P} only
Draft an offer for candidate {P} in {C}.|Invite {P} to the call.|{P} (born 1970) signed.|The tenant {P} owes rent.
@{G} please look
"Never!" said {G} to {G}.|Everyone calls me {G}.|Here is {G}'s number.|{G} is reliable and kind.
Producer {P} told the press.
A novel by {F} and an early {F}.|The founders were {F}, {F} and {F}.|> {P}|The poems of {P} are long.
{P}\n12 Main Street\n{C}
My brother {G} and his wife {G}|Driver: {F}|Thanks, {G}!|Our neighbour Mrs. {F}|Can {G} come too?
Have you heard {P} sing?
Patient {P}, 54, came in with chest pain.|Pt: {P}|Re: {P}|Insured: {P}|Emergency contact: {P}|Spouse: {P}
Next of kin: {P} (daughter)|Referring physician: Dr. {P}|{P} has been a customer since {D}.|Account holder: {P}
Cardholder name: {P}|"name": "{P}"|"firstName": "{G}", "lastName": "{F}"|first_name={G}&last_name={F}|{G},{F},{C}
Dear Mr. {F},|Dear {G},|Hi {P},|{G} will be out until {D}.|Can you tell {G} that I'm late?|{P} reported to HR.
My daughter {G} starts school in {C}.|My husband {G} and I live in {C}.|my ex {G} keeps texting me
Applicant {P} scored well.|{G}'s birthday is on {D}.|Landlord: {P}|Ms. {F} owes us rent.|Performance review for {P}
Ticket opened by {P} on {D}
Interview with {P} on {D}|Passenger {P}, seat 12A|Booking for {P}|Guest name {P}|I, {P}, hereby authorise the transfer.
The claimant, {P}, fell at work.|Discharge summary for {P}|{P} was diagnosed with asthma.|{P} tested positive.
Prescribed to {P} by Dr. {F}.|{P} lives in {C} with {G}.|Call {G} at work.|{G} asked for a refund.|Add {P} to the lease.
Our colleague {G} {F} is on sick leave.|Please remove {P} from the mailing list.|I am {P}, a nurse from {C}.
"Where is {G}?" asked {G}.|{G}: I will be there|{F} and {F} signed the contract.|The {F} family moved to {C}.
{F}, {F} and {F} applied.|{P}\n{E}\n{N}|{P} <{E}>|{P}, {N}|Contact {P} at {E}|Name: {P}\nPhone: {N}
{P} can be reached on {N}.|{G}, {E}, {N}
From: {P} <{E}>\nTo: {P} <{E}>\nSubject: {T}|{P}\n{A}\n{C}|Ship to: {P}, {A}, {C}|{G} lives at {A}, {C}.|{E},{G},{F},{N}
Please update my record: {P}, {A}, {N}.|Best,\n{G}\n{N}|{P}\n{O}\n{N}|Name\tEmail\n{P}\t{E}|- {P} ({E})|* {G} {N}
"""
_WITHOUT: Final = """
The {O} office is in {C}.|{O} bought {O} in {D}.|How do I travel from {C} to {C}?|Explain {T} to a child.
Write a {T} tutorial.
What is the capital of {C}?|Compare {T} and {T}.|I love {T} and {T}.|The {O} contract ends in {D}.
Translate this to {L}.
Please Write The Title In Capital Letters.|Is {T} better than {T}?|{D} is the best month to visit {C}.
{L} grammar is hard.
Install {T} on Ubuntu.|The University of {C} was founded in {D}.|New in {D}: {T} for {O}.|Ask {O} support about {T}.
Terms And Conditions|Frequently Asked Questions|Table Of Contents|Table: Product, Price, Quantity
Step One: Open The Box
{O} shares fell on {D}.|The {C} Times reported it.|Lake {C} is deep.|Mount {C} is high.|A flight with {O} to {C}.
Buy {T} at {O}.
Create A {T} App With {T}|What does {T} mean in {L}?|Hello World|Use {T} to query the {T} API.|The {L} version of {T}
Bank of {C}|{C} City Council|{C} Airport|The Republic of {C}|North {C}|{C}, {C}|Department of {T}|{T} Conference {D}
Dear Sir or Madam,|Dear Customer,|Hi Team,|Best Regards|To Whom It May Concern|Good Morning|Happy Birthday
Merry Christmas
Can I pay by card?|Will it rain?|May I ask?|Has {O} replied?|{C} was fun.|USS {C}|Rua {T} 12, {C}|{T} TV said so.
Which {L} band?
{F} Street|{G} Road, {C}|The {F} Foundation|{F} Memorial Hospital|The {F} Hotel in {C}|{F} Park|{F} County
St. {G} Church|class {T}Client:|return {T}Error|import {T}|{T}.{T}()|Error In {T} Module|Chapter One: The {T}
Monthly Report For {C}
Senior Product Manager|Head Of {T}|Chief Financial Officer|Human Resources|Customer Service|Data Protection Officer
Version Two Of {T}|Dear Hiring Manager,|Hi Everyone,|Hello There|Kind Regards|Thanks Again|Yours Faithfully|Subject: {T}
Server Name: {T}|Name Server: {T}.NET|Domain Name: {T}.COM|File Name: Report|Host Name: {T}|Product Name: {T}
Company: {O}
Company Name: {O}|Account Type: Savings|Billing Country: {C}|Contact Email: none|Street Name: {F} Road|Brand: {T}
City: {C}
Username: admin|Patient Portal|Customer Name Required|Call Center Software|Ask The Expert|Meeting Room Two|Call Of {T}
"""
_CITIES: Final = """
London Paris Berlin Madrid Rome Lisbon Amsterdam Vienna Prague Warsaw Budapest Athens Dublin Oslo Stockholm Helsinki
Copenhagen
Brussels Zurich Geneva Munich Hamburg Milan Barcelona Lyon Boston Chicago Seattle Denver Dallas Houston Austin
Phoenix Atlanta
Miami Toronto Montreal Vancouver Sydney Melbourne Auckland Tokyo Osaka Kyoto Seoul Beijing Shanghai Singapore Mumbai
Delhi
Bangalore Karachi Dubai Cairo Nairobi Lagos Johannesburg Istanbul Moscow Kyiv Jakarta Bangkok Manila Hanoi Lima
Bogota Santiago
France Germany Spain Italy Portugal Poland Norway Sweden Finland Canada Mexico Brazil Argentina India China Japan
Korea Australia
Egypt Kenya Nigeria Turkey Greece Ireland Scotland Wales Texas California Florida Ohio Virginia Georgia Jordan Paris
Lebanon
"""
_THINGS: Final = """
Python Java JavaScript Docker Kubernetes Excel Word PowerPoint Photoshop Linux Windows Android Bitcoin Ethereum
Netflix Spotify
Instagram Facebook Twitter YouTube Google Amazon Microsoft Apple Tesla Toyota Ford Pepsi Nike Adidas Lego Minecraft
Fortnite
Pokemon Monopoly Chess Buddhism Islam Christianity Physics Chemistry Algebra Calculus Shiva Zeus Apollo Mars Venus
Jupiter Saturn
PostgreSQL MongoDB Redis Django React Angular Flask Terraform Ansible Jenkins TV API USA UK SQL HTML CSS PDF CEO FAQ
NASA WHO IBM AWS JSON HTTP Slack Zoom Teams Outlook Gmail Salesforce Shopify
"""
_LANGUAGES: Final = (
    "English French German Spanish Italian Portuguese Dutch"
    " Polish Russian Chinese Japanese Korean Arabic Hindi Latin Greek"
)
_DAYS: Final = (
    "January February April June July August September October"
    " November December Monday Tuesday Friday Sunday Easter Christmas 2019 1984"
)
_FIRMS: Final = (
    "Inc|LLC|Ltd|GmbH|Corp|Group|Systems|Industries|Bank|Partners|Holdings|Labs|Software|Airlines"
    "|Insurance|University|Hospital|and Sons|Foods|Energy"
)


def written(gazetteer: Gazetteer, count: int, dice: random.Random) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    """Yield `count` sentences with the [start, end) of the names in them; one in eight is all lower case."""
    pools = _pools(gazetteer)
    templates = [_split(_WITH), _split(_WITHOUT)]
    for number in range(count):
        text, names = _filled(dice.choice(templates[number % 2]), pools, dice)
        yield (text.lower() if dice.random() < 0.125 else text), names


def _split(templates: str) -> list[str]:
    return [part.replace("\\n", "\n") for line in templates.strip().splitlines() for part in line.split("|")]


def _pools(gazetteer: Gazetteer) -> dict[str, list[str]]:
    given = sorted(name.title() for name in gazetteer.given)
    family = sorted(name.title() for name in gazetteer.family)
    return {
        "G": given,
        "F": family,
        "C": _CITIES.split(),
        "T": _THINGS.split(),
        "L": _LANGUAGES.split(),
        "D": _DAYS.split(),
    }


def _filled(template: str, pools: dict[str, list[str]], dice: random.Random) -> tuple[str, tuple[tuple[int, int], ...]]:
    text, names = "", []
    for piece in template.replace("{", "\0{").replace("}", "}\0").split("\0"):
        slot = piece[1:-1] if piece.startswith("{") else ""
        value = _value(slot, pools, dice) if slot else piece
        if slot in {"P", "G", "F"}:
            names.append((len(text), len(text) + len(value)))
        text += value
    return text, tuple(names)


def _datum(slot: str, given: str, family: str, dice: random.Random) -> str:
    """Return an e-mail address, a telephone number or a street of nobody."""
    number = dice.randrange(10**7, 10**8)
    if slot == "E":
        return f"{given}.{family}@{dice.choice(('acme', 'mail', 'post', 'web'))}.io".casefold()
    return f"+44 20 {number // 10**4} {number % 10**4:04}" if slot == "N" else f"{number % 300 + 1} {family} Street"


def _value(slot: str, pools: dict[str, list[str]], dice: random.Random) -> str:
    given, family = dice.choice(pools["G"]), dice.choice(pools["F"])
    if slot in {"E", "N", "A"}:
        return _datum(slot, given, family, dice)
    if slot == "P":
        middle = f" {dice.choice(pools['G'])[0]}." if dice.random() < 0.15 else ""
        return dice.choice(
            (
                f"{given}{middle} {family}",
                f"{given}{middle} {family}",
                given,
                f"{given} {family}-{dice.choice(pools['F'])}",
            )
        )
    if slot == "O":
        return dice.choice(
            (
                f"{family} {dice.choice(_FIRMS.split('|'))}",
                f"{dice.choice(pools['T'])} {dice.choice(_FIRMS.split('|'))}",
            )
        )
    return dice.choice(pools[slot])
