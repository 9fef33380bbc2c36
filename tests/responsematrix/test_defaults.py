"""What ships: about 25 rules over 12 subjects, without errors or gaps, and words that recognise what residents write."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Role, Team, User
from responsematrix.checks import Code, Severity
from responsematrix.default_subjects import SUBJECTS
from responsematrix.defaults import RULES, install_default_matrix
from responsematrix.in_force import at
from responsematrix.matching import Facts
from responsematrix.models import Calendar, Matrix, MatrixVersion, State
from responsematrix.spreadsheet import export_xlsx, plan_import
from responsematrix.subjects import Recogniser, subject_words
from responsematrix.versions import find_problems
from tests.factories import TeamFactory, UserFactory

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def installed(administrator: User) -> Matrix:
    return install_default_matrix(by=administrator, active_from=LONG_AGO)


def test_it_has_about_25_rules_over_12_subjects():
    assert 20 <= len(RULES) <= 30
    assert len(SUBJECTS) == 12
    assert {rule.subject for rule in RULES} - {""} == {subject["code"] for subject in SUBJECTS}


@pytest.mark.django_db
def test_it_is_in_force_approved_and_without_gaps(installed, administrator):
    version = installed.versions.get()
    found = find_problems(version)

    assert (version.state, version.author, version.approved_by) == (State.ACTIVE, None, administrator)
    assert [finding for finding in found if finding.severity is not Severity.NOTE] == []
    assert Code.OVERLAP in {finding.code for finding in found}


@pytest.mark.django_db
def test_every_rule_has_a_promise_a_backup_reminders_and_all_four_texts(installed):
    for rule in installed.versions.get().rules.select_related("subject"):
        row = rule.to_row()
        assert row.first_response
        assert row.backup_team
        assert len(row.steps) == 3
        assert all("{uiterlijk}" in text and "{team}" in text for text in row.expectations.values())
        assert len(row.expectations) == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "owner", "hours"),
    [
        ({"subject": "waste"}, "Openbare ruimte", "Gemeentehuis"),
        ({"subject": "waste", "urgency": "crisis"}, "Communicatie", "Gemeentehuis"),
        ({"subject": "waste", "audience": "press"}, "Communicatie", "Gemeentehuis"),
        ({"subject": "civil-affairs", "kind": "direct_message"}, "Publiekszaken", "Publieksbalie"),
        ({"kind": "direct_message"}, "Webcare", "Webcare"),
        ({"platform": "linkedin"}, "Communicatie", "Gemeentehuis"),
        ({}, "Webcare", "Gemeentehuis"),
    ],
)
def test_messages_go_where_a_municipality_expects(installed, facts, owner, hours):
    found = at(timezone.now())
    defaults = {"kind": "comment", "platform": "facebook", "audience": "resident", "urgency": "normal"}

    rule = found.decide(Facts(**defaults | facts)).rule

    assert Team.objects.get(pk=rule.outcome.owner_team).name == owner
    assert Calendar.objects.get(pk=found.hours_for(rule).calendar).name == hours


@pytest.mark.django_db
def test_the_desk_is_open_on_thursday_evening_and_closed_on_kings_day(installed):
    schedule = at(timezone.now()).hours[Calendar.objects.get(name="Publieksbalie").pk].schedule

    assert schedule.windows_on(date(2026, 3, 5)) == ((510, 1200),)
    assert schedule.windows_on(date(2026, 4, 27)) == ()
    assert schedule.windows_on(date(2026, 4, 3)) != ()  # Good Friday, unless asked


MESSAGES = [
    ("De ondergrondse container op het plein zit al een week vol", "waste"),
    ("Wanneer wordt het gft opgehaald deze week?", "waste"),
    ("Er staat al dagen grof vuil op de stoep", "waste"),
    ("Waarom krijg ik een naheffing terwijl ik betaald heb voor parkeren?", "parking"),
    ("Hoe vraag ik een parkeervergunning aan", "parking"),
    ("Er staat een auto fout geparkeerd bij de laadpaal", "parking"),
    ("Is de Molenstraat nog lang afgesloten? De omleiding klopt niet", "roadworks"),
    ("Gevaarlijk gat in de weg bij de rotonde!", "roadworks"),
    ("Stoplicht bij de Kerkstraat is kapot", "roadworks"),
    ("Heb ik een omgevingsvergunning nodig voor een dakkapel?", "permits"),
    ("Tot wanneer kan ik bezwaar maken tegen het bestemmingsplan", "permits"),
    ("Weer geluidsoverlast van die hangjongeren", "nuisance"),
    ("Er wordt de hele nacht vuurwerk afgestoken", "nuisance"),
    ("Wanneer wordt het gras gemaaid in het park?", "greenery"),
    ("Die lantaarnpaal doet het niet en de boom moet gesnoeid", "greenery"),
    ("Hoe laat begint de intocht van Sinterklaas?", "events"),
    ("Komt er dit jaar weer een kermis", "events"),
    ("Kan ik mijn paspoort ophalen zonder afspraak?", "civil-affairs"),
    ("Ik wil mijn verhuizing doorgeven", "civil-affairs"),
    ("Klopt deze WOZ-waarde wel? De aanslag is veel hoger", "taxes"),
    ("Kan ik kwijtschelding krijgen", "taxes"),
    ("Mijn bijstandsuitkering is nog niet gestort", "social-domain"),
    ("Hoe vraag ik huishoudelijke hulp aan via de Wmo", "social-domain"),
    ("Hebben jullie nog een stageplek?", "jobs"),
    ("Compliment voor de mannen van de reiniging, hulde!", "feedback"),
    ("Goedemorgen", None),
    ("Hoe laat gaan jullie open?", None),
]


@pytest.mark.parametrize(("text", "subject"), MESSAGES)
def test_the_words_recognise_what_residents_write(text, subject):
    words = [subject_words(one["code"], keywords=one["keywords"], query=one.get("query", "")) for one in SUBJECTS]

    found = Recogniser(words).recognise(text)

    assert (found[0].subject if found else None) == subject


@pytest.mark.django_db
def test_installing_again_changes_nothing(installed, administrator):
    assert install_default_matrix(by=administrator) == installed
    assert MatrixVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_municipality_may_say_which_of_its_teams_is_meant(administrator, team):
    matrix = install_default_matrix(by=administrator, teams={"webcare": team, "communication": team})

    rules = matrix.versions.get().rules
    assert not rules.filter(backup_team=None, steps__contains=[[100, "backup"]]).exists()
    assert rules.filter(backup_team=None).exists()
    assert not Team.objects.filter(name="Communicatie").exists()


@pytest.mark.django_db
def test_the_default_survives_the_spreadsheet(installed):
    version = installed.versions.get()

    plan = plan_import(version, export_xlsx(version))

    assert (plan.errors, plan.added, plan.changed, plan.removed) == ([], 0, 0, 0)


@pytest.mark.django_db
def test_the_command_needs_an_administrator(administrator, agent, capsys):
    for name in ("niemand", agent.username):
        with pytest.raises(CommandError):
            call_command("install_matrix", by=name)

    call_command("install_matrix", by=administrator.username)
    call_command("install_matrix", by=administrator.username)

    assert "26 rules" in capsys.readouterr().out
    assert Matrix.objects.count() == 1


@pytest.mark.django_db
def test_it_holds_from_now_unless_an_earlier_moment_is_asked(db):
    by = UserFactory(teams=[TeamFactory()], teams__role=Role.ADMINISTRATOR)

    install_default_matrix(by=by)

    assert at(timezone.now()) is not None
    assert at(timezone.now() - timedelta(minutes=1)) is None
