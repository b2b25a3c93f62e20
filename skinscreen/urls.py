from django.contrib import admin
from django.urls import include, path

from accounts.views import RemovePasskeyView, SignInView
from skinscreen.pages import public_pages

handler500 = "diagnosis.operations.error_views.broken"
handler429 = "accounts.views.too_often"

urlpatterns = [
    path("", include("diagnosis.urls")),
    path("about/", public_pages.about, name="about"),
    path("about/accuracy/", public_pages.accuracy, name="accuracy"),
    path("about/privacy/", public_pages.privacy, name="privacy"),
    path("about/accessibility/", public_pages.accessibility, name="accessibility"),
    path("styleguide/", public_pages.styleguide, name="styleguide"),
    path("account/", include("accounts.urls")),
    path("account/login/", SignInView.as_view(), name="account_login"),
    path("account/", include("allauth.account.urls")),
    path(
        "account/second-step/webauthn/keys/<int:pk>/remove/",
        RemovePasskeyView.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("account/second-step/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("admin/", admin.site.urls),
]
