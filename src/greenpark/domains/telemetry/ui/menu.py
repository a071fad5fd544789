"""Lines of the left menu."""

from __future__ import annotations

from greenpark.domains.accounts.contracts import MenuItem

MENU = (
    MenuItem("能碳环监测", "监测数据", "telemetry:points", "chart-line", "telemetry.view", 120),
    MenuItem("数据接入", "拒收报文", "telemetry:not-taken", "file-alert", "telemetry.review", 440),
    MenuItem("数据接入", "未知测点", "telemetry:unknown", "zoom-question", "telemetry.review", 450),
    MenuItem("数据接入", "数据导入", "telemetry:imports", "file-import", "telemetry.view", 460),
    MenuItem("数据接入", "现场机", "telemetry:stations", "server", "telemetry.review", 465),
    MenuItem("数据接入", "网关状态", "telemetry:gateways", "antenna", "telemetry.review", 470),
)
