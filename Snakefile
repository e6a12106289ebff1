# faultcast: from raw catalogs to the figures and tables of four papers.
# Settings: config.yaml and its overlays in config/. What appears where: results/README.md.
from snakemake.utils import min_version

from faultcast.limits import tell_limits

min_version("9.20")


configfile: "config.yaml"


include: "workflow/rules/common.smk"


report: results("scoreboard.rst")


include: "workflow/rules/eqpred_studies.smk"
include: "workflow/rules/mmstt_tiles.smk"
include: "workflow/rules/hierarchicalquake_studies.smk"
include: "workflow/rules/catalog.smk"
include: "workflow/rules/synthetic.smk"
include: "workflow/rules/condense.smk"
include: "workflow/rules/faults.smk"
include: "workflow/rules/fault_subsets.smk"
include: "workflow/rules/grid.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/kamer2020.smk"
include: "workflow/rules/planted_networks.smk"
include: "workflow/rules/fault_studies.smk"
include: "workflow/rules/eqpred.smk"
include: "workflow/rules/hierarchicalquake_scores.smk"
include: "workflow/rules/hierarchicalquake.smk"
include: "workflow/rules/deformation.smk"
include: "workflow/rules/mmstt.smk"
include: "workflow/rules/network.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/evaluate.smk"


# On a cluster these run where Snakemake does: what needs the internet, and work of seconds. So do
# the rules that draw a figure or format a table (targets.smk).
localrules:
    all,
    fetch,
    fetch_file,
    kamer2020,
    eqpred,
    hierarchicalquake,
    mmstt,
    network,
    check_magnitudes,
    check_published,
    draw_network3d,
    export_planes,
    export_studied_planes,
    scoreboard,
    show_location_errors,


rule all:
    input:
        rules.kamer2020.input,
        rules.eqpred.input,
        rules.hierarchicalquake.input,
        rules.mmstt.input,
        rules.network.input,
        rules.scoreboard.output,
    default_target: True


onerror:
    tell_limits(log)
