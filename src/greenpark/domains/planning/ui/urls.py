"""Addresses of planning."""

from __future__ import annotations

from django.urls import path

from greenpark.domains.planning.ui import annexes, indicators, pages, work

app_name = "planning"
urlpatterns = [
    path("plan/indicators/", indicators.indicators, name="indicators"),
    path("plan/indicators/<int:item_id>/", indicators.indicator, name="indicator"),
    path("plan/indicators/<int:item_id>/values/", indicators.value_enter, name="value-enter"),
    path("plan/values/<int:value_id>/review/", indicators.value_review, name="value-review"),
    path("plan/annexes/", annexes.annexes, name="annexes"),
    path("plan/annexes/<slug:pack>/<slug:annex>/workbook/", annexes.annex_export, name="annex-export"),
    path("plan/tasks/", work.tasks, name="tasks"),
    path("plan/tasks/<int:item_id>/", work.task, name="task"),
    path("plan/projects/", work.projects, name="projects"),
    path("plan/projects/<int:item_id>/", work.project, name="project"),
    path("plan/items/<int:item_id>/progress/", work.progress_enter, name="progress-enter"),
    path("plan/progress/<int:report_id>/review/", work.progress_review, name="progress-review"),
    path("plan/items/<int:item_id>/decide/", work.decide, name="decide"),
    path("plan/parameters/", pages.parameters, name="parameters"),
    path("plan/consistency/", pages.consistency, name="consistency"),
    path("plan/coverage/", pages.coverage, name="coverage"),
]
