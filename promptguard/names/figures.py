"""Public figures: naming one in a prompt says nothing about a private person.

A full name counts wherever it stands; a surname, or a single name, only where nothing more of a name stands beside it.
"""

from typing import Final

_FULL: Final = """
barack hussein obama|michelle obama|melania trump|ivanka trump|joe rogan|bernie sanders|elizabeth warren|nancy pelosi
mitch mcconnell|ted cruz|ron desantis|mike pence|dick cheney|jimmy carter|gerald ford|lyndon johnson|dwight eisenhower
harry truman|woodrow wilson|andrew jackson|james madison|john adams|alexander hamilton|ulysses grant|robert e. lee
al gore|john mccain|mitt romney|sarah palin|colin powell|condoleezza rice|henry kissinger|ruth bader ginsburg
rishi sunak|keir starmer|david cameron|theresa may|liz truss|gordon brown|neville chamberlain|king charles
prince harry|meghan markle|kate middleton|prince william|princess diana|queen victoria|henry viii|anne boleyn
oliver cromwell|justin trudeau|jacinda ardern|volodymyr zelensky|volodymyr zelenskyy|boris yeltsin|leon trotsky
joseph goebbels|heinrich himmler|hermann göring|adolf eichmann|fidel castro|che guevara|hugo chavez
evo morales|jair bolsonaro|eva perón|simon bolivar|pol pot|ho chi minh|kim jong-un|kim jong un|kim il-sung
deng xiaoping
chiang kai-shek|shinzo abe|benjamin netanyahu|yasser arafat|saddam hussein|osama bin laden|muammar gaddafi
recep tayyip erdogan|ayatollah khomeini|indira gandhi|benazir bhutto|desmond tutu|haile selassie|robert mugabe
kofi annan|ban ki-moon|antónio guterres|ursula von der leyen|greta thunberg|malala yousafzai|edward snowden
julian assange|larry ellison|satya nadella|sundar pichai|steve wozniak|paul allen|jack ma|jack dorsey|peter thiel
reid hoffman|marc andreessen|sheryl sandberg|susan wojcicki|jensen huang|tim ferriss|seth godin|simon sinek
tony robbins|dale carnegie|andrew carnegie|john d. rockefeller|henry ford|cornelius vanderbilt|j. p. morgan|jp morgan
george soros|charlie munger|ray dalio|milton friedman|adam smith|john maynard keynes|friedrich hayek|thomas piketty
linus torvalds|richard stallman|dennis ritchie|ken thompson|guido van rossum|bjarne stroustrup|james gosling
donald knuth|edsger dijkstra|john von neumann|claude shannon|geoffrey hinton|yann lecun|yoshua bengio|andrew ng
demis hassabis|fei-fei li|ilya sutskever|marvin minsky|john mccarthy|noam chomsky|steven pinker|carl sagan
neil degrasse tyson|bill nye|brian cox|richard dawkins|sam harris|christopher hitchens|jordan peterson|yuval noah harari
malcolm gladwell|daniel kahneman|nassim taleb|jane austen|charlotte brontë|emily brontë|emily dickinson|walt whitman
robert frost|sylvia plath|maya angelou|toni morrison|langston hughes|edgar allan poe|h. p. lovecraft|hp lovecraft
ray bradbury|isaac asimov|arthur c. clarke|philip k. dick|ursula k. le guin|frank herbert|douglas adams
terry pratchett|neil gaiman|george r. r. martin|george r.r. martin|c. s. lewis|c.s. lewis|lewis carroll|roald dahl
dr. seuss|hans christian andersen|jules verne|victor hugo|alexandre dumas|marcel proust|albert camus|jean-paul sartre
simone de beauvoir|voltaire|montesquieu|jean-jacques rousseau|john locke|thomas hobbes|david hume|john stuart mill
jeremy bentham|georg hegel|arthur schopenhauer|ludwig wittgenstein|bertrand russell|hannah arendt|michel foucault
miguel de cervantes|gabriel garcía márquez|jorge luis borges|pablo neruda|paulo coelho|haruki murakami|dan brown
john grisham|james patterson|danielle steel|suzanne collins|stephenie meyer|john green|margaret atwood|kurt vonnegut
john steinbeck|william faulkner|harper lee|j. d. salinger|arthur conan doyle|arthur miller|tennessee williams
samuel beckett|anton chekhov|ivan turgenev|alexander pushkin|johann wolfgang von goethe|friedrich schiller|homer
dante alighieri|geoffrey chaucer|john milton|william blake|william wordsworth|john keats|lord byron|percy shelley
robert burns|walter scott|thomas hardy|henry james|joseph conrad|rudyard kipling|james joyce|w. b. yeats|t. s. eliot
t.s. eliot|ezra pound|ralph waldo emerson|henry david thoreau|herman melville|nathaniel hawthorne|jack london
upton sinclair|rembrandt van rijn|johannes vermeer|paul cézanne|paul gauguin|henri matisse|edvard munch|gustav klimt
jackson pollock|georgia o'keeffe|m. c. escher|m.c. escher|banksy|ansel adams|frank lloyd wright|le corbusier|zaha hadid
antoni gaudí|antonio vivaldi|franz schubert|johannes brahms|richard wagner|giuseppe verdi|pyotr ilyich tchaikovsky
igor stravinsky|claude debussy|george gershwin|louis armstrong|miles davis|john coltrane|duke ellington|ella fitzgerald
billie holiday|frank sinatra|nat king cole|johnny cash|dolly parton|willie nelson|chuck berry|little richard|ray charles
aretha franklin|james brown|stevie wonder|marvin gaye|bob marley|jimi hendrix|janis joplin|jim morrison|mick jagger
keith richards|george harrison|ringo starr|elton john|billy joel|bruce springsteen|phil collins|whitney houston
mariah carey|celine dion|britney spears|christina aguilera|jennifer lopez|katy perry|ariana grande|selena gomez
miley cyrus|billie eilish|olivia rodrigo|dua lipa|rihanna|shakira|drake|kendrick lamar|snoop dogg|dr. dre|jay-z|jay z
tupac shakur|kurt cobain|chris martin|john mayer|bruno mars|harry styles|shawn mendes|the weeknd|post malone|kesha
luciano pavarotti|hans zimmer|john williams|andrew lloyd webber|lin-manuel miranda|stephen sondheim|keanu reeves
will smith|denzel washington|morgan freeman|samuel l. jackson|robert de niro|al pacino|jack nicholson|harrison ford
clint eastwood|sylvester stallone|arnold schwarzenegger|bruce willis|mel gibson|johnny depp|nicolas cage|matt damon
ben affleck|george clooney|julia roberts|sandra bullock|nicole kidman|cate blanchett|kate winslet|natalie portman
scarlett johansson|jennifer lawrence|jennifer aniston|emma watson|emma stone|daniel radcliffe|rupert grint
robert downey jr
chris evans|chris hemsworth|chris pratt|chris rock|mark ruffalo|ryan reynolds|ryan gosling|hugh jackman|jim carrey
robin williams|adam sandler|eddie murphy|bill murray|steve martin|will ferrell|seth rogen|jack black|ben stiller
owen wilson|dwayne johnson|vin diesel|jackie chan|bruce lee|jet li|tom hardy|tom holland|benedict cumberbatch
ian mckellen|patrick stewart|sean connery|daniel craig|roger moore|pierce brosnan|anthony hopkins|gary oldman
christian bale|heath ledger|joaquin phoenix|zoe saldana|zendaya|timothée chalamet|margot robbie|gal gadot|halle berry
whoopi goldberg|viola davis|grace kelly|humphrey bogart|james dean|marlon brando|cary grant|john wayne|buster keaton
peter jackson|james cameron|ridley scott|tim burton|wes anderson|stanley kubrick|francis ford coppola|george lucas
woody allen|spike lee|david lynch|david fincher|ingmar bergman|akira kurosawa|hayao miyazaki|jim henson|stan lee
matt groening|seth macfarlane|ellen degeneres|jimmy fallon|stephen colbert|conan o'brien|jerry seinfeld|louis c.k.
dave chappelle|kevin hart|george carlin|richard pryor|david letterman|jay leno|john oliver|jon stewart|trevor noah
gordon ramsay|jamie oliver|julia child|martha stewart|kim kardashian|kylie jenner|kendall jenner|caitlyn jenner
paris hilton|david beckham|victoria beckham|wayne rooney|diego maradona|pelé|neymar|kylian mbappé|zinedine zidane
magic johnson|larry bird|shaquille o'neal|stephen curry|kevin durant|tom brady|peyton manning|patrick mahomes
babe ruth|jackie robinson|mickey mantle|derek jeter|wayne gretzky|rafael nadal|novak djokovic|andy murray|venus williams
naomi osaka|simone biles|michael phelps|mike tyson|floyd mayweather|conor mcgregor|lewis hamilton|michael schumacher
ayrton senna|lance armstrong|jesse owens|magnus carlsen|garry kasparov|bobby fischer|buzz aldrin|yuri gagarin
sally ride|orville wright|wilbur wright|charles lindbergh|ernest shackleton|roald amundsen|edmund hillary
james cook|francis drake|walter raleigh|david livingstone|hernán cortés|francisco pizarro|leif erikson|attila the hun
hannibal barca|spartacus|alexander fleming|gregor mendel|james watson|francis crick|rosalind franklin|jonas salk
edward jenner|robert koch|ivan pavlov|b. f. skinner|jean piaget|abraham maslow|carl rogers|maria montessori
j. robert oppenheimer|robert oppenheimer|enrico fermi|werner heisenberg|erwin schrödinger|max planck|paul dirac
ernest rutherford|michael faraday|james clerk maxwell|lord kelvin|robert boyle|johannes kepler|nicolaus copernicus
tycho brahe|edwin hubble|carl friedrich gauss|leonhard euler|pierre de fermat|blaise pascal|henri poincaré
david hilbert|kurt gödel|emmy noether|srinivasa ramanujan|paul erdős|terence tao|grigori perelman|rosa luxemburg
emmeline pankhurst|sojourner truth|booker t. washington|w. e. b. du bois|cesar chavez|john brown|nat turner|sitting bull
joan of arc|francis of assisi|thomas aquinas|martin luther|john calvin|john paul ii|benedict xvi|jack the ripper
al capone|bonnie parker|john dillinger|ted bundy|charles manson|jeffrey dahmer|jeffrey epstein|bernie madoff
lee harvey oswald|john wilkes booth|guy fawkes|mona lisa|santa claus|father christmas|dr. watson|john watson
dr. jekyll|mr. hyde|mr. darcy|dr. frankenstein|victor frankenstein|count dracula|captain ahab|huckleberry finn
tom sawyer|jay gatsby|holden caulfield|atticus finch|scout finch|katniss everdeen|bella swan|edward cullen|percy jackson
bilbo baggins|samwise gamgee|lord voldemort|sirius black|draco malfoy|rubeus hagrid|minerva mcgonagall|tyrion lannister
jon snow|daenerys targaryen|walter white|jesse pinkman|michael scott|dwight schrute|sheldon cooper|rachel green
ross geller|monica geller|chandler bing|phoebe buffay|james kirk|jean-luc picard|mr. spock|obi-wan kenobi
anakin skywalker
leia organa|peter griffin|bart simpson|lisa simpson|marge simpson|bugs bunny|donald duck|winnie the pooh
christopher robin|buzz lightyear|snow white|peter pan|captain hook|wendy darling|mary jane|lois lane|lex luthor
barry allen|diana prince|natasha romanoff|steve rogers|bruce banner|wanda maximoff|stephen strange|t'challa
miles morales
lara croft|mario mario|princess zelda|princess peach|john snow|john galt|willy wonka|ebenezer scrooge|oliver twist
david copperfield|jane eyre|edward rochester|hester prynne|dorian gray|doctor who
max mustermann|erika mustermann|jean dupont|joe bloggs|fred bloggs
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
james bond|bruce wayne|clark kent|peter parker|tony stark|romeo montague|juliet capulet
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
_NAMES: Final = frozenset(name.strip() for line in _FULL.strip().splitlines() for name in line.split("|"))
_SINGLE: Final = frozenset(_SHORT.split())
LAST_WORDS: Final = frozenset(name.split()[-1] for name in _NAMES)  # of full names; "jr" and the like included
_SURNAMES: Final = frozenset(name.split()[-1] for name in _NAMES if " " in name)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split()).removesuffix("'s").removesuffix("’s").removesuffix(".")


def is_figure(name: str) -> bool:
    """Tell whether `name` is the full name of a public figure or of somebody in examples and stories."""
    return _plain(name) in _NAMES


def is_known_alone(name: str) -> bool:
    """Tell whether `name`, one word, stands for a public figure: "Shakespeare", "Obama"."""
    plain = _plain(name)
    return plain in _SINGLE or plain in _SURNAMES
