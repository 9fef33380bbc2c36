"""What went wrong, in the words of who reads it. Connectors know no languages: they raise a code and the technical reason.

Stored is the code with the original text; the sentence is made when it is shown. Every code that a connector raises stands
in the table (a test reads their sources); a code that does not gets the sentence of its branch of `channels.errors`.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels.errors import ConnectorError
from channels.platforms import Platform

SENTENCES = {
    # The branches of the error tree.
    "error": gettext_noop("Er ging iets mis met %(platform)s."),
    "transient": gettext_noop("%(platform)s is even niet bereikbaar."),
    "rate_limited": gettext_noop("De limiet van %(platform)s is bereikt."),
    "rejected": gettext_noop("%(platform)s neemt dit bericht niet aan."),
    "window_closed": gettext_noop("Het is te laat: %(platform)s neemt hier geen antwoord meer aan."),
    "reply_not_allowed": gettext_noop("%(platform)s staat dit antwoord via Balie niet toe. Antwoord op het platform zelf."),
    "gone": gettext_noop("Het bericht waar dit bij hoort is weg, of wij mogen het niet meer zien."),
    "channel": gettext_noop("Het kanaal werkt niet. Een beheerder moet kijken wat er is."),
    "credentials_rejected": gettext_noop("%(platform)s accepteert onze toegang niet meer. Koppel het kanaal opnieuw."),
    "stopped": gettext_noop("%(platform)s heeft ons account of onze app geblokkeerd."),
    "misconfigured": gettext_noop("Het kanaal is niet goed ingesteld. Een beheerder moet kijken."),
    "out_of_credit": gettext_noop("Het tegoed voor %(platform)s is op."),
    "outcome_unknown": gettext_noop("We weten niet of %(platform)s het bericht heeft aangenomen."),
    "payload": gettext_noop("%(platform)s gaf een antwoord dat Balie niet begrijpt."),
    "refused": gettext_noop("Dit is niet voor de inbox."),
    # The line to the platform.
    "unreachable": gettext_noop("%(platform)s is niet bereikbaar."),
    "connect_timeout": gettext_noop("%(platform)s is niet bereikbaar."),
    "tls": gettext_noop("Er komt geen veilige verbinding met %(platform)s tot stand."),
    "timeout": gettext_noop("%(platform)s antwoordde niet op tijd."),
    "connection_broken": gettext_noop("De verbinding met %(platform)s brak af."),
    "platform_error": gettext_noop("Bij %(platform)s is een storing."),
    "too_many": gettext_noop("Er is te veel gebeurd om het bericht op %(platform)s terug te vinden."),
    # The message.
    "automated": gettext_noop("%(platform)s ziet dit aan voor een automatisch bericht en plaatst het niet."),
    "already_replied": gettext_noop("Op deze reactie is al een privéantwoord gestuurd. Dat kan maar één keer."),
    "bad_link": gettext_noop("%(platform)s staat een link in dit bericht niet toe."),
    "blocked": gettext_noop("%(platform)s laat ons deze persoon niet antwoorden."),
    "duplicate": gettext_noop("Precies deze tekst staat al op %(platform)s."),
    "empty": gettext_noop("Er is geen tekst om te versturen."),
    "forbidden": gettext_noop("%(platform)s staat dit niet toe."),
    "invalid_character": gettext_noop("In de tekst staat een teken dat %(platform)s niet aanneemt."),
    "no_target": gettext_noop("Het is niet bekend waar of aan wie dit antwoord moet."),
    "picture_refused": gettext_noop("%(platform)s neemt een afbeelding niet aan."),
    "picture_too_large": gettext_noop("Een afbeelding is groter dan %(platform)s toestaat."),
    "picture_unsure": gettext_noop("Een afbeelding kwam niet bij %(platform)s aan."),
    "too_many_pictures": gettext_noop("Er staan meer afbeeldingen bij dan %(platform)s toestaat."),
    "recipient_unavailable": gettext_noop("Deze persoon ontvangt geen privéberichten van ons."),
    "too_long": gettext_noop("De tekst is langer dan %(platform)s toestaat."),
    "unsupported": gettext_noop("Zo antwoorden kan op %(platform)s niet."),
    # The access to our account.
    "app_removed": gettext_noop("Onze app is van de pagina gehaald. Koppel het kanaal opnieuw."),
    "checkpoint": gettext_noop("Wie de pagina koppelde, moet eerst aanmelden bij %(platform)s en daar iets bevestigen."),
    "password_changed": gettext_noop("Het wachtwoord is gewijzigd. Koppel het kanaal opnieuw."),
    "revoked": gettext_noop("De toegang is ingetrokken. Koppel het kanaal opnieuw."),
    "token_expired": gettext_noop("De toegang is verlopen. Koppel het kanaal opnieuw."),
    "token_invalid": gettext_noop("De toegang geldt niet meer. Koppel het kanaal opnieuw."),
    "token_revoked": gettext_noop("De toegang is ingetrokken. Koppel het kanaal opnieuw."),
    "no_token": gettext_noop("Dit kanaal heeft geen toegang. Koppel het kanaal opnieuw."),
    "other_account": gettext_noop("De gegevens horen bij een ander account."),
    "page_unlinked": gettext_noop("De pagina is niet meer aan onze app gekoppeld. Koppel het kanaal opnieuw."),
    "not_administrator": gettext_noop("Wie de pagina koppelde, is geen beheerder van de pagina (meer)."),
    "locked": gettext_noop("%(platform)s heeft ons account op slot gezet. Meld u daar aan om het te openen."),
    "suspended": gettext_noop("%(platform)s heeft ons account geschorst."),
    # How the channel is set up: for an administrator.
    "account_id": gettext_noop("Het nummer van het account klopt niet."),
    "address": gettext_noop("Het ingestelde adres van %(platform)s klopt niet."),
    "bad_request": gettext_noop("%(platform)s begrijpt onze vraag niet."),
    "client": gettext_noop("%(platform)s kent onze app niet: de id of het geheim klopt niet."),
    "client_forbidden": gettext_noop("Onze app heeft bij %(platform)s geen toegang tot de API."),
    "parameter": gettext_noop("%(platform)s begrijpt onze vraag niet."),
    "permission": gettext_noop("Onze app mist een recht bij %(platform)s."),
    "permissions": gettext_noop("Onze app mist een recht bij %(platform)s."),
    "unsupported_authentication": gettext_noop("%(platform)s vraagt hiervoor een andere soort toegang."),
    "usage_capped": gettext_noop("Het verbruik van de dag of de maand bij %(platform)s is op."),
    "version": gettext_noop("De ingestelde versie van %(platform)s klopt niet of is verlopen."),
    # What Balie itself says of a delivery or a channel.
    "picture_missing": gettext_noop("Een afbeelding is niet meer te lezen."),
    "picture_changed": gettext_noop("Een afbeelding is veranderd nadat zij was goedgekeurd."),
    "credentials_no_key": gettext_noop("De sleutel voor de gegevens van kanalen ontbreekt of klopt niet."),
    "credentials_other_key": gettext_noop("De gegevens van dit kanaal zijn met een andere sleutel versleuteld."),
    "channel_off": gettext_noop("Het kanaal is uitgezet."),
    "channel_limited": gettext_noop("De limiet van %(platform)s is bereikt."),
    "channel_reauthorise": gettext_noop("Het kanaal moet opnieuw worden gekoppeld."),
    "channel_stopped": gettext_noop("%(platform)s heeft ons account of onze app geblokkeerd."),
    "channel_closed": gettext_noop("Het kanaal is gesloten."),
    "expiring": gettext_noop("De toegang verloopt binnenkort; koppel het kanaal opnieuw."),
    "not_sent": gettext_noop("Een medewerker heeft gezien dat het bericht er niet staat."),
    "refreshed": gettext_noop("De toegang is vernieuwd; het bericht gaat opnieuw."),
    "worker_lost": gettext_noop("De verzending werd halverwege afgebroken."),
}  # fmt: skip
# The sentence says that it went wrong, the platform's own words say what: they are shown beside it.
NEEDS_DETAIL = frozenset({
    "error", "transient", "rejected", "channel", "stopped", "misconfigured", "payload", "platform_error", "bad_link", "forbidden",
    "page_unlinked", "bad_request", "parameter", "permission", "permissions", "version", "picture_refused",
})  # fmt: skip
LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Explanation:
    """`text` is for the reader, in the active language; `detail`, in the platform's words, for whoever has to mend it."""

    text: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.detail})" if self.text and self.detail else self.text


def explain(code: str, original: str, *, platform: str, branch: str = "error") -> Explanation:
    """The sentence for `code`; `branch` (a code of the error tree) gives it when the code is not known.

    `platform` is a value of Platform or its label. Without a code `original` is a sentence of our own and stays as it is."""
    if not code:
        return Explanation(original)
    name = Platform(platform).label if platform in Platform.values else platform
    is_known = code in SENTENCES
    text = _(SENTENCES[code if is_known else branch]) % {"platform": name}
    if is_known and code not in NEEDS_DETAIL:
        return Explanation(text)
    detail = " ".join(original.split())
    return Explanation(text, detail if len(detail) <= LONGEST_DETAIL else f"{detail[:LONGEST_DETAIL]}…")


def explain_error(error: ConnectorError, *, platform: str) -> Explanation:
    return explain(error.code, str(error), platform=platform, branch=branch_of(error))


def branch_of(error: ConnectorError) -> str:
    """The code of the nearest class in `channels.errors`: a connector's own subclass has no sentence of its own."""
    kinds = (kind for kind in type(error).__mro__ if issubclass(kind, ConnectorError))
    return next((kind.code for kind in kinds if kind.__module__ == ConnectorError.__module__), ConnectorError.code)
