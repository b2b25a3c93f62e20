from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.settings, name="settings"),
    path("consent/", views.consent, name="consent"),
    path("skin/", views.skin, name="skin"),
    path("reminders/", views.reminders, name="reminders"),
    path("reminders/stop/<token>/", views.unsubscribe, name="unsubscribe"),
    path("sessions/end/", views.end_session, name="end_session"),
    path("sessions/stop/<token>/", views.end_everywhere, name="end_everywhere"),
    path("delete/", views.delete, name="delete"),
]
