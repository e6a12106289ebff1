"""Small made-up files in every format, line for line as the providers lay them out."""

import gzip
from pathlib import Path

SCEC_DC = """\
#YYY/MM/DD HH:mm:SS.ss ET GT MAG  M    LAT     LON     DEPTH Q  EVID     NPH NGRM
2001/01/01 01:49:29.23 eq  l 2.27 h    33.724 -118.832   0.6 A  3301561   30  161
2001/01/01 04:13:60.55 qb  l 2.26      33.249 -115.967  -1.0 C  3301565   46  161
2001/01/02 05:20:14.67 eq  r 0.00 n    34.180 -117.310  14.3 A 33015670    7 2161
2001/01/02 06:20:14.67 eq  l 3.51 lr   34.180 -117.310  14.3 A 330156701  107 21610
2001/01/02 07:20:14.67 nt  l 4.51 b    36.999 -114.001   0.0 D   301567   47    1

### Number of rows returned:5
"""
SCEC_DC_OLD = """\
#YYY/MM/DD HH:mm:SS.ss ET MAG  M    LAT     LON     DEPTH Q  EVID     NPH NGRM
1992/01/01 00:40:07.47 le 0.80 h    36.181 -118.044   2.3 B  2038429   16    0
1992/01/01 06:51:17.50 re 2.14 c    33.210 -116.752   7.2 C  2038431   44    0
1992/01/01 08:37:55.95 qb 1.36 c    33.975 -116.556   8.7 B  2038433   24    0

### Number of rows returned:3
"""
SCSN = """\
#YYY MM DD  HH mm SS.ss  LATITUDE LONGITUDE Q MAG     DEPTH NPH    RMS   EVID
2001 01 01  01 49 29.23  33 43.44-118 49.92 A 2.3      0.57 30     0.17  3301561
2001 01 01  04 13 60.55  33  6.00-115 58.02 C 2.3     -1.04 46     0.29  3301565
2001 01 02  05 20 14.67  34 10.80-117 18.60 A 0.0     14.29107     0.18 33015670

### Number of rows returned:3
"""
COMCAT = """\
time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,\
horizontalError,depthError,magError,magNst,status,locationSource,magSource
2001-01-01T01:49:29.230Z,33.724,-118.832,0.6,2.27,mh,30,65,0.04,0.1,ci,ci3301561,\
2016-02-12T18:37:35.323Z,"57km WSW of Alamo, Nevada",earthquake,0.4,0.8,0.1,117,reviewed,ci,ci
2001-01-01T03:49:29.230Z,36.724,-121.832,5.6,2.57,md,30,65,0.04,0.1,nc,nc10,\
2016-02-12T18:37:35.323Z,"Northern California",quarry blast,,31.61,0.1,117,reviewed,nc,nc
"""
FDSN = """\
#EventID | Time | Latitude | Longitude | Depth/km | Author | Catalog | Contributor | \
ContributorID | MagType | Magnitude | MagAuthor | EventLocationName | EventType
ci38457511|2019-07-06T03:19:53.040|35.7695|-117.5993333|8|ci|ci|ci|ci38457511|mw|7.1|ci|\
Ridgecrest|earthquake
ci38443183|2019-07-04T17:33:49|35.7053|-117.5038|10.5|ci|ci|ci|ci38443183|mw|6.4|ci|Searles|
"""
NONLINLOC = """\
date-time, latitude, longitude, depth, RMS, Nphs, Gap, Dist, errH, errZ, Mamp, Mdur, expect_lat, \
expect_lon, expect_z, EllipsoidAz1, EllipsoidDip1, EllipsoidLen1, EllipsoidAz2, EllipsoidDip2, \
EllipsoidLen2, EllipsoidLen3, publicId
2004-01-04T16:40:17.3928, 36.1142, -120.6834, 4.4731, 0.039, 14, 75.0, 3.7, 0.71, 1.53, 1.44, \
-9.9, 36.1137, -120.6840, 4.1865, 90.0, 0.0, 1.0, 0.0, 0.0, 2.0, 3.0, 594
2004-01-05T00:00:00.-1990, 35.8831, -120.4382, 8.9819, 0.054, 22, 59.0, 2.2, 0.53, 0.72, -9.9, \
1.73, 35.8836, -120.4375, 9.0115, 30.0, 10.0, 0.0, 120.0, 0.0, 0.6, 0.9, 826
"""
HASH = """\
#
#	.hash format seismic catalog
#
Year Month Day Hour Minute Second CID Lat.deg Lon.deg Dep.km Mw Strike Dip Rake FP.uncert \
AuxFP.uncert n.fm fm.misfit n.sp sp.logmisfit Quality
2015  1  1  8 43  6.600 37300744  33.18300 -115.60000   3.250  2.640  155  88 -169  17  16   23  \
0.20   17  0.00 C
2015  5  6 17 -1 59.790 37375872  36.04583 -117.60717   2.470  2.180  360  61  179  40  28    9  \
0.00   16  1.00 C
2015  5  7 17 10 59.790 37375873  36.04583 -117.60717   2.470  2.180  309  91  179  40  28    9  \
0.00   16  1.00 C
"""
MERGED = """\
evid,time,latitude,longitude,depth_km,mag,mag_type,event_type,geo_type,quality,nph,rms_s,ngrm,\
mag_2dec,herr_km,zerr_km,src
3301561,1981-01-01T01:49:29.230,33.7235,-118.83183,0.57,2.27,h,eq,l,A,30,0.32,161,1,0.4,,scsn
3301565,1981-01-01T04:13:55.640,33.249,-115.967,1.0,0.00,n,,l,A,,0.26,161,1,,,scsn
"""
JAPAN = """\
id,time,longitude,latitude,magnitude,x,y
0,1990-01-01 09:03:12.880,140.568,36.417,4.8,204.1,90.8
1,1990-01-02 16:26:37.730,146.063,43.42,4.6,1000.6,527.4
"""
QUAKEML = """\
<?xml version="1.0" encoding="utf-8"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
<eventParameters publicID="smi:local/catalog">
<event publicID="quakeml:service/event/1/query?eventid=ci123&amp;format=quakeml">
<type>quarry blast</type>
<origin publicID="smi:local/origin1"><time><value>2019-07-06T03:19:53.040Z</value></time>
<latitude><value>35.7695</value></latitude><longitude><value>-117.6</value></longitude>
<depth><value>8000</value><uncertainty>500</uncertainty></depth>
<originUncertainty><horizontalUncertainty>250</horizontalUncertainty></originUncertainty>
<quality><usedPhaseCount>40</usedPhaseCount><standardError>0.2</standardError></quality></origin>
<magnitude publicID="smi:local/m1"><mag><value>7.1</value></mag><type>Mw</type></magnitude>
</event>
<event publicID="smi:local/no_origin"></event>
</eventParameters></q:quakeml>
"""
TEXTS = {
    "scec_dc": SCEC_DC,
    "scsn": SCSN,
    "comcat": COMCAT,
    "fdsn_text": FDSN,
    "nonlinloc_csv": NONLINLOC,
    "csv": MERGED,
    "quakeml": QUAKEML,
}


def write(folder: Path, text: str | bytes, name: str = "catalog.txt") -> Path:
    """Write a file, gzipped where its name says so."""
    data = text.encode() if isinstance(text, str) else text
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path
