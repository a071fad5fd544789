"""Addresses of the carbon ledger."""

from __future__ import annotations

from django.urls import path

from greenpark.domains.carbon.ui import closing, factors, ledger, reports, source_form, sources

app_name = "carbon"
urlpatterns = [
    path("ledger/", ledger.months, name="ledger"),
    path("ledger/close/", closing.close, name="close"),
    path("ledger/verify/", closing.verify, name="verify"),
    path("ledger/corrections/", closing.corrections, name="corrections"),
    path("ledger/corrections/<int:correction>/decide/", closing.decide, name="decide"),
    path("ledger/parameters/", closing.parameters, name="parameters"),
    path("ledger/parameters/<slug:key>/", closing.set_parameter, name="parameter-set"),
    path("ledger/<str:month>/<int:enterprise>/", ledger.enterprise, name="enterprise"),
    path("ledger/<str:month>/<int:enterprise>/recompute/", ledger.recompute, name="recompute"),
    path("ledger/<str:month>/<int:enterprise>/correct/", closing.correct, name="correct"),
    path("ledger/<str:month>/<int:enterprise>/late/", closing.late, name="late"),
    path("ledger/<str:month>/<int:enterprise>/canonical.json", ledger.canonical, name="canonical"),
    path("ledger/<str:month>/<int:enterprise>/<str:source>/<str:gas>/", ledger.entry, name="entry"),
    path("factors/", factors.listing, name="factors"),
    path("factors/<str:code>/", factors.detail, name="factor"),
    path("factors/<str:code>/confirm/", factors.confirm, name="factor-confirm"),
    path("factors/<str:code>/revise/", factors.revise, name="factor-revise"),
    path("carbon-sources/", sources.listing, name="sources"),
    path("carbon-sources/new/", source_form.edit, name="source-new"),
    path("carbon-sources/<int:enterprise>/<str:code>/", sources.detail, name="source"),
    path("carbon-sources/<int:enterprise>/<str:code>/edit/", source_form.edit, name="source-edit"),
    path("carbon-sources/<int:enterprise>/<str:code>/retire/", sources.retire, name="source-retire"),
    path("monthly-reports/", reports.listing, name="reports"),
    path("monthly-reports/template/", reports.template, name="report-template"),
    path("monthly-reports/import/", reports.upload, name="report-import"),
    path("monthly-reports/import/<str:token>/", reports.preview, name="report-preview"),
    path("monthly-reports/import/<str:token>/errors/", reports.errors, name="report-errors"),
    path("monthly-reports/evidence/<int:evidence>/", reports.evidence, name="evidence"),
    path("monthly-reports/<str:month>/<int:enterprise>/", reports.form, name="report"),
    path("monthly-reports/<str:month>/<int:enterprise>/review/", reports.review, name="report-review"),
    path("monthly-reports/<str:month>/<int:enterprise>/withdraw/", reports.withdraw, name="report-withdraw"),
    path("monthly-reports/<str:month>/<int:enterprise>/attach/", reports.attach, name="report-attach"),
    path("monthly-reports/<str:month>/<int:enterprise>/remind/", reports.remind, name="report-remind"),
]
