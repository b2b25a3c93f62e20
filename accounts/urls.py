from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.settings, name="settings"),
    path("skin/", views.skin, name="skin"),
    path("delete/", views.delete, name="delete"),
]
