"""Addresses of the housing domain: the console, and the residents' pages beside it."""

from __future__ import annotations

from django.urls import path

from greenpark.domains.housing.ui import cases, draws, homes, points, projects, reviews
from greenpark.domains.housing.ui.resident.urls import urlpatterns as resident_patterns

app_name = "housing"
urlpatterns = [
    path("housing/projects/", projects.listing, name="projects"),
    path("housing/projects/save/", projects.save, name="project-save"),
    path("housing/projects/demand/", projects.demand, name="demand-save"),
    path("housing/projects/plan/", projects.plan, name="plan-save"),
    path("housing/projects/<int:project>/", projects.detail, name="project"),
    path("housing/projects/<int:project>/funds/", projects.funds, name="funds"),
    path("housing/projects/<int:project>/manage/<slug:act>/", projects.manage, name="project-manage"),
    path("housing/projects/<int:project>/office/<slug:act>/", projects.office, name="project-office"),
    path("housing/projects/<int:project>/fund/<slug:act>/", projects.fund, name="project-fund"),
    path("housing/cases/", cases.listing, name="cases"),
    path("housing/cases/new/", cases.new, name="case-new"),
    path("housing/cases/<str:number>/", cases.card, name="case"),
    path("housing/cases/<str:number>/edit/", cases.edit, name="case-edit"),
    path("housing/cases/<str:number>/office/<slug:act>/", cases.office, name="case-office"),
    path("housing/cases/<str:number>/sale/<slug:act>/", cases.sale, name="case-sale"),
    path("housing/cases/<str:number>/counter/<slug:act>/", cases.counter, name="case-counter"),
    path("housing/cases/<str:number>/people/<int:member>/", cases.unmask, name="unmask"),
    path("housing/cases/<str:number>/documents/<int:document>/", cases.document, name="document"),
    path("housing/objections/<int:objection>/", cases.objection, name="objection"),
    path("housing/reviews/", reviews.listing, name="reviews"),
    path("housing/reviews/import/", reviews.take, name="review-import"),
    path("housing/reviews/sheet/<slug:bureau>/", reviews.export, name="review-sheet"),
    path("housing/reviews/<int:review>/", reviews.detail, name="review"),
    path("housing/pool/", draws.pool, name="pool"),
    path("housing/publicity/", draws.publicity, name="publicity"),
    path("housing/publicity/start/<int:announcement>/", draws.publicity_start, name="publicity-start"),
    path("housing/publicity/<int:publicity>/finish/", draws.publicity_finish, name="publicity-finish"),
    path("housing/draws/", draws.listing, name="draws"),
    path("housing/draws/prepare/<int:announcement>/", draws.prepare, name="draw-prepare"),
    path("housing/draws/<int:draw>/", draws.detail, name="draw"),
    path("housing/draws/<int:draw>/void/", draws.void, name="draw-void"),
    path("housing/draws/<int:draw>/package/", draws.package, name="draw-package"),
    path("housing/draws/<int:draw>/do/<slug:act>/", draws.do, name="draw-do"),
    path("housing/board/<int:announcement>/", draws.board, name="board"),
    path("housing/homes/", homes.listing, name="homes"),
    path("housing/homes/<int:home>/", homes.card, name="home"),
    path("housing/homes/<int:home>/dossier/", homes.export, name="dossier"),
    path("housing/homes/<int:home>/manage/<slug:act>/", homes.manage, name="home-manage"),
    path("housing/homes/<int:home>/office/<slug:act>/", homes.office, name="home-office"),
    path("housing/parameters/", points.parameters, name="parameters"),
    path("housing/parameters/<slug:name>/", points.decide, name="parameter-set"),
    path("housing/parameters/<slug:name>/own/", points.decide_own, name="parameter-own"),
    path("housing/open-points/", points.open_points, name="open-points"),
    *resident_patterns,
]
