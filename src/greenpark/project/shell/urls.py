"""Addresses of the shell."""

from __future__ import annotations

from django.urls import path

from greenpark.project.shell import views

app_name = "shell"
urlpatterns = [
    path("", views.home, name="home"),
    path("shell/scope", views.choose_scope, name="scope"),
    path("shell/language", views.choose_language, name="language"),
]
