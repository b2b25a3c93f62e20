from django.urls import path

from diagnosis import views

app_name = "diagnosis"

urlpatterns = [
    path("", views.home, name="home"),
    path("screenings/", views.history, name="history"),
    path("screenings/new/", views.upload, name="upload"),
    path("screenings/<uuid:pk>/", views.detail, name="detail"),
    path("screenings/<uuid:pk>/status/", views.status, name="status"),
    path("screenings/<uuid:pk>/photo/", views.photo, name="photo"),
    path("screenings/<uuid:pk>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("screenings/<uuid:pk>/delete/", views.delete, name="delete"),
]
