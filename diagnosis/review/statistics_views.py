from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access.staff_pages import staff_with
from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Screening
from diagnosis.review import charts, reader_counts, reader_statistics, stored_counts
from diagnosis.review.statistics_forms import PeriodForm
from diagnosis.rules import spreadsheet

HEADER = ("figure", "what", "count", "of", "value", "low", "high")


@require_safe
@staff_with("view_figures")
def page(request: HttpRequest) -> HttpResponse:
    form = PeriodForm.submitted(request.GET)
    if not form.is_valid():
        return render(request, "review/figures.html", {"form": form})
    statistics = reader_statistics.measure(stored_counts.of(**form.cleaned_data))
    context = {
        "form": form,
        "figures": statistics,
        "waiting": [(waiting, charts.bars(waiting.lines)) for waiting in statistics.waiting],
        "agreement": charts.ranges(statistics.agreement),
        "accuracy": [(who, charts.ranges(lines)) for who, lines in statistics.accuracy.items()],
        "refusals": charts.bars(statistics.refusals),
        **form.days,
    }
    return render(request, "review/figures.html", context)


@require_safe
@staff_with("view_figures")
def download(request: HttpRequest) -> HttpResponse:
    form = PeriodForm.submitted(request.GET)
    if not form.is_valid():
        return redirect("diagnosis:figures")
    trail.record(AuditEntry.Action.EXPORT, by=request.user, what="figures")
    counts = reader_counts.of(Screening.objects.sent(**form.cleaned_data))
    rows = [
        (
            section,
            line.label,
            line.hits,
            line.of,
            *(round(value, 4) for value in line.estimate or ()),
        )
        for section, lines in reader_statistics.measure(counts).sections
        for line in lines
    ]
    return HttpResponse(
        spreadsheet.write([HEADER, *rows]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="figures.csv"'},
    )
