"""What residents write about the town hall: permits, papers, taxes, events, praise, anger, spam."""

CIVIC = {
    "vergunning": (
        "Heb ik een vergunning nodig voor een dakkapel aan de achterkant?",
        "Mijn aanvraag voor een uitbouw ligt er nu negen weken. Hoe staat het ervoor?",
        "Mag ik een schutting van twee meter zetten aan de kant van {street}?",
        "Kan ik ergens zien welke bouwplannen er zijn voor {street}?",
        "Voor ons straatfeest in {street} op {day} hebben we een springkussen. Moet dat gemeld worden?",
        "Ik wil zonnepanelen op een monument in {street}. Kan dat?",
        "Hoe maak ik bezwaar tegen de kapvergunning in {street}?",
        "Wij willen een terras voor onze zaak aan {street}. Welk formulier is dat?",
    ),
    "balie": (
        "Mijn paspoort is kwijt en ik vlieg {day}. Wat nu?",
        "Kan ik zonder afspraak langskomen voor een rijbewijs?",
        "De afsprakenplanner geeft een foutmelding na stap drie.",
        "Ik ben verhuisd van {place} naar {street}. Moet ik beide adressen doorgeven?",
        "Hoe lang duurt het om een geboorteakte aan te vragen?",
        "Waarom staat er altijd een rij bij de balie, ook met afspraak?",
        "Mijn vader kan niet zelf komen. Mag ik zijn identiteitskaart ophalen?",
        "Zijn jullie {day} open tot {hour}?",
        "Ik kan niet inloggen met DigiD op de site.",
    ),
    "belasting": (
        "Ik heb twee keer een aanslag voor de hondenbelasting gekregen. Mijn hond is vorig jaar overleden.",
        "Kan ik de gemeentelijke belasting in termijnen betalen?",
        "De WOZ-waarde van mijn huis in {street} is wel erg gestegen.",
        "Waar vraag ik kwijtschelding aan voor de afvalstoffenheffing?",
        "Ik krijg een aanmaning, maar ik heb {day} betaald.",
        "Tot wanneer kan ik bezwaar maken tegen de aanslag?",
    ),
    "zorg": (
        "Bij wie kan ik terecht voor huishoudelijke hulp voor mijn oma in {place}?",
        "De regiotaxi kwam {day} een uur te laat en niemand belde.",
        "Is er hulp bij het invullen van formulieren? Ik kom er niet uit.",
        "Mijn energietoeslag is nog steeds niet binnen.",
        "Waar kan mijn zoon met schulden terecht zonder dat hij meteen weg moet uit zijn huis?",
        "Kan ik een rolstoel lenen voor een weekend?",
    ),
    "evenement": (
        "Hoe laat begint de kermis op {street}?",
        "Is er bij de avondvierdaagse nog hulp nodig? Ik heb tijd.",
        "Kan je met de kinderwagen bij het lichtjesfeest in {place} komen?",
        "Waar kan ik parkeren tijdens de braderie?",
        "Komt er dit jaar een ijsbaan op {street}?",
        "Is het vuurwerk bij {street} ook zonder knallen te zien?",
        "Gaat de rommelmarkt in {place} door als het regent?",
        "Kan mijn koor optreden tijdens het zomerfestival?",
    ),
    "verkeer": (
        "Er wordt op {street} veel te hard gereden.",
        "Kan er een zebrapad komen bij de school aan {street}?",
        "Het is onveilig om over te steken bij {street} sinds de struiken zo hoog zijn.",
        "Waarom mag ik met de fiets {street} niet meer in?",
        "De snelheidsmeter bij {street} geeft al weken niets aan.",
        "Fietsers en scooters rijden dwars door het winkelgebied.",
    ),
    "compliment": (
        "Wat is {street} mooi geworden! Dank aan de mannen die daar gewerkt hebben.",
        "Complimenten voor de vriendelijke mevrouw aan de balie {day}.",
        "Gisteren gemeld, vandaag al gemaakt. Top!",
        "Het nieuwe speeltuintje in {place} is een succes, onze kinderen willen niet meer weg.",
        "Heel fijn dat het bankje bij {street} er weer staat.",
        "Ik vond het lichtjesfeest prachtig. Volgend jaar weer graag.",
        "Zo snel antwoord had ik niet verwacht. Dank jullie wel!",
        "De bloembakken op {street} staan er schitterend bij.",
    ),
    "boos": (
        "Dit is al de vierde keer dat ik hierover schrijf. Doet er bij jullie iemand iets?",
        "Belasting verhogen kunnen jullie, maar een straat vegen is te veel gevraagd.",
        "Ik word van het kastje naar de muur gestuurd. Eerst {place}, dan het stadhuis, dan weer terug.",
        "Schandalig hoe jullie met de bewoners van {street} omgaan.",
        "Ik ben er klaar mee. Ik stap naar de krant.",
        "Bellen heeft geen zin: 25 minuten in de wacht en dan valt de lijn weg.",
        "Inspraak heet dat, maar het besluit lag al klaar.",
        "Jullie beloven elke keer beterschap en er gebeurt niets.",
    ),
    "spam": (
        "Verdien 400 euro per dag vanuit huis! Kijk snel op snelrijk.example",
        "🔥🔥 Gratis cadeaukaart van de supermarkt, alleen vandaag: cadeau-kaart.example 🔥🔥",
        "Lening zonder toetsing? Stuur mij een bericht, binnen een uur geld.",
        "Ik heb met crypto mijn baan kunnen opzeggen. Vraag me hoe!",
        "Wie wil er volgers kopen? 1000 voor een tientje.",
        "Mooie dames uit {place} willen je ontmoeten, klik op mijn profiel 💋",
    ),
}

DETAIL = {
    "vergunning": ["Online kom ik er niet uit.", "De aannemer wil volgende maand beginnen.", "Mijn dossier eindigt op {n}.", "De buren zijn akkoord."],
    "balie": ["Ik werk overdag, dus liefst in de avond.", "Ik heb al twee keer gebeld.", "Op de website vind ik het niet.", "Het heeft haast."],
    "belasting": ["Ik heb het bewijs bij de hand.", "Dit klopt echt niet.", "Kunnen jullie meekijken?", "Mijn buren betalen minder."],
    "zorg": ["Ze is 84 en woont alleen.", "We wachten al sinds {day}.", "Alvast bedankt voor het meedenken.", "Het wordt ons een beetje te veel."],
    "evenement": ["We komen met de hele familie.", "De kinderen hebben er zin in!", "Op de poster staat geen tijd.", "Vorig jaar was het heel gezellig."],
    "verkeer": ["Er wonen veel jonge gezinnen.", "Het ging {day} bijna mis.", "Een drempel zou al helpen.", "Vooral rond {hour} is het druk."],
    "compliment": ["Dat mag ook weleens gezegd worden.", "Ga zo door!", "De hele straat is er blij mee.", "👏👏"],
    "boos": ["En dan moet ik rustig blijven?", "Ik wil nu eindelijk een normaal antwoord.", "Niemand neemt verantwoordelijkheid.", "Ik betaal hier belasting voor!"],
    "spam": ["Doe het nu!", "Alleen voor snelle beslissers.", "Echt waar, geen grap."],
}  # fmt: skip

FOREIGN = {
    "en": ["Hi, I just moved to {place}. How do I register my address?", "Is the recycling centre open on Saturday?", "The street light in {street} has been broken for a week.", "Do you have information about parking permits in English?", "My bin was not emptied this week, the neighbours' bins were.", "Can I get an appointment for a residence document this month?", "Thank you for the quick help at the desk yesterday!", "Is there a Dutch class for beginners near {place}?", "There is a lot of broken glass on the bike path near {street}."],
    "tr": ["Merhaba, çöp kutumuz bu hafta boşaltılmadı. Ne yapmalıyım?", "Park izni için nereye başvurabilirim?", "{street} sokağında lamba yanmıyor.", "Annem için evde yardım istiyoruz, kime sorabiliriz?", "Belediyeden randevu almak istiyorum ama site açılmıyor.", "Çok teşekkürler, hızlı yardım ettiniz.", "Düğün için salon kiralamak mümkün mü?"],
    "pl": ["Dzień dobry, jak mogę zameldować się w Eikenrode?", "Kosz na śmieci przy {street} jest pełny od kilku dni.", "Czy mogę dostać formularz po polsku albo po angielsku?", "Dziękuję za szybką pomoc!", "Gdzie mogę oddać stare meble?", "Dostałem mandat za parkowanie, ale nie było znaku.", "Czy w sobotę urząd jest otwarty?"],
    "ar": ["مرحبا، كيف يمكنني تسجيل عنواني الجديد؟", "حاوية القمامة أمام المنزل ممتلئة منذ أيام.", "هل يوجد موعد متاح هذا الأسبوع؟", "شكرا جزيلا على المساعدة.", "أين أجد دروس اللغة الهولندية؟", "لا أفهم الرسالة التي وصلتني من البلدية."],
}  # fmt: skip

OPENINGS = [
    "",
    "",
    "",
    "",
    "",
    "",
    "Hallo,",
    "Goedemorgen,",
    "Goedemiddag,",
    "Beste gemeente,",
    "Hoi,",
    "Vraagje:",
    "Even een melding.",
    "Weten jullie dit al?",
    "Goedenavond,",
    "L.S.,",
    "Hee gemeente!",
    "Pff.",
    "Ik probeer het zo maar eens.",
]
CLOSINGS = [
    *[""] * 9, "Alvast bedankt.", "Groet uit {place}.", "Hoor graag.", "Bvd!", "Mvg", "Dank jullie wel 🙏", "Benieuwd naar jullie antwoord.",
    "Fijne dag nog.", "Groetjes",
]  # fmt: skip
DEMANDS = [
    *[""] * 6, "Wie kan mij helpen?", "Kunnen jullie hiernaar kijken?", "Wat is de planning?", "Graag een reactie.", "Wanneer wordt dit opgelost?",
    "Kan dat beter?", "Of moet ik daarvoor bellen?", "😕", "🙄", "Groet uit {place}.", "Bvd!", "Hoor graag.",
]  # fmt: skip
FOLLOW_UPS = {
    "thanks": ["Dank je wel, dan weet ik genoeg.", "Super, bedankt voor het snelle antwoord!", "Fijn, dan wacht ik dat af.", "Helder. Dank!", "Top, hij is net geleegd 👍", "Oké, dat scheelt weer een telefoontje.", "Bedankt voor het meedenken.", "Heel fijn dat jullie zo reageren.", "👍", "Prima, ik geef het door aan de buren.", "Mooi, het is inmiddels opgelost.", "Duidelijk, fijne dag nog."],
    "question": ["En hoe lang gaat dat ongeveer duren?", "Geldt dat ook voor {place}?", "Moet ik daar zelf iets voor doen?", "Ik heb het formulier ingevuld, krijg ik daar nog bericht van?", "Kan dat ook via de telefoon? Mijn vader heeft geen computer.", "Met wie kan ik daar dan over praten?", "Wordt dat dan {day}?", "Zijn daar kosten aan verbonden?", "Dat had ik al gedaan. Wat nu?", "Kan ik ergens zien hoe het ervoor staat?", "Ik bedoel de kant van {street}, niet de andere kant."],
    "unhappy": ["Dat zeiden jullie vorige maand ook.", "Jammer, hier heb ik weinig aan.", "Een standaardantwoord, daar was ik al bang voor.", "Dan bel ik wel weer, zucht.", "Het is nu {day} en er is nog niets gebeurd.", "Ik wil graag iemand spreken die hier echt over gaat."],
}  # fmt: skip
AFTERTHOUGHTS = [
    "", "", "", "Fijne dag nog!", "Ik laat het weten als het toch misgaat.", "Mijn buurvrouw uit {street} had dezelfde vraag.",
    "Ik hoor het {day} dan wel.", "Had ik eerder moeten vragen.", "Nou ja, we zien wel.", "Ik kijk vanavond nog even.", "🙂",
    "In {street} tenminste.", "Ik ben {day} thuis.", "Groeten uit {place}.", "Sinds {day} al.", "Zo denken ze er in {street} ook over.",
    "Dat zei mijn man ook al.", "Ik loop er {day} nog eens langs.",
]  # fmt: skip
