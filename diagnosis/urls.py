from django.urls import path

from diagnosis.audit import views as trail
from diagnosis.lesions import views as lesions
from diagnosis.operations import views as health
from diagnosis.privacy import views as data
from diagnosis.reminders import views as reminders
from diagnosis.review import reach_views, statistics_views
from diagnosis.review import views as review
from diagnosis.screenings import crop_views, photo_views, question_views, waiting
from diagnosis.screenings import views as screenings

app_name = "diagnosis"

urlpatterns = [
    path("", screenings.home, name="home"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.figures, name="metrics"),
    path("screenings/", screenings.history, name="history"),
    path("screenings/new/", screenings.upload, name="upload"),
    path("screenings/send/", screenings.send, name="send"),
    path("screenings/<uuid:pk>/", screenings.detail, name="detail"),
    path("screenings/<uuid:pk>/status/", screenings.status, name="status"),
    path("screenings/<uuid:pk>/questions/", question_views.questions, name="questions"),
    path("screenings/<uuid:pk>/photo/", photo_views.photo, name="photo"),
    path("screenings/<uuid:pk>/zoom/", photo_views.zoom, name="zoom"),
    path("screenings/<uuid:pk>/picture/", photo_views.picture, name="picture"),
    path("screenings/<uuid:pk>/thumbnail/", photo_views.thumbnail, name="thumbnail"),
    path("screenings/<uuid:pk>/measured/", screenings.measurements, name="measured"),
    path("screenings/<uuid:pk>/looked/", photo_views.looked, name="looked"),
    path("screenings/<uuid:pk>/crop/", crop_views.crop, name="crop"),
    path("screenings/<uuid:pk>/calendar/", reminders.due_day, name="due"),
    path("screenings/<uuid:pk>/scale/", screenings.scale, name="scale"),
    path("screenings/<uuid:pk>/delete/", screenings.delete, name="delete"),
    path("waiting/<token>/", waiting.ask, name="waiting"),
    path("people/<uuid:pk>/", question_views.person, name="person"),
    path("people/<uuid:pk>/skin-type/", question_views.skin_type, name="skin_type"),
    path("data/", data.data, name="data"),
    path("data/consent/", data.consent, name="consent"),
    path("data/export/", data.download, name="export"),
    path("spots/", lesions.lesions, name="lesions"),
    path("spots/<uuid:pk>/", lesions.lesion, name="lesion"),
    path("spots/<uuid:pk>/report/", lesions.lesion_report, name="report"),
    path("spots/<uuid:pk>/compare/", lesions.compare, name="compare"),
    path("spots/<uuid:pk>/edit/", lesions.edit, name="lesion_edit"),
    path("spots/<uuid:pk>/move/", lesions.move, name="lesion_move"),
    path("spots/<uuid:pk>/delete/", lesions.delete, name="lesion_delete"),
    path("spots/<uuid:pk>/recheck/", reminders.choose_recheck, name="choose_recheck"),
    path("reminders/visits/", reminders.visits, name="visits"),
    path("reminders/<uuid:pk>/", reminders.visit, name="visit"),
    path("reminders/<uuid:pk>/calendar/", reminders.calendar, name="calendar"),
    path("review/", review.queue, name="queue"),
    path("review/next/", review.take_next, name="take_next"),
    path("review/reach/", reach_views.page, name="reach"),
    path("review/reach/<uuid:pk>/", reach_views.reached, name="reached"),
    path("review/figures/", statistics_views.page, name="figures"),
    path("review/figures/csv/", statistics_views.download, name="figures_csv"),
    path("review/trail/", trail.page, name="trail"),
    path("review/trail/<int:first>/", trail.download, name="trail_csv"),
    path("review/<uuid:pk>/", review.case, name="case"),
    path("review/<uuid:pk>/similar/", review.similar, name="similar"),
    path("review/<uuid:pk>/claim/", review.claim, name="claim"),
    path("review/<uuid:pk>/impression/", review.impression, name="impression"),
    path("review/<uuid:pk>/reading/", review.reading, name="reading"),
    path("review/<uuid:pk>/give-back/", review.release, name="give_back"),
    path("review/spots/<uuid:pk>/biopsy/", review.histology, name="histology"),
]
