"""Public figures: naming one in a prompt says nothing about a private person."""

from typing import Final

_FULL: Final = """
marie curie|albert einstein|isaac newton|charles darwin|william shakespeare|jane austen|leonardo da vinci
pablo picasso
vincent van gogh|claude monet|michelangelo|napoleon bonaparte|julius caesar|alexander the great|genghis khan|cleopatra
george washington|abraham lincoln|thomas jefferson|benjamin franklin|john f. kennedy|john f kennedy
franklin d. roosevelt
theodore roosevelt|barack obama|donald trump|joe biden|hillary clinton|bill clinton|george bush|george w. bush
ronald reagan
richard nixon|kamala harris|winston churchill|margaret thatcher|tony blair|boris johnson|queen elizabeth|angela merkel
emmanuel macron|vladimir putin|mikhail gorbachev|joseph stalin|vladimir lenin|adolf hitler|benito mussolini|mao zedong
xi jinping|mahatma gandhi|jawaharlal nehru|narendra modi|nelson mandela|martin luther king|martin luther king jr
rosa parks
malcolm x|mother teresa|dalai lama|pope francis|jesus christ|karl marx|friedrich nietzsche|immanuel kant
rené descartes
socrates|plato|aristotle|confucius|sun tzu|sigmund freud|carl jung|alan turing|ada lovelace|grace hopper
tim berners-lee
bill gates|steve jobs|elon musk|mark zuckerberg|jeff bezos|larry page|sergey brin|tim cook|warren buffett|sam altman
nikola tesla|thomas edison|galileo galilei|stephen hawking|richard feynman|niels bohr|neil armstrong|louis pasteur
ludwig van beethoven|wolfgang amadeus mozart|johann sebastian bach|frédéric chopin|john lennon|paul mccartney
elvis presley
michael jackson|taylor swift|bob dylan|david bowie|freddie mercury|beyoncé|lady gaga|justin bieber|kanye west
ed sheeran
adele|eminem|madonna|mark twain|ernest hemingway|f. scott fitzgerald|charles dickens|leo tolstoy|fyodor dostoevsky
franz kafka
george orwell|j.r.r. tolkien|j. r. r. tolkien|j.k. rowling|j. k. rowling|agatha christie|edgar allan poe
virginia woolf
oscar wilde|stephen king|harry potter|hermione granger|ron weasley|sherlock holmes|frodo baggins|luke skywalker
darth vader
james bond|bruce wayne|clark kent|peter parker|tony stark|romeo montague|juliet capulet|john doe|jane doe
michael jordan
lebron james|kobe bryant|cristiano ronaldo|lionel messi|roger federer|serena williams|muhammad ali|tiger woods
usain bolt
tom hanks|tom cruise|brad pitt|angelina jolie|leonardo dicaprio|meryl streep|audrey hepburn|marilyn monroe
charlie chaplin
steven spielberg|quentin tarantino|alfred hitchcock|christopher nolan|martin scorsese|walt disney|oprah winfrey
anne frank
mary shelley|jane goodall|charles babbage|albus dumbledore|elizabeth bennet|lady macbeth|mary poppins|mickey mouse
homer simpson
bart simpson|indiana jones|han solo|princess leia|severus snape|gregor samsa|don quixote|robin hood|king arthur
peter pan|alice liddell
indra nooyi|paul kagame|arianna huffington|susan b. anthony|harriet tubman|frederick douglass|eleanor roosevelt
florence nightingale
frida kahlo|andy warhol|salvador dalí|christopher columbus|marco polo|ferdinand magellan|vasco da gama|amelia earhart
"""
_SHORT: Final = """
shakespeare einstein newton darwin picasso mozart beethoven bach chopin napoleon caesar cleopatra obama trump biden
putin
hitler stalin lenin gandhi mandela churchill lincoln plato socrates aristotle kant nietzsche freud marx jesus buddha
tesla
edison galileo turing musk bezos zuckerberg hemingway tolkien rowling orwell kafka dickens madonna beyonce batman
superman
spiderman dumbledore voldemort gandalf frodo sherlock watson hamlet macbeth romeo juliet zeus odysseus santa alexa
siri
claude claude's alice bob charlie dan python
"""
_SHARED: Final = "jordan jackson king bush clinton jones wayne kent parker stark potter ford lewis doe brown"
_SURNAMES_OF_MANY: Final = frozenset(_SHARED.split())
_NAMES: Final = frozenset(name.strip() for line in _FULL.strip().splitlines() for name in line.split("|"))
FIGURES: Final = _NAMES | frozenset(_SHORT.split()) | ({name.split()[-1] for name in _NAMES} - _SURNAMES_OF_MANY)


def is_figure(name: str) -> bool:
    """Tell whether `name` is a public figure's, or one that examples and stories always use."""
    return " ".join(name.casefold().split()).removesuffix("'s").removesuffix("’s") in FIGURES
