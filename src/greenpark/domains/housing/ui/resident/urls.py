"""Addresses of the phone pages; included at the site root by ``ui/urls.py``."""

from __future__ import annotations

from django.urls import path

from greenpark.domains.housing.ui.resident import mine, pages, papers, verify, wizard

urlpatterns = [
    path("housing/public/", pages.announcements, name="public"),
    path("housing/public/size/", pages.size, name="public-size"),
    path("housing/public/verify_draw.py", pages.script, name="public-script"),
    path("housing/public/<int:announcement_id>/", pages.announcement, name="public-announcement"),
    path("housing/public/<int:announcement_id>/apply/", pages.start, name="public-start"),
    path("housing/public/publicity/<int:publicity_id>/", pages.publicity, name="public-publicity"),
    path("housing/public/draw/<int:draw_id>/", pages.draw, name="public-draw"),
    path("housing/public/draw/<int:draw_id>/package/", pages.draw_package, name="public-package"),
    path("housing/my/", mine.progress, name="my"),
    path("housing/my/enter/", mine.enter, name="my-enter"),
    path("housing/my/leave/", mine.leave, name="my-leave"),
    path("housing/my/sent/", mine.sent, name="my-sent"),
    path("housing/my/notices/", mine.notices, name="my-notices"),
    path("housing/my/form/<slug:step>/", wizard.form, name="my-form"),
    path("housing/my/upload/<int:document_id>/", mine.upload, name="my-upload"),
    path("housing/my/upload/<int:document_id>/remove/", wizard.remove_document, name="my-upload-remove"),
    path("housing/my/paper/<slug:code>/", mine.paper, name="my-paper"),
    path("housing/my/withdraw/", mine.withdraw, name="my-withdraw"),
    path("housing/my/rank/", mine.rank, name="my-rank"),
    path("housing/my/slots/", mine.slots, name="my-slots"),
    path("housing/my/proxy/", mine.proxy, name="my-proxy"),
    path("housing/verify/", verify.ask, name="verify-ask"),
    path("housing/verify/<slug:code>/", verify.verify, name="verify"),
    path("housing/papers/", papers.listing, name="papers"),
    path("housing/papers/issue/", papers.issue, name="papers-issue"),
    path("housing/papers/code/", papers.renew_code, name="code-renew"),
    path("housing/papers/templates/", papers.templates, name="paper-templates"),
    path("housing/papers/templates/<slug:kind>/file/", papers.template_file, name="paper-template"),
    path("housing/papers/templates/<slug:kind>/upload/", papers.template_upload, name="paper-template-upload"),
    path("housing/paper/<slug:code>/<slug:form>/", papers.paper, name="paper"),
]
