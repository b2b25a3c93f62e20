"""Pages that anybody may read without an account."""

from datetime import date

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from accounts.privacy import consent
from diagnosis.outcomes import promise
from skinscreen.pages import model_accuracy, styleguide_parts


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "public/about.html", {"has_clinicians": promise.is_given(request.user)})


@login_not_required
@require_safe
def accuracy(request: HttpRequest) -> HttpResponse:
    plot = {
        "width": model_accuracy.WIDTH,
        "left": model_accuracy.LEFT,
        "right": model_accuracy.RIGHT,
    }
    has_clinicians = promise.is_given(request.user)
    context = {"kinds": model_accuracy.by_kind(), "has_clinicians": has_clinicians, **plot}
    return render(request, "public/accuracy.html", context)


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    version = date.fromisoformat(f"{consent.VERSION}-01")
    context = {"version": version, "refused_days": settings.KEEP_REFUSED.days}
    return render(request, "public/privacy.html", context)


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "public/accessibility.html")


@login_not_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the components of pages to developers. In production this page does not exist."""
    if settings.IS_PRODUCTION:
        raise Http404
    context = {
        "banners": styleguide_parts.BANNERS,
        "colours": styleguide_parts.colours(),
        "icons": styleguide_parts.icons(),
        "example": static("img/example.jpg"),
    }
    return render(request, "public/styleguide.html", context)
