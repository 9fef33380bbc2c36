"""Twelve subjects that residents of a Dutch municipality write about, with the words by which they are recognised."""

# Each as `subject_list.create_subject` takes it.
SUBJECTS: tuple[dict[str, str], ...] = (
    {
        "code": "waste",
        "name": "Afval",
        "name_en": "Waste",
        "keywords": "*afval, afvalpas, container, kliko, ophaaldag, grof vuil, grofvuil, gft, milieustraat, vuilnis, zwerfvuil, "
        "papierbak, glasbak, prullenbak, huisvuil, bijgeplaatst, ondergrondse, plasticbak, vuilniswagen, recycl",
    },
    {
        "code": "parking",
        "name": "Parkeren",
        "name_en": "Parking",
        "keywords": "parkeer, parkeren, geparkeerd, *parkeer, blauwe zone, laadpaal, laadpalen, bezoekerspas, naheffing, "
        "foutparkeer, gehandicaptenplaats, *garage",
    },
    {
        "code": "roadworks",
        "name": "Wegwerkzaamheden en verkeer",
        "name_en": "Roadworks and traffic",
        "keywords": "wegwerk, wegwerkzaamheden, omleiding, afgesloten, afsluiting, opgebroken, asfalt, stoplicht, verkeerslicht, "
        "fietspad, stoeptegel, gat in de weg, drempel, verkeersbord, bestrating, rotonde, gladheid, strooien, brug",
        "query": "(=weg OR straat) AND (=dicht OR =open OR kapot OR =gat)",
    },
    {
        "code": "permits",
        "name": "Vergunningen",
        "name_en": "Permits",
        "keywords": "*vergunning, bezwaar, bestemmingsplan, omgevingsplan, "
        "dakkapel, aanbouw, verbouw, uitbouw, bouwaanvraag",
    },
    {
        "code": "nuisance",
        "name": "Overlast en veiligheid",
        "name_en": "Nuisance and safety",
        "keywords": "overlast, *overlast, hangjongeren, lawaai, herrie, geluid, vandalisme, vernield, vuurwerk, inbraak, drugs, "
        "stank, ratten, onveilig, graffiti, dronken, handhaving, =boa, intimid",
    },
    {
        "code": "greenery",
        "name": "Groen en openbare ruimte",
        "name_en": "Greenery and public space",
        "keywords": "boom, bomen, boomwortel, plantsoen, =park, gras, maaien, gemaaid, onkruid, heg, snoei, speeltuin, bankje, "
        "lantaarn, straatverlichting, lamppost, struik, hondenpoep, speeltoestel, vijver, sloot, eikenprocessierups",
    },
    {
        "code": "events",
        "name": "Evenementen",
        "name_en": "Events",
        "keywords": "evenement, festival, kermis, koningsdag, braderie, intocht, sinterklaas, markt, concert, avondvierdaagse, "
        "optocht, carnaval, dodenherdenking, bevrijdingsdag, kerstmarkt, vrijmarkt",
    },
    {
        "code": "civil-affairs",
        "name": "Burgerzaken",
        "name_en": "Civil affairs",
        "keywords": "paspoort, rijbewijs, identiteitskaart, id-kaart, verhuizing, verhuizen, uittreksel, geboorteakte, trouwen, "
        "huwelijk, burgerzaken, digid, inschrijven, naturalisatie, overlijden, aangifte doen, stempas, verkiezing, afspraak maken",
    },
    {
        "code": "taxes",
        "name": "Belastingen",
        "name_en": "Taxes",
        "keywords": "belasting, *belasting, woz, ozb, aanslag, kwijtschelding, rioolheffing, afvalstoffenheffing, hondenbelasting, "
        "incasso, betalingsregeling, aanmaning, deurwaarder",
    },
    {
        "code": "social-domain",
        "name": "Sociaal domein",
        "name_en": "Social domain",
        "keywords": "wmo, bijstand, uitkering, jeugdzorg, schuldhulp, schulden, huishoudelijke hulp, thuiszorg, mantelzorg, "
        "leerlingenvervoer, minimabeleid, energietoeslag, voedselbank, daklo, inburgering, rolstoel, scootmobiel, pgb, "
        "bijzondere bijstand, wijkteam",
    },
    {
        "code": "jobs",
        "name": "Vacatures",
        "name_en": "Vacancies",
        "keywords": "vacature, solliciteren, sollicitatie, stage, stageplek, traineeship, werken bij, open sollicitatie, bijbaan",
    },
    {
        "code": "feedback",
        "name": "Complimenten en overig",
        "name_en": "Compliments and other",
        "keywords": "compliment, bedankt, dankjewel, dank u wel, dankuwel, top gedaan, goed gedaan, complimenten, hulde, fijn geregeld",
    },
)
