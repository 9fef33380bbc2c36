"""What a what-if found, as a page or a file shows it: names for keys, percentages, the chart, the items one may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Team, User
from core.charts import Bars, Row
from core.models import Job
from core.templatetags.ui import thousands
from inbox.models import Conversation, Message
from monitoring.forms import version_label
from monitoring.whatif import Question
from responsematrix.models import CalendarVersion, MatrixVersion, Subject

VERDICTS = {
    "on_time": gettext_lazy("op tijd"),
    "late": gettext_lazy("te laat"),
    "waiting": gettext_lazy("loopt nog"),
    "unpromised": gettext_lazy("geen termijn"),
}
MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One team or subject, before and after."""

    label: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    weeks: float

    @property
    def percents(self) -> tuple[float | None, float | None]:
        return percent(self.before), percent(self.after)

    @property
    def cells(self) -> list[str]:
        """On time, too late, load per week: each before and after."""
        return [
            *(shown(each) for each in self.percents),
            *(thousands(side["late"]) for side in (self.before, self.after)),
            *(thousands(round(side["total"] / self.weeks)) for side in (self.before, self.after)),
        ]

    @property
    def direction(self) -> str:
        """better, worse or same: by what is too late."""
        difference = self.after["late"] - self.before["late"]
        return "same" if difference == 0 else "worse" if difference > 0 else "better"


@dataclass(frozen=True, slots=True)
class Item:
    """One turn that ends otherwise. `sign` is worse, better, moved or due."""

    conversation: Conversation
    received_at: datetime
    sign: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    job: Job
    result: Mapping[str, Any]
    question: Question
    versions: tuple[str, str]
    hours: Sequence[str]
    teams: Sequence[Line]
    subjects: Sequence[Line]

    @property
    def percents(self) -> tuple[str, str]:
        return shown(percent(self.result["before"])), shown(percent(self.result["after"]))

    @property
    def points(self) -> str:
        """ "+2,4" or "−2,4" percent points; empty when one side has nothing due."""
        before, after = percent(self.result["before"]), percent(self.result["after"])
        if before is None or after is None:
            return ""
        difference = round(after - before, 1)
        return _decimal(f"{'+' if difference > 0 else '−' if difference < 0 else ''}{abs(difference):.1f}")

    @property
    def chart(self) -> Bars:
        return self._chart("teams", _("Op tijd per team"), _("Team"), self.teams)

    @property
    def subject_chart(self) -> Bars:
        return self._chart("subjects", _("Op tijd per onderwerp"), _("Onderwerp"), self.subjects)

    def _chart(self, name: str, title: str, column: str, lines: Sequence[Line]) -> Bars:
        before, after = self.percents
        words = {"before": before, "after": after}
        return Bars(
            name=f"chart-{name}",
            title=title,
            description=_("Deel van de beurten dat op tijd was: over alles %(before)s nu en %(after)s straks.") % words,
            series=[_("nu"), _("straks")],
            rows=[Row(line.label, line.percents) for line in lines[:MOST_BARS]],
            maximum=100,
            form=shown,
            column=column,
            csv_url=reverse("whatif_csv", args=[self.job.pk, name]),
        )


def percent(score: Mapping[str, int]) -> float | None:
    """On time, of what was due."""
    due = score["on_time"] + score["late"]
    return 100 * score["on_time"] / due if due else None


def shown(value: float | None) -> str:
    return "–" if value is None else _decimal(f"{value:.1f}") + " %"


def _decimal(number: str) -> str:
    return number.replace(".", ",") if (get_language() or "").startswith("nl") else number


def outcome_of(job: Job) -> Outcome:
    """For a job that is done. Four queries."""
    question = Question.from_params(job.params)
    versions = {
        version.pk: version_label(version)
        for version in MatrixVersion.objects.select_related("matrix").filter(pk__in=[question.before, question.after])
    }
    gone = _("een weggegooid concept")
    hours = CalendarVersion.objects.select_related("calendar").filter(pk__in=question.hours.values())
    teams = {str(pk): name for pk, name in Team.objects.values_list("pk", "name")} | {"0": _("niemand")}
    subjects = {s.code: s.local_name() for s in Subject.objects.all()} | {"": _("onbekend")}
    weeks = job.result["weeks"]
    return Outcome(
        job=job,
        result=job.result,
        question=question,
        versions=(versions.get(question.before, gone), versions.get(question.after, gone)),
        hours=[version_label(version) for version in hours],
        teams=_lines(job.result["teams"], teams, weeks),
        subjects=_lines(job.result["subjects"], subjects, weeks),
    )


def _lines(pairs: Sequence[Mapping[str, Any]], names: Mapping[str, str], weeks: float) -> list[Line]:
    return [Line(names.get(str(pair["key"]), str(pair["key"])), pair["before"], pair["after"], weeks) for pair in pairs]


def items_of(job: Job, user: User) -> list[Item]:
    """The sample of what changed, as far as `user` may see it now. Three queries."""
    changes = {change["message"]: change for change in job.result["changes"]}
    messages = (
        Message.objects.filter(pk__in=list(changes), conversation__in=Conversation.objects.visible_to(user))
        .select_related("conversation__contact", "conversation__channel")
        .only("sent_at", "conversation__contact__name", "conversation__channel__platform", "conversation__preview")
    )
    found = {message.pk: message for message in messages}
    teams = dict(Team.objects.values_list("pk", "name"))
    return [
        Item(
            found[pk].conversation,
            found[pk].sent_at,
            _sign(change),
            _side(change["before"], teams),
            _side(change["after"], teams),
        )
        for pk, change in changes.items()
        if pk in found
    ]


def _sign(change: Mapping[str, Any]) -> str:
    before, after = change["before"], change["after"]
    if before["verdict"] != after["verdict"]:
        if after["verdict"] == "late":
            return "worse"
        if before["verdict"] == "late":
            return "better"
    return "moved" if before["team"] != after["team"] else "due"


def _side(judged: Mapping[str, Any], teams: Mapping[int, str]) -> dict[str, Any]:
    return {
        "verdict": VERDICTS[judged["verdict"]],
        "is_late": judged["verdict"] == "late",
        "team": teams.get(judged["team"], _("niemand")),
        "due_at": datetime.fromisoformat(judged["due_at"]) if judged["due_at"] else None,
    }


def rows_for_file(outcome: Outcome, table: str, user: User) -> list[list[str]]:
    """Head and lines of one table: teams, subjects or items."""
    if table == "items":
        sides = [_("Nu"), _("Termijn nu"), _("Team nu"), _("Straks"), _("Termijn straks"), _("Team straks")]
        head = [_("Ontvangen"), _("Kanaal"), _("Wie"), *sides, _("Gesprek")]
        return [head, *(_item_cells(item) for item in items_of(outcome.job, user))]
    label, lines = (_("Team"), outcome.teams) if table == "teams" else (_("Onderwerp"), outcome.subjects)
    return [[label, *columns()], *([line.label, *line.cells] for line in lines)]


def columns() -> list[str]:
    """Heads of `Line.cells`."""
    return [
        _("Op tijd nu"),
        _("Op tijd straks"),
        _("Te laat nu"),
        _("Te laat straks"),
        _("Per week nu"),
        _("Per week straks"),
    ]


def _item_cells(item: Item) -> list[str]:
    conversation = item.conversation
    who = conversation.contact.name if conversation.contact else ""
    platform = str(conversation.channel.get_platform_display())
    return [_moment(item.received_at), platform, who, *_cells(item.before), *_cells(item.after), str(conversation.pk)]


def _cells(side: Mapping[str, Any]) -> list[str]:
    return [str(side["verdict"]), _moment(side["due_at"]), str(side["team"])]


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "Y-m-d H:i") if at else ""
