"""Frames from public sources, with verdicts computed independently (length against real bytes, check value)."""

from __future__ import annotations

#: Name -> frame without CR LF, verdict: None accepted, else the reject code.
SAMPLES: dict[str, tuple[bytes, str | None]] = {
    "S1": (
        b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterv"
        b"al=30&&1C80",
        None,
    ),
    "S2": (
        b"##0087QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&2200",
        None,
    ),
    "S3": (
        b"##0109ST=32;CN=2011;PW=123456;MN=NJGDKYYC202101q0001w0001;CP=&&DataTime=20210305003817000;ele01-Rtd="
        b"1;ele02-Rtd=0&&8c41",
        None,
    ),
    "S4": (
        b"##0411QN=20220513162608370;ST=22;CN=2051;PW=123456;MN=JLYP01_AIR01_0001;Flag=4;CP=&&DataTime=2022051"
        b"3162600;a21004-Avg=4,a21004-Flag=N;a05024-Avg=63,a05024-Flag=N;a21026-Avg=6,a21026-Flag=N;a21005-Avg"
        b"=0.427,a21005-Flag=N;a34004-Avg=14,a34004-Flag=N;a34002-Avg=31,a34002-Flag=N;a01007-Avg=1,a01007-Fla"
        b"g=N;a01008-Avg=11,a01008-Flag=N;a01001-Avg=17,a01001-Flag=N;a01002-Avg=85,a01002-Flag=N;a01006-Avg=9"
        b"5,a01006-Flag=N&&D641",
        None,
    ),
    "S5": (
        b"##0139ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&DataTime=20160824003817000;B01-Rtd=36.91;011-Rt"
        b"d=231.0,011-Flag=N;060-Rtd=1.803,060-Flag=N&&4980",
        None,
    ),
    "S6": (
        b"##0136ST=32;CN=2011;PW=123456;MN=LD130133000015;CP=&&DataTime=20160824003817;B01-Rtd=36.91;011-Rtd=2"
        b"31.0,011-Flag=N;060-Rtd=1.803,060-Flag=N&&4980",
        "bad_crc",
    ),
    "S7": (
        b"##0087QN=20160801085000001;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&C241",
        None,
    ),
    "S8": (
        b"##0075QN=20260706103512345;ST=91;CN=9014;PW=123456;MN=A110000_0001;Flag=8;CP=&&&&0140",
        None,
    ),
    "S9": (
        b"##0247QN=20260706103512345;ST=21;CN=2011;PW=123456;MN=A110000_0001;Flag=9;CP=&&DataTime=202607061030"
        b"00;w01010-Rtd=28.6,w01010-Flag=N;w01014-Rtd=7.8,w01014-Flag=N;w01001-Rtd=6.5,w01001-Flag=N;w01017-Rt"
        b"d=15.2,w01017-Flag=N;w01019-Rtd=1.023,w01019-Flag=N&&1540",
        None,
    ),
    "S10": (
        b"##0624QN=20180303110906001;ST=32;CN=2011;PW=123456;MN=8888888000114W;Flag=4;CP=&&DataTime=2018030310"
        b"5900;a00000-Rtd=0.0000,a00000-Flag=D;a34013-Rtd=0.0000,a34013-ZsRtd=0.00,a34013-Flag=D;a21026-Rtd=0."
        b"0000,a21026-ZsRtd=0.00,a21026-Flag=D;a21002-Rtd=0.0000,a21002-ZsRtd=0.00,a21002-Flag=D;a21005-Rtd=0."
        b"0000,a21005-ZsRtd=0.00,a21005-Flag=D;a21018-Rtd=0.0000,a21018-ZsRtd=0.00,a21018-Flag=D;a21024-Rtd=0."
        b"0000,a21024-ZsRtd=0.00,a21024-Flag=D;a19001-Rtd=0.0000,a19001-Flag=D;a01011-Rtd=0.0000,a01011-Flag=D"
        b";a01012-Rtd=0.0000,a01012-Flag=D;a01017-Rtd=0.0000,a01017-Flag=D;a01014-Rtd=0.0000,a01014-Flag=D;a01"
        b"013-Rtd=0.0000,a01013-Flag=D&&2A80",
        None,
    ),
    "S11": (
        b"##0213QN=20191012133710130;ST=22;CN=2011;PW=123456;MN=Y80110010000010;Flag=4;CP=&&DataTime=201910121"
        b"33710;a21-Rtd=0.00;a21-Rtd=0.00;a21007-Rtd=0.033;a21006-Rtd=0.036;a21001-Rtd=25.40;a21003-Rtd=101.94"
        b";a21002-Rtd=49.20&&f9c1",
        "bad_crc",
    ),
    "S12": (
        b"##0265ST=22;CN=2011;PW=123456;MN=WWYC0010000001;CP=&&DataTime=20160719000100;925-Rtd=32.9,925-Flag=N"
        b";107-Rtd=56.2,107-Flag=N;126-Rtd=28.1,126-Flag=N;128-Rtd=81.0,128-Flag=N;129-Rtd=0.1,129-Flag=N;130-"
        b"Rtd=315.0,130-Flag=N;127-Rtd=99.803,127-Flag=N;DI1-Rtd=1.0,DI1-Flag=N;103-Rtd=2.80,103-Flag=N;B03-Rt"
        b"d=65.0,B03-Flag=N;926-Rtd=299.803,926-Flag=N;927-Rtd=199.803,927-Flag=N&&BC81",
        "bad_length",
    ),
    "S13": (
        b"##0450QN=20180117161800837;ST=null;CN=2011;PW=123456;MN=null;CP=&&DataTime=20180117161800;a21005-Rtd"
        b"=3.31,a21005-Flag=N;a21004-Rtd=74,a21004-Flag=N;a21026-Rtd=34,a21026-Flag=N;a21030-Rtd=8.1,a21030-Fl"
        b"ag=N;LA-Rtd=3,LA-Flag=N;a34004-Rtd=163,a34004-Flag=N;a34002-Rtd=257,a34002-Flag=N;a01001-Rtd=10,a010"
        b"01-Flag=N;a01002-Rtd=6,a01002-Flag=N;a01008-Rtd=0,a01008-Flag=N;a01007-Rtd=10,a01007-Flag=N;a01006-R"
        b"td=0.98,a01006-Flag=N;a34001-Rtd=5,a34001-Flag=N&&7580",
        "bad_length",
    ),
}
