"""What the municipality itself writes: posts with what people say about them, and answers."""

# (subject, post, reactions of residents)
POSTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("wegwerk", "Vanaf maandag werken we aan de Kastanjelaan. De weg is drie weken dicht tussen de rotonde en de school. Fietsers en voetgangers kunnen erlangs.", (
        "Drie weken? Vorige keer werden het er zeven.", "Kan de bus er nog door?", "Eindelijk! Die weg was een gatenkaas.", "En hoe kom ik met de auto bij de huisarts?",
        "Denken jullie ook aan de winkels? Wij missen nu al klanten.", "Fijn dat fietsers er wel langs kunnen.")),
    ("afval", "Let op: door de feestdag halen we de gft-container deze week een dag later op. Kijk in de afvalapp voor uw eigen dag.", (
        "In mijn app staat nog de oude dag.", "Goed dat jullie dit melden, bedankt.", "Geldt dat ook voor {place}?", "Vorige keer werd hij toen helemaal niet geleegd.",
        "Kunnen jullie dit niet eerder laten weten?", "Handig, zet hem meteen in de agenda.")),
    ("evenement", "Zaterdag is het lichtjesfeest in het centrum. Vanaf 17.00 uur lopen de kinderen met lampionnen door de straten. Komt u ook?", (
        "Wij zijn erbij met de hele klas!", "Is er ook een prikkelarm rondje?", "Hoe laat is het afgelopen? Die van mij moeten op tijd naar bed.", "Zijn honden welkom?",
        "Prachtig vorig jaar, hopelijk blijft het droog.", "Waar kan ik nog een lampion kopen?")),
    ("groen", "Deze week planten we 120 nieuwe bomen in De Weide. Meer schaduw in de zomer en beter voor vogels.", (
        "Heel goed! Wanneer is {street} aan de beurt?", "En de bladeren mag ik zeker weer opruimen.", "Welke soorten worden het?", "Eerst kappen en dan weer planten, ik snap het niet.",
        "Mooi initiatief 🌳", "Let op de leidingen bij nummer {n}.")),
    ("parkeren", "Het college wil betaald parkeren invoeren rond het station. Op 3 december is er een inloopavond in het Huis van de Wijk. Denk mee!", (
        "Dan parkeert straks iedereen bij ons in de straat.", "Eindelijk, ik kan nooit meer voor mijn deur staan.", "Krijgen bewoners een gratis vergunning?", "Dit is gewoon geld ophalen.",
        "Kan ik ook meedenken als ik die avond niet kan?", "Wat gaat een vergunning kosten?")),
    ("balie", "Vanaf 1 december kunt u voor uw rijbewijs ook op dinsdagavond terecht. Maak wel eerst een afspraak.", (
        "Fijn voor mensen die overdag werken!", "Kan dat dan ook voor een paspoort?", "De eerste plek is pas over drie weken.", "Is het ook in {place} mogelijk?", "Top, meteen geboekt.")),
    ("overlast", "Samen met de politie controleren we de komende weken op te hard rijden en lawaai van scooters in het centrum.", (
        "Kom ook eens kijken bij {street}, rond {hour}.", "Dat werd tijd. Ik word er gek van.", "Na twee weken is alles weer zoals het was.", "Goed bezig.", "Nemen jullie ook fatbikes mee?")),
    ("vergunning", "Wilt u verbouwen? Met de vergunningscheck weet u binnen vijf minuten of u een vergunning nodig heeft.", (
        "Bij mij kwam er uit 'misschien'. Daar heb ik weinig aan.", "Handig, dank!", "Geldt dit ook voor een schutting?", "Ik wacht nu elf weken op antwoord op mijn aanvraag.")),
    ("compliment", "Onze collega's van de buitendienst waren vannacht druk met strooien. Rijd voorzichtig!", (
        "Dank aan alle strooiers! 🙏", "Het fietspad langs {street} was spekglad.", "Petje af voor het werk in de nacht.", "De bruggen waren nog wel glad.")),
    ("zorg", "Hulp nodig bij geldzorgen? Loop binnen bij het Geldpunt, elke woensdag van 9.00 tot 12.00 uur. U hoeft geen afspraak te maken.", (
        "Ik ben geweest en heel goed geholpen.", "Kan dat ook zonder dat de buren het weten?", "Mooi dat dit er is.", "Is er ook een avond? Ik werk overdag.", "Kan ik iemand meenemen?")),
    ("belasting", "De aanslag voor de gemeentelijke belastingen valt deze week op de mat. Betalen kan in tien termijnen.", (
        "Weer duurder dan vorig jaar.", "Kan ik de aanslag ook digitaal krijgen?", "Hoe vraag ik kwijtschelding aan?", "Ik betaal voor twee honden terwijl ik er maar één heb.", "Tien termijnen is fijn.")),
    ("verlichting", "Tot het einde van het jaar vervangen we 900 straatlampen door zuinige ledlampen. Ziet u een kapotte lamp? Meld het met het nummer op de paal.", (
        "Het nieuwe licht is wel fel.", "In {street} is het nu donkerder dan eerst.", "Goed voor het klimaat én de portemonnee.", "Op onze paal staat geen nummer.", "Al drie keer gemeld!")),
    ("evenement", "Denk mee over het nieuwe speelplein in Molenhoek! Tot 15 december kunt u stemmen op een van de drie ontwerpen.", (
        "Ontwerp 2, met de waterpomp!", "Kan er ook iets komen voor kinderen in een rolstoel?", "Mijn zoon van acht wil een kabelbaan.", "Vergeet de bankjes voor opa's en oma's niet.", "Waar kan ik stemmen?")),
    ("verkeer", "Op de Schoolstraat komt een schoolzone met fluoriserende palen. Zo is het voor kinderen veiliger om over te steken.", (
        "Heel goed, het ging er vaak bijna mis.", "De ouders zelf rijden het hardst.", "Komt er ook een klaar-over?", "Ik zie liever een drempel.", "Wanneer is het klaar?")),
    ("afval", "Wist u dat 30 procent van ons restafval nog uit groente en fruit bestaat? Gooi schillen en restjes in de groene bak.", (
        "In mijn flat is geen groene bak.", "Dan graag vaker legen, het stinkt in de zomer.", "Mag een theezakje er ook bij?", "Wij doen het al jaren en het werkt prima.", "Laat eerst de bedrijven het goede voorbeeld geven.")),
    ("balie", "Onze website was vanochtend een paar uur niet bereikbaar. De storing is opgelost. Excuses voor het ongemak.", (
        "Bij mij doet DigiD het nog steeds niet.", "Mijn formulier is halverwege verdwenen.", "Kan gebeuren, bedankt voor de uitleg.", "Alweer?")),
    ("compliment", "Wij zoeken collega's! Werk jij graag aan een groene en veilige gemeente? Bekijk onze vacatures.", (
        "Kan ik ook parttime beginnen?", "Mooie functie, ik deel hem graag in mijn netwerk.", "Ik heb gesolliciteerd en nooit meer iets gehoord.", "Zoeken jullie ook stagiairs?", "Fijne werkgever, spreek uit ervaring.")),
    ("wegwerk", "De nieuwe fietstunnel onder de Ringweg is open! Bedankt voor uw geduld.", (
        "Scheelt mij tien minuten per dag.", "Graag nog wat licht aan de kant van {place}.", "Prachtig geworden!", "Er staat nu al graffiti op de muur.", "Nu nog een fietspad dat erop aansluit.")),
)  # fmt: skip

ANSWERS = {
    "afval": ["Wat vervelend dat de container niet geleegd is. We geven het door aan de ophaaldienst, zij komen binnen twee werkdagen langs.", "Dank voor uw melding. Het afval ernaast ruimen we morgen op.", "Uw pas kunnen we op afstand opnieuw aanzetten. Wilt u ons uw straat en huisnummer sturen in een privébericht?", "Grof afval halen we op afspraak. U kunt die maken op onze website."],
    "parkeren": ["We geven dit door aan onze collega's van handhaving. Zij nemen de straat mee in hun ronde.", "Een parkeervergunning vraagt u aan met DigiD. Lukt dat niet, dan helpen we u aan de balie.", "Tegen een bon kunt u binnen zes weken bezwaar maken. Hoe dat gaat, staat op de brief.", "Dank u, de storing aan de meter is gemeld."],
    "wegwerk": ["De werkzaamheden duren volgens de planning nog twee weken. Via de bouwapp blijft u op de hoogte.", "Dank voor de melding, we zetten er vandaag een bord bij en herstellen het deze week.", "Werken mag vanaf 7.00 uur. We vragen de aannemer wel om rekening met u te houden.", "De tijdelijke halte staat honderd meter verderop, bij de apotheek."],
    "verlichting": ["Dank u. Een monteur kijkt er binnen vijf werkdagen naar.", "Wilt u het nummer op de paal doorgeven? Dan vinden we hem sneller.", "We passen de richting van het licht aan, u krijgt bericht."],
    "groen": ["Onze boswachter gaat vandaag kijken.", "Het maaien staat voor volgende week op de planning.", "Wat leuk dat u wilt helpen! De wijkcoördinator neemt contact met u op.", "De bomen waren ziek. Er komen in het voorjaar nieuwe voor terug."],
    "overlast": ["Wat naar dat u hier last van heeft. Meld het bij elk voorval, dan kunnen we gericht controleren.", "We bespreken dit met de wijkagent.", "Dank u, de ongediertebestrijder komt deze week langs.", "Gaat het nu mis? Bel dan de politie."],
    "vergunning": ["Dat hangt af van de hoogte en de plek. Doe de vergunningscheck, dan weet u het zeker.", "We zoeken uw aanvraag op. Wilt u het dossiernummer sturen in een privébericht?", "Een straatfeest meldt u drie weken van tevoren, dat is gratis."],
    "balie": ["Bel ons op het algemene nummer, dan regelen we een spoedafspraak.", "Voor een rijbewijs heeft u een afspraak nodig. Vandaag is er nog plek.", "De storing is bekend, onze excuses. Probeer het over een uur opnieuw.", "U hoeft alleen uw nieuwe adres door te geven."],
    "belasting": ["Dat klinkt niet goed. Stuur ons uw aanslagnummer in een privébericht, dan zoeken we het uit.", "Betalen in termijnen kan met een automatische incasso.", "Bezwaar maken kan tot zes weken na de datum op de aanslag."],
    "zorg": ["Het Zorgloket helpt u graag: elke werkdag van 9.00 tot 12.00 uur, ook telefonisch.", "Vervelend dat de taxi te laat was. We geven het door aan de vervoerder.", "Loop eens binnen bij het Geldpunt, dat is gratis en vertrouwelijk."],
    "evenement": ["Leuk dat u komt! Het begint om 17.00 uur op het Raadhuisplein.", "Het terrein is goed bereikbaar met kinderwagen en rolstoel.", "Parkeren kan bij het sportpark, vanaf daar rijdt een pendelbus."],
    "verkeer": ["We plaatsen er een snelheidsmeter en kijken naar de cijfers.", "Dank u, we snoeien de struiken deze week.", "We nemen uw voorstel mee in het overleg met de school."],
    "compliment": ["Wat fijn om te lezen! We geven het door aan de collega's.", "Dank u wel, dat doet ons goed.", "Leuk dat u de moeite neemt om dit te sturen!"],
    "boos": ["Wij begrijpen dat u boos bent. Wilt u ons uw telefoonnummer sturen in een privébericht? Dan belt een collega u vandaag.", "Dit had beter gemoeten, onze excuses. We zoeken uit waar het misging."],
    "foreign": ["Thank you for your message. You can find more information in English on our website, or call our main number.", "Thank you, we have passed this on to our colleagues."],
}  # fmt: skip
AFTERWARDS = {
    "thanks": (
        "Graag gedaan! Fijne dag nog.", "Fijn dat het gelukt is.", "Geen dank. Is er nog iets? Laat het gerust weten.", "Goed om te horen!",
        "Daar doen we het voor 🙂", "Dank voor uw bericht, we sluiten de melding.",
    ),
    "question": (
        "Dat duurt ongeveer twee weken. U krijgt vanzelf bericht.", "Ja, dat geldt voor de hele gemeente.",
        "U hoeft zelf niets te doen, wij regelen het verder.", "Dat kan ook telefonisch, op werkdagen tussen 8.30 en 17.00 uur.",
        "We vragen het na bij de afdeling en komen er morgen bij u op terug.", "Daar zijn geen kosten aan verbonden.",
        "Dank voor de aanvulling, we passen de melding aan.", "Dat kunt u volgen in de app, onder Mijn meldingen.",
    ),
    "unhappy": (
        "We begrijpen uw teleurstelling. Wilt u ons uw telefoonnummer sturen in een privébericht? Dan belt een collega u.",
        "Dat had beter gemoeten, onze excuses. We zoeken uit waar het misging.", "We hebben het vandaag opnieuw doorgegeven, met spoed.",
        "Een wijkcoördinator neemt deze week contact met u op.",
    ),
}  # fmt: skip
SIGNED = [" ^Sanne", " ^Mehmet", " ^MK", "", "", "", ""]
CHATTER = [
    "Helemaal mee eens.",
    "Bij ons in {street} precies hetzelfde.",
    "Valt toch reuze mee?",
    "Heb je het al gemeld? Bij mij hielp dat wel.",
    "Niet zo zeuren allemaal.",
    "Ik las dat het in {place} wel goed gaat.",
    "Daar heb ik ook last van, {first}.",
    "Fijn dat iemand het zegt.",
    "Volgens mij is dat al opgelost.",
    "Dat is niet waar, kijk maar op de site.",
    "Misschien een idee om samen een brief te sturen?",
    "😂😂",
    "Sterkte {first}!",
    "Klopt, {day} was het weer raak.",
]
