"""The language of a page: the one chosen in the person menu, else Chinese, whatever the browser prefers."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class LanguageMiddleware:
    """Chinese first: browsers on government desktops often ask for English by mistake, so only a choice counts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            answer = self.get_response(request)
            if hasattr(answer, "render") and not getattr(answer, "is_rendered", True):
                answer.render()
        answer.headers.setdefault("Content-Language", language)
        return answer
