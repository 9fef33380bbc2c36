"""What Eikenrode has planned in the demo: fictional, in plain words. Days count from today."""

from dataclasses import dataclass

X, F, L = "twitter", "facebook", "linkedin"
ALL = (X, F, L)


@dataclass(frozen=True, slots=True)
class Planned:
    """`end` is how far it has come: "scheduled", "review", "changes", "draft", "partly" (called off on its last channel)."""

    day: int
    at: str
    text: str
    channels: tuple[str, ...]
    end: str = "scheduled"
    campaign: str = ""
    picture: str = ""
    link: str = ""


# (name, what it is for, hue, first day, last day)
CAMPAIGNS = (
    ("Eikenrode winterklaar", "Gladheid, stookkosten en zorg voor elkaar in de koude maanden.", 3, -9, 26),
    ("Samen afval scheiden", "Minder restafval: elke twee weken één tip.", 5, 4, 32),
    ("Uw stem telt", "Stembureaus, volmacht en tellen: alles over de verkiezingen.", 6, 17, 60),
    ("Ondernemend Eikenrode", "Winkels, markten en vergunningen, voor en door ondernemers.", 2, -30, 12),
)
W, A, V, O = (each[0] for each in CAMPAIGNS)  # noqa: E741

POSTS = (
    Planned(1, "08:30", "De strooiwagens staan klaar. Wilt u weten of er vannacht gestrooid is? Kijk op de kaart op onze website.", (X, F), campaign=W, picture="strooien", link="https://eikenrode.example/gladheid"),
    Planned(1, "12:00", "Vanavond om 19.30 uur vergadert de gemeenteraad over de begroting. U kunt live meekijken of langskomen in de raadzaal.", ALL, picture="gemeentehuis", link="https://eikenrode.example/raad"),
    Planned(1, "16:00", "Maandag begint het werk aan de Molenstraat. Fietsers kunnen er langs, auto's rijden om via de Ringlaan.", (X, F), end="review", picture="wegwerk"),
    Planned(2, "09:00", "Zaterdag is er markt op het Stationsplein in plaats van op de Markt. Parkeren kan gratis bij het sportpark.", (F,), campaign=O, picture="markt"),
    Planned(2, "11:30", "We zoeken een adviseur wonen die graag met inwoners praat. 32 uur, in een team van acht. Reageren kan tot 15 december.", (L,), campaign=O),
    Planned(2, "17:00", "Weekend! Het zwembad is zaterdag en zondag open van 9.00 tot 17.00 uur. Kinderen tot 6 jaar zwemmen gratis.", (X, F), picture="zwembad"),
    Planned(3, "10:00", "Heeft u oude dekens of een warme jas over? Vandaag inleveren in het buurthuis, van 10.00 tot 15.00 uur.", (F,), campaign=W),
    Planned(4, "09:00", "Plastic, blik en pak: spoelen hoeft niet, leeg is genoeg. Zo scheidt u makkelijk.", (X, F), campaign=A, picture="containers"),
    Planned(5, "08:00", "Vanaf vandaag is de Molenstraat dicht tussen de Markt en de Lindelaan. Dit duurt tot en met 18 december.", ALL, picture="wegwerk"),
    Planned(5, "15:00", "Uw paspoort verlengen voor de vakantie? Maak nu een afspraak: in december is het druk aan de balie.", (X, F), end="review"),
    Planned(6, "10:00", "Drie ondernemers uit Eikenrode vertellen hoe zij hun winkel zuinig verwarmen. Lees hun tips.", (L, F), campaign=W, end="changes", link="https://eikenrode.example/zuinig"),
    Planned(6, "13:30", "De gemeente sluit vrijdag om 12.00 uur in verband met de sinterklaasviering van het personeel.", (F,), end="draft"),
    Planned(7, "09:30", "Wat vindt u van het plan voor het park aan de Vecht? Vul de vragenlijst in, dat duurt vijf minuten.", ALL, link="https://eikenrode.example/park"),
    Planned(7, "16:00", "Gladheid gemeld? Bel 14 0999. Wij komen binnen twee uur kijken.", (X,), campaign=W),
    Planned(8, "07:30", "Let op: door storing bij de ophaler kan uw container vandaag later geleegd worden. Laat hem staan.", (X, F), end="draft"),
    Planned(8, "10:00", "Vrijwilliger van het jaar: u kunt nu iemand voordragen. Wie verdient volgens u de prijs?", (F, L), picture="gemeentehuis"),
    Planned(9, "11:00", "Zondag is het koopzondag. De winkels in het centrum zijn open van 12.00 tot 17.00 uur.", (F,), campaign=O),
    Planned(11, "09:00", "Etensresten horen in de groene bak, ook schillen, koffie en gekookt eten. Botjes en graten mogen ook.", (X, F), campaign=A, picture="containers"),
    Planned(12, "08:30", "Ondernemer en plannen voor een terras? De regels voor 2027 staan op onze website.", (L,), campaign=O, end="partly", link="https://eikenrode.example/terras"),
    Planned(12, "14:00", "Zo maakt u uw huis klaar voor de winter: vijf klussen van tien minuten.", (F, L), campaign=W, end="review", picture="huis"),
    Planned(13, "10:00", "Het college praat donderdag met bewoners van de Vogelbuurt over verkeer en parkeren. U bent welkom vanaf 19.00 uur.", (X, F)),
    Planned(14, "12:30", "Energietoeslag: aanvragen kan nog tot en met 31 december. Hulp nodig? Kom langs bij het loket.", ALL, campaign=W),
    Planned(15, "09:00", "Vuurwerk afsteken mag alleen tussen 18.00 en 2.00 uur. In het centrum en bij dieren mag het niet.", (X, F), end="changes"),
    Planned(16, "15:30", "Een zitbank erbij in het Kerkpark, op verzoek van de buurt. Dank aan wie meedacht!", (F,), picture="park"),
    Planned(18, "09:00", "Oud papier wordt deze week een dag eerder opgehaald. Zet het woensdag voor 7.30 uur buiten.", (X, F), campaign=A),
    Planned(19, "10:00", "Op 17 maart zijn er verkiezingen. Wilt u helpen op een stembureau? U krijgt een vergoeding en een cursus.", ALL, campaign=V, picture="stembus", link="https://eikenrode.example/stembureau"),
    Planned(20, "13:00", "Kerstmarkt op de Markt: zaterdag van 14.00 tot 21.00 uur, met koor en kinderhoek.", (F,), end="review", picture="kerst"),
    Planned(21, "11:00", "Het Kerkpark is klaar: nieuwe paden, meer licht, vijftig bomen. Kom kijken!", ALL, end="draft", picture="park"),
    Planned(23, "16:00", "Rond de feestdagen is ons loket anders open. 24 en 31 december sluiten we om 12.00 uur.", ALL),
    Planned(25, "09:00", "Kliko vol na de feestdagen? Karton kan naast de papierbak, samengevouwen en bij elkaar gebonden.", (X, F), campaign=A, end="draft", picture="containers"),
    Planned(26, "10:00", "Alleen met de feestdagen? In het buurthuis staat de koffie klaar, elke dag van 10.00 tot 16.00 uur.", (F,), campaign=W, end="review"),
    Planned(28, "09:30", "De nieuwe afvalkalender staat in de app en op de website. Papier ontvangt u alleen nog als u erom vraagt.", ALL, campaign=A, link="https://eikenrode.example/afval"),
    Planned(31, "12:00", "Een goed en veilig nieuwjaar! Vuurwerkresten? Neem een zak mee naar buiten en ruim samen op.", ALL, end="draft", picture="kerst"),
    Planned(33, "09:00", "Kerstboom weg? Zaterdag inzamelen op acht plekken. Voor elke boom krijgen kinderen een lootje.", (X, F), campaign=A, picture="kerst"),
    Planned(34, "10:30", "Voor het eerst stemmen? Zo gaat het: van stempas tot rood potlood.", (X, F), campaign=V, end="draft", picture="stembus"),
)  # fmt: skip
# These go out while somebody looks: minutes from now.
SOON = (
    (4, "Goed nieuws: de fietstunnel bij het station is weer open. Dank voor uw geduld.", (X, F)),
    (9, "Vandaag is de balie Burgerzaken open tot 20.00 uur. Zonder afspraak kan tot 17.00 uur.", ALL),
)
LOOSE = (("Terugblik op het jaar in tien foto's", ALL, ""), ("Zo werkt de nieuwe parkeerapp", (X, F), O))
IDEAS = (
    "Filmpje: een dag mee met de strooiploeg",
    "Interview met de nieuwe kinderburgemeester",
    "Wat gebeurt er met uw bladafval? 🍂",
    "Voor en na: de Vogelbuurt vergroend",
    "Vraag het de wethouder, vrijdagmiddag live",
)
TEMPLATES = (
    ("Wegwerk", "Vanaf [dag] is de [straat] dicht tussen [plek] en [plek]. Dit duurt tot en met [dag]. Omrijden kan via [route].", (X, F)),
    ("Raadsvergadering", "Vanavond om 19.30 uur vergadert de gemeenteraad over [onderwerp]. U kunt live meekijken of langskomen in de raadzaal.", ALL),
    ("Storing", "Er is een storing in [wat]. Wij werken eraan. U hoort van ons zodra het is opgelost.", (X, F)),
)  # fmt: skip
# (kind, title, first day, last day, from, to)
EVENTS = (
    ("council", "Raadsvergadering: begroting", 1, 1, "19:30", "22:30"),
    ("council", "College op bezoek in de Vogelbuurt", 13, 13, "19:00", "21:00"),
    ("council", "Raadsvergadering", 22, 22, "19:30", "22:30"),
    ("market", "Weekmarkt op het Stationsplein", 3, 3, "09:00", "16:00"),
    ("market", "Kerstmarkt", 20, 20, "14:00", "21:00"),
    ("road_works", "Molenstraat dicht", 5, 23, "", ""),
    ("other", "Loket dicht vanaf 12.00 uur", 29, 29, "", ""),
)
