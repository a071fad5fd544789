"""Addresses of the telemetry screens."""

from __future__ import annotations

from django.urls import path, register_converter

from greenpark.domains.telemetry.ui import imports, ingest, points, stations


class Microseconds:
    """UTC µs in an address."""

    regex = r"[0-9]{1,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(Microseconds, "us")

app_name = "telemetry"

urlpatterns = [
    path("telemetry/points/", points.points, name="points"),
    path("telemetry/points/<int:point_id>/", points.point, name="point"),
    path("telemetry/points/<int:point_id>/readings/<us:time_us>/", points.reading, name="reading"),
    path("telemetry/points/<int:point_id>/readings/<us:time_us>/frame/", points.reading_frame, name="reading-frame"),
    path("telemetry/points/<int:point_id>/readings/<us:time_us>/decide/", points.decide, name="reading-decide"),
    path("telemetry/not-taken/", ingest.not_taken, name="not-taken"),
    path("telemetry/not-taken/<int:row_id>/", ingest.not_taken_one, name="not-taken-one"),
    path("telemetry/unknown/", ingest.unknown, name="unknown"),
    path("telemetry/gateways/", ingest.gateways, name="gateways"),
    path("telemetry/stations/", stations.stations, name="stations"),
    path("telemetry/stations/save/", stations.save, name="station-save"),
    path("telemetry/stations/<str:mn>/", stations.station, name="station"),
    path("telemetry/stations/<str:mn>/order/", stations.order, name="station-order"),
    path("telemetry/orders/<int:order_id>/", stations.one_order, name="order"),
    path("telemetry/orders/<int:order_id>/withdraw/", stations.withdraw, name="order-withdraw"),
    path("telemetry/imports/", imports.imports, name="imports"),
    path("telemetry/imports/upload/", imports.upload, name="import-upload"),
    path("telemetry/imports/template.xlsx", imports.template, name="import-template"),
    path("telemetry/imports/<int:import_id>/", imports.one, name="import"),
    path("telemetry/imports/<int:import_id>/decide/", imports.decide, name="import-decide"),
    path("telemetry/imports/<int:import_id>/errors.xlsx", imports.errors, name="import-errors"),
]
